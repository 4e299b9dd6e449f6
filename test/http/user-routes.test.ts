/** Reading and creating users over HTTP: shapes and refusals by literals of contract §0.16, §4 and §6. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { userRoutes } from '../../src/http/user-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
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

describeEachDatabase('users', (getDatabase) => {
  let context: TestContext;
  let signIn: SignInContext;
  let api: CoreApi;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    signIn = signInContext(context.db, context.clock);
    api = await coreApi(context.db, (parts) => [userRoutes(parts, signIn)]);
  });
  afterEach(() => api.app.close());

  describe('are read', () => {
    test.each(['admin', 'viewer'] as const)('by %s, in the shape clients know', async (role) => {
      const own = await createProfile(context, { name: 'Étudiant', monthlyLimit: 107374182400 });
      const l3 = await createPromotion(context, { name: 'L3' });
      const id = await createUser(context, { username: 'john', profile: 'Étudiant', promotion: 'L3' });
      const shape = {
        ...JOHN,
        id,
        promotion: l3,
        promotion_name: 'L3',
        profile: own,
        profile_name: 'Étudiant',
        effective_profile: {
          id: own,
          name: 'Étudiant',
          quota_type: 'limited',
          data_volume_gb: 50,
          bandwidth_upload_mbps: 5,
          bandwidth_download_mbps: 10,
          validity_duration: 30,
        },
      };
      await expect(api.as(role, 'GET', `users/${id}/`)).resolves.toEqual({ status: 200, body: shape });
      await expect(api.as(role, 'GET', 'users/')).resolves.toEqual({
        status: 200,
        body: { count: 1, next: null, previous: null, results: [shape] },
      });
    });

    test('by no user, be it themselves', async () => {
      const userId = await createUser(context, { username: 'john' });
      await expect(api.as({ userId }, 'GET', `users/${userId}/`)).resolves.toEqual(FORBIDDEN);
      await expect(api.as({ userId }, 'GET', 'users/')).resolves.toEqual(FORBIDDEN);
    });

    test.each(['0', '999999', 'abc', '-1', '9'.repeat(20)])('not by the id %s', async (id) => {
      await expect(api.as('admin', 'GET', `users/${id}/`)).resolves.toEqual(NOT_FOUND);
    });
  });

  describe('are listed', () => {
    beforeEach(async () => {
      await createProfile(context, { name: 'P' });
      await createPromotion(context, { name: 'L3', profile: 'P' });
      await createUser(context, { username: 'anna', profile: 'P' });
      await createUser(context, { username: 'Anton', promotion: 'L3' });
      await createUser(context, { username: 'ann', promotion: 'L3', isActive: false });
      await createUser(context, { username: 'ber%t', profile: 'P', promotion: 'L3' });
    });

    test.each([
      ['', ['ber%t', 'ann', 'Anton', 'anna']],
      ['username=anna', ['anna']],
      ['username=ANNA', []],
      ['is_active=false', ['ann']],
      ['is_active=TRUE', ['ber%t', 'Anton', 'anna']],
      ['profile={P}', ['ber%t', 'anna']],
      ['promotion={L3}', ['ber%t', 'ann', 'Anton']],
      ['promotion={L3}&profile={P}', ['ber%t']],
      ['promotion={L3}&is_active=false', ['ann']],
      ['profile=999999', []],
      ['search=ann', ['ann', 'anna']],
      ['search=an', ['ann', 'anna']],
      ['search=An', ['Anton']],
      ['search=a%25', []],
      ['search=ber%25', ['ber%t']],
      ['search=ann&promotion={L3}', ['ann']],
      ['search=%F0%9F%98%80%00', []],
      ["search='%20OR%201=1--", []],
      ['search=&profile=&is_active=&username=&colour=red', ['ber%t', 'ann', 'Anton', 'anna']],
    ])('by ?%s: %j', async (query, names) => {
      const ids = { P: await idOf('profiles', 'P'), L3: await idOf('promotions', 'L3') };
      const path = `users/?${query.replace('{P}', String(ids.P)).replace('{L3}', String(ids.L3))}`;
      const answer = await api.as('viewer', 'GET', path);
      expect(answer).toMatchObject({ status: 200, body: { count: names.length } });
      expect(Object(answer.body).results.map((user: { username: string }) => user.username)).toEqual(names);
    });

    test('in pages that keep the filters', async () => {
      const answer = await api.as('admin', 'GET', 'users/?search=an&page_size=1&page=2');
      expect(answer).toMatchObject({
        body: {
          count: 2,
          next: null,
          previous: 'http://localhost/api/core/users/?search=an&page_size=1',
          results: [{ username: 'anna' }],
        },
      });
      await expect(api.as('admin', 'GET', 'users/?page=2')).resolves.toEqual({
        status: 404,
        body: { detail: 'Invalid page.' },
      });
    });

    test.each([
      ['profile=P', { profile: ['Expected the id of a row, in digits, got "P".'] }],
      ['promotion=1.5', { promotion: ['Expected the id of a row, in digits, got "1.5".'] }],
      ['is_active=1', { is_active: ['Expected true or false, got "1".'] }],
      ['search=a&search=b', { search: ['Expected text, got a list.'] }],
    ])('not by ?%s', async (query, errors) => {
      await expect(api.as('admin', 'GET', `users/?${query}`)).resolves.toEqual({ status: 400, body: errors });
    });

    test('with each new one counted at once', async () => {
      const count = async () => Object((await api.as('admin', 'GET', 'users/')).body).count;
      const before = await count();
      const made = await api.as('admin', 'POST', 'users/', { username: 'zoe' });
      expect(await count()).toBe(before + 1);
      await api.as('admin', 'DELETE', `users/${Object(made.body).id}/`);
      expect(await count()).toBe(before);
    });
  });

  describe('are created', () => {
    test('by an admin, with a password that no answer and no log shows', async () => {
      const password = 'correct horse';
      const body = { username: ' john ', password, password2: password, email: 'j@x.org' };
      const answer = await api.as('admin', 'POST', 'users/', body);
      expect(answer).toEqual({ status: 201, body: { ...JOHN, email: 'j@x.org' } });
      const [{ password: hash }] = await context.db.knex('users').select('password');
      await expect(signIn.passwords.check(password, hash)).resolves.toBe('right');
      const [audited] = await context.db.knex('audit_log').select('*');
      expect(JSON.parse(audited.after_json)).toMatchObject({ username: 'john', password: 'set' });
      expect(JSON.stringify(audited)).not.toContain(password);
      expect(JSON.stringify(audited)).not.toContain(hash);
    });

    test('with a profile: usage and history begin', async () => {
      const profile = await createProfile(context, { name: 'P' });
      const answer = await api.as('admin', 'POST', 'users/', { username: 'john', profile });
      expect(answer).toMatchObject({ status: 201, body: { profile, profile_name: 'P' } });
      expect(await historyOf(context.db, 'john')).toEqual(['assigned: - -> P']);
    });

    test.each(['viewer', 'user'] as const)('not by %s', async (role) => {
      await expect(api.as(role, 'POST', 'users/', { username: 'john' })).resolves.toEqual(FORBIDDEN);
      expect(await context.db.knex('users').select('id')).toEqual([]);
    });

    test.each([
      [{}, { username: ['This field is required.'] }],
      [{ username: 'taken' }, { username: ['There is already a user "taken".'] }],
      [{ username: 'john', profile: 999999 }, { profile: ['Invalid pk "999999" - object does not exist.'] }],
      [
        { username: 'john', promotion: 999999 },
        { promotion: ['Invalid pk "999999" - object does not exist.'] },
      ],
      [
        { username: 'john', password: 'short', password2: 'short' },
        { password: ['Expected 8 to 256 characters, got 5.'] },
      ],
      [
        { username: 'john', password: 'long enough', password2: 'long enougH' },
        { password2: ['Expected the same as password.'] },
      ],
      [{ username: 'john', password2: 'long enough' }, { password2: ['Expected the same as password.'] }],
      [{ username: 'john', password: 12345678 }, { password: ['Expected text, got none.'] }],
      [{ username: 'john', cleartext_password: 'x' }, { cleartext_password: ['This field is not known.'] }],
    ])('not as %j', async (body, errors) => {
      await createUser(context, { username: 'taken' });
      await expect(api.as('admin', 'POST', 'users/', body)).resolves.toEqual({ status: 400, body: errors });
      expect(await context.db.knex('users').pluck('username')).toEqual(['taken']);
    });
  });

  async function idOf(table: string, name: string): Promise<number> {
    return (await context.db.knex(table).where({ name }).first('id')).id;
  }
});
