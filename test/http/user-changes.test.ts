/** Changing and deleting users over HTTP: answers and refusals by literals of contract §0.16, §4 and §6. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { userRoutes } from '../../src/http/user-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { HASH_FUNCTIONS } from '../../src/sign-in/password-hash.ts';
import { Passwords } from '../../src/sign-in/passwords.ts';
import type { SignInContext } from '../../src/sign-in/sign-in-context.ts';
import { commandContext, historyOf, type TestContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { signInContext } from '../support/signed-in-api.ts';
import { plainJohn } from '../support/user-literal.ts';

const NOT_FOUND = { status: 404, body: { detail: 'Not found.' } };
const FORBIDDEN = { status: 403, body: { detail: 'Access denied: Administrator privileges required.' } };

/** Contract §6, User, of somebody of whom only the name is known. */
const JOHN = { id: expect.any(Number), ...plainJohn() };

describeEachDatabase('users over HTTP', (getDatabase) => {
  let context: TestContext;
  let signIn: SignInContext;
  let api: CoreApi;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    signIn = signInContext(context.db, context.clock);
    api = await coreApi(context.db, (parts) => [userRoutes(parts, signIn)]);
  });
  afterEach(() => api.app.close());

  describe('are changed', () => {
    let id: number;
    beforeEach(async () => {
      id = await createUser(context, { username: 'john', email: 'j@x.org' });
    });

    test('by PUT, which needs a username and keeps the rest; what was read may be sent back', async () => {
      const read = await api.as('admin', 'GET', `users/${id}/`);
      const sent = { ...Object(read.body), role: 'admin', is_radius_activated: true, id: 0 };
      await expect(api.as('admin', 'PUT', `users/${id}/`, sent)).resolves.toEqual(read);
      await expect(api.as('admin', 'PUT', `users/${id}/`, { username: 'jo' })).resolves.toEqual({
        status: 200,
        body: { ...JOHN, id, username: 'jo', email: 'j@x.org' },
      });
      await expect(api.as('admin', 'PUT', `users/${id}/`, { email: '' })).resolves.toEqual({
        status: 400,
        body: { username: ['This field is required.'] },
      });
    });

    test('by PATCH: rights, and the role that follows from them', async () => {
      const answer = await api.as('admin', 'PATCH', `users/${id}/`, { is_staff: true });
      expect(answer).toMatchObject({
        status: 200,
        body: { is_staff: true, role: 'admin', role_name: 'admin' },
      });
    });

    test('by PATCH: the profile, in the name of who gave it', async () => {
      const profile = await createProfile(context, { name: 'P' });
      await api.as('admin', 'PATCH', `users/${id}/`, { profile });
      const answer = await api.as('admin', 'PATCH', `users/${id}/`, { profile: null });
      expect(answer).toMatchObject({ status: 200, body: { profile: null, effective_profile: null } });
      expect(answer.body).not.toHaveProperty('profile_name');
      expect(await historyOf(context.db, 'john')).toEqual(['assigned: - -> P', 'removed: P -> -']);
      expect(await context.db.knex('profile_history').distinct('changed_by_name')).toEqual([
        { changed_by_name: 'token:admin' },
      ]);
    });

    test('with another password, which is right from then on', async () => {
      const answer = await api.as('admin', 'PATCH', `users/${id}/`, { password: 'another horse' });
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.body)).not.toContain('horse');
      const [{ password: hash }] = await context.db.knex('users').select('password');
      await expect(signIn.passwords.check('another horse', hash)).resolves.toBe('right');
    });

    test.each(['PUT', 'PATCH'] as const)(
      'by %s with a password that cannot be hashed: not at all',
      async (method) => {
        const passwords = new Passwords({
          pbkdf2Iterations: async () => 0,
          functions: {
            ...HASH_FUNCTIONS,
            scrypt: () => Promise.reject(new AppError('unavailable', 'too many passwords wait')),
          },
        });
        const busy = await coreApi(context.db, (parts) => [userRoutes(parts, { ...signIn, passwords })]);
        const rowsBefore = await context.db.knex('users');
        const body = { username: 'jane', email: 'jane@x.org', password: 'another horse' };
        await expect(busy.as('admin', method, `users/${id}/`, body)).resolves.toMatchObject({ status: 503 });
        expect(await context.db.knex('users')).toEqual(rowsBefore);
        await busy.app.close();
      },
    );

    test('with another password only where the rest can be', async () => {
      const body = { profile: 999_999, password: 'another horse' };
      await expect(api.as('admin', 'PATCH', `users/${id}/`, body)).resolves.toMatchObject({ status: 400 });
      const [{ password }] = await context.db.knex('users').select('password');
      expect(password).toBe('!');
    });

    test('not to a profile that is inactive', async () => {
      const profile = await createProfile(context, { name: 'Closed', isActive: false });
      await expect(api.as('admin', 'PATCH', `users/${id}/`, { profile })).resolves.toEqual({
        status: 400,
        body: { profile: [expect.stringContaining('Expected an active profile, got "Closed"')] },
      });
    });

    test.each(['viewer', 'user'] as const)('not by %s', async (role) => {
      for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
        const body = method === 'DELETE' ? undefined : { username: 'john', is_staff: true };
        await expect(api.as(role, method, `users/${id}/`, body)).resolves.toEqual(FORBIDDEN);
        await expect(api.as({ userId: id }, method, `users/${id}/`, body)).resolves.toEqual(FORBIDDEN);
      }
      await expect(api.as('admin', 'GET', `users/${id}/`)).resolves.toMatchObject({
        body: { is_staff: false },
      });
    });

    test.each(['PUT', 'PATCH', 'DELETE'] as const)('not by %s where there is none', async (method) => {
      const body = method === 'DELETE' ? undefined : { username: 'x', password: 'long enough' };
      await expect(api.as('admin', method, `users/${id + 1}/`, body)).resolves.toEqual(NOT_FOUND);
    });
  });

  test('are deleted with their usage', async () => {
    await createProfile(context, { name: 'P' });
    const id = await createUser(context, { username: 'john', profile: 'P' });
    const answer = await api.as('admin', 'DELETE', `users/${id}/`);
    expect(answer).toEqual({ status: 204, body: undefined });
    expect(await context.db.knex('user_profile_usage').select('id')).toEqual([]);
    await expect(api.as('admin', 'DELETE', `users/${id}/`)).resolves.toEqual(NOT_FOUND);
  });
});
