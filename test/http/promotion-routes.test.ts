/** Promotions over HTTP: shapes and refusals by literals of contract §4 and §6. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { promotionRoutes } from '../../src/http/promotion-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, historyOf, type TestContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

const NOT_FOUND = { status: 404, body: { detail: 'Not found.' } };
const FORBIDDEN = { status: 403, body: { detail: 'Access denied: Administrator privileges required.' } };

describeEachDatabase('promotions', (getDatabase) => {
  let context: TestContext;
  let api: CoreApi;
  let profileId: number;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    api = await coreApi(context.db, (parts) => [promotionRoutes(parts)]);
    profileId = await createProfile(context, { name: 'Étudiant' });
  });
  afterEach(() => api.app.close());

  describe('are read', () => {
    test.each(['admin', 'viewer'] as const)('by %s, in the shape clients know', async (role) => {
      const id = await createPromotion(context, { name: 'L3 Info', profile: 'Étudiant' });
      await createUser(context, { username: 'john', promotion: 'L3 Info' });
      await createUser(context, { username: 'jane', promotion: 'L3 Info', isActive: false });
      const shape = {
        id,
        name: 'L3 Info',
        profile: profileId,
        profile_name: 'Étudiant',
        is_active: true,
        created_at: '2025-12-11T12:00:00Z',
        updated_at: '2025-12-11T12:00:00Z',
        user_count: 2,
        active_user_count: 1,
      };
      await expect(api.as(role, 'GET', `promotions/${id}/`)).resolves.toEqual({ status: 200, body: shape });
      await expect(api.as(role, 'GET', 'promotions/')).resolves.toEqual({
        status: 200,
        body: { count: 1, next: null, previous: null, results: [shape] },
      });
    });

    test('by name, in pages', async () => {
      for (const name of ['B', 'C', 'A']) await createPromotion(context, { name });
      const answer = await api.as('viewer', 'GET', 'promotions/?page=last&page_size=2');
      expect(answer.body).toMatchObject({ count: 3, results: [{ name: 'C' }] });
      expect(Object(answer.body).results[0]).not.toHaveProperty('profile_name');
    });

    test.each(['promotions/', 'promotions/1/', 'promotions/1/users/'])('not by a user: %s', async (path) => {
      await expect(api.as('user', 'GET', path)).resolves.toEqual(FORBIDDEN);
    });

    test.each(['promotions/7/', 'promotions/abc/', 'promotions/7/users/', 'promotions/x/users/'])(
      'not where there is none: %s',
      async (path) => {
        await expect(api.as('admin', 'GET', path)).resolves.toEqual(NOT_FOUND);
      },
    );
  });

  test('show their members, inactive ones too, the newest first', async () => {
    const id = await createPromotion(context, { name: 'L3', profile: 'Étudiant' });
    const john = await createUser(context, { username: 'john', promotion: 'L3', email: 'john@example.org' });
    const jane = await createUser(context, { username: 'jane', promotion: 'L3', isActive: false });
    const mary = await createUser(context, { username: 'mary', promotion: 'L3', profile: 'Étudiant' });
    await createUser(context, { username: 'else' });
    const person = { email: '', first_name: '', last_name: '', is_active: true, is_radius_activated: false };
    await expect(api.as('viewer', 'GET', `promotions/${id}/users/`)).resolves.toEqual({
      status: 200,
      body: {
        promotion: { id, name: 'L3' },
        users: [
          { ...person, id: mary, username: 'mary', profile: { id: profileId, name: 'Étudiant' } },
          { ...person, id: jane, username: 'jane', profile: null, is_active: false },
          { ...person, id: john, username: 'john', profile: null, email: 'john@example.org' },
        ],
        total_count: 3,
        next: null,
        previous: null,
      },
    });
  });

  describe('are created', () => {
    test('by an admin', async () => {
      const answer = await api.as('admin', 'POST', 'promotions/', { name: ' L3 Info ', profile: profileId });
      expect(answer).toMatchObject({
        status: 201,
        body: {
          name: 'L3 Info',
          profile: profileId,
          profile_name: 'Étudiant',
          is_active: true,
          user_count: 0,
        },
      });
    });

    test.each(['viewer', 'user'] as const)('not by %s', async (role) => {
      await expect(api.as(role, 'POST', 'promotions/', { name: 'L3' })).resolves.toEqual(FORBIDDEN);
    });

    test('once under a name', async () => {
      await createPromotion(context, { name: 'L3' });
      await expect(api.as('admin', 'POST', 'promotions/', { name: 'L3' })).resolves.toEqual({
        status: 400,
        body: { name: ['There is already a promotion "L3".'] },
      });
    });
  });

  describe('are changed', () => {
    let id: number;
    beforeEach(async () => {
      id = await createPromotion(context, { name: 'L3' });
      await createUser(context, { username: 'john', promotion: 'L3' });
    });

    test('and their members get the profile, in the name of who gave it', async () => {
      const answer = await api.as('admin', 'PATCH', `promotions/${id}/`, { profile: profileId });
      expect(answer).toMatchObject({ status: 200, body: { profile: profileId, name: 'L3' } });
      await api.as('admin', 'PATCH', `promotions/${id}/`, { profile: null });
      expect(await historyOf(context.db, 'john')).toEqual([
        'assigned: - -> Étudiant',
        'removed: Étudiant -> -',
      ]);
      expect(await context.db.knex('profile_history').distinct('changed_by_name')).toEqual([
        { changed_by_name: 'token:admin' },
      ]);
    });

    test('by PUT, which needs a name and keeps the rest; what was read may be sent back', async () => {
      await api.as('admin', 'PATCH', `promotions/${id}/`, { is_active: false });
      const read = await api.as('admin', 'GET', `promotions/${id}/`);
      await expect(
        api.as('admin', 'PUT', `promotions/${id}/`, { ...Object(read.body), user_count: 'many' }),
      ).resolves.toEqual(read);
      await expect(api.as('admin', 'PUT', `promotions/${id}/`, { name: 'M1' })).resolves.toMatchObject({
        status: 200,
        body: { name: 'M1', is_active: false },
      });
      await expect(api.as('admin', 'PUT', `promotions/${id}/`, {})).resolves.toEqual({
        status: 400,
        body: { name: ['This field is required.'] },
      });
    });

    test('to no profile that is not there or inactive', async () => {
      await expect(api.as('admin', 'PATCH', `promotions/${id}/`, { profile: 999999 })).resolves.toEqual({
        status: 400,
        body: { profile: ['Invalid pk "999999" - object does not exist.'] },
      });
      const closed = await createProfile(context, { name: 'Closed', isActive: false });
      await expect(api.as('admin', 'PATCH', `promotions/${id}/`, { profile: closed })).resolves.toEqual({
        status: 400,
        body: { profile: [expect.stringContaining('Expected an active profile, got "Closed"')] },
      });
    });

    test('or deleted by admins only; members stay', async () => {
      for (const role of ['viewer', 'user'] as const) {
        for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
          const body = method === 'DELETE' ? undefined : { name: 'Mine' };
          await expect(api.as(role, method, `promotions/${id}/`, body)).resolves.toEqual(FORBIDDEN);
        }
      }
      const answer = await api.as('admin', 'DELETE', `promotions/${id}/`);
      expect(answer).toEqual({ status: 204, body: undefined });
      await expect(api.as('admin', 'DELETE', `promotions/${id}/`)).resolves.toEqual(NOT_FOUND);
      await expect(api.as('admin', 'PATCH', `promotions/${id}/`, {})).resolves.toEqual(NOT_FOUND);
      expect(await context.db.knex('users').pluck('username')).toEqual(['john']);
    });

    test.each([
      ['name', '', /Expected text of 1 to \d+ characters/],
      ['name', '😀'.repeat(101), /Expected text of (at most|1 to) 100 characters/],
      ['name', 'a\0b', /Expected text .*without (control|NUL) characters/],
      ['name', 'half an emoji \ud83d', /Expected text .*without (control|NUL) characters/],
      ['name', { a: 1 }, /Expected text.*, got /],
      ['is_active', 1, /Expected true or false, got /],
      ['profile', 'Étudiant', /Expected a whole number.*, or null, got /],
      ['profile', 0, /Expected a whole number from 1 to /],
      ['profile', 2 ** 53, /Expected a whole number from \d+ to 9007199254740991/],
      ['code', 'L3', /is not known/],
    ])('not to %s %j', async (field, value, message) => {
      for (const [method, path] of [
        ['POST', 'promotions/'],
        ['PUT', `promotions/${id}/`],
        ['PATCH', `promotions/${id}/`],
      ] as const) {
        const answer = await api.as('admin', method, path, { name: 'B', [field]: value });
        expect([answer.status, Object.keys(Object(answer.body))]).toEqual([400, [field]]);
        expect(JSON.stringify(answer.body)).toMatch(message);
      }
      expect(await context.db.knex('promotions').pluck('name')).toEqual(['L3']);
    });
  });
});
