/** Profiles over HTTP: shapes and refusals by literals of contract §4 and §6. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { profileRoutes } from '../../src/http/profile-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { ETUDIANT, ETUDIANT_ANSWER } from '../support/profile-literals.ts';

const NOT_FOUND = { status: 404, body: { detail: 'Not found.' } };
const FORBIDDEN = {
  status: 403,
  body: { detail: 'Access denied: Administrator privileges required for this action.' },
};

describeEachDatabase('profiles', (getDatabase) => {
  let context: TestContext;
  let api: CoreApi;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    api = await coreApi(context.db, (parts) => [profileRoutes(parts)]);
  });
  afterEach(() => api.app.close());

  const namesOf = ({ body }: { body: unknown }) =>
    JSON.stringify(body)
      .match(/"name":"[^"]*"/g)
      ?.map((text) => text.slice(8, -1));

  describe('are listed', () => {
    beforeEach(async () => {
      for (const name of ['B', 'Á', 'A']) await createProfile(context, { name });
      await createProfile(context, { name: 'Closed', isActive: false });
    });

    test.each([
      ['admin', ['A', 'B', 'Closed', 'Á']],
      ['viewer', ['A', 'B', 'Closed', 'Á']],
      ['user', ['A', 'B', 'Á']],
    ] as const)('by name for %s: %j', async (role, names) => {
      const answer = await api.as(role, 'GET', 'profiles/');
      expect(answer).toMatchObject({
        status: 200,
        body: { count: names.length, next: null, previous: null },
      });
      expect(namesOf(answer)).toEqual(names);
    });

    test('in pages', async () => {
      await expect(api.as('admin', 'GET', 'profiles/?page=2&page_size=3')).resolves.toMatchObject({
        status: 200,
        body: {
          count: 4,
          next: null,
          previous: 'http://localhost/api/core/profiles/?page_size=3',
          results: [{ name: 'Á' }],
        },
      });
      await expect(api.as('admin', 'GET', 'profiles/?page=3')).resolves.toEqual({
        status: 404,
        body: { detail: 'Invalid page.' },
      });
    });

    test.each(['admin', 'viewer', 'user'] as const)(
      'as a plain array of the active ones for %s',
      async (role) => {
        const answer = await api.as(role, 'GET', 'profiles/active/');
        expect(answer.body).toBeInstanceOf(Array);
        expect(namesOf(answer)).toEqual(['A', 'B', 'Á']);
      },
    );
  });

  test('cannot be read without a credential', async () => {
    const answer = await api.app.inject('/api/core/profiles/');
    expect([answer.statusCode, answer.json(), answer.headers['www-authenticate']]).toEqual([
      401,
      { detail: 'Authentication credentials were not provided.' },
      'Bearer realm="api"',
    ]);
  });

  describe('are read', () => {
    test.each(['admin', 'viewer', 'user'] as const)('by %s, in the shape clients know', async (role) => {
      await api.as('admin', 'POST', 'profiles/', ETUDIANT);
      const [id] = await idsOf(context);
      await expect(api.as(role, 'GET', `profiles/${id}/`)).resolves.toEqual({
        status: 200,
        body: ETUDIANT_ANSWER,
      });
    });

    test.each([
      ['admin', 200],
      ['viewer', 200],
      ['user', 404],
    ] as const)('by %s where inactive: %i', async (role, status) => {
      const id = await createProfile(context, { name: 'Closed', isActive: false });
      const answer = await api.as(role, 'GET', `profiles/${id}/`);
      expect(answer.status).toBe(status);
      if (status === 404) expect(answer).toEqual(NOT_FOUND);
    });

    test.each(['0', '999999', '-1', '1.5', 'abc', '1e3', '9'.repeat(16), '%F0%9F%98%80'])(
      'not by the id %s',
      async (id) => {
        await expect(api.as('admin', 'GET', `profiles/${id}/`)).resolves.toEqual(NOT_FOUND);
      },
    );

    test('with the number of users who have it as their own, and of promotions', async () => {
      const id = await createProfile(context, { name: 'A' });
      await createPromotion(context, { name: 'L3', profile: 'A', isActive: false });
      await createUser(context, { username: 'john', profile: 'A' });
      await createUser(context, { username: 'jane', profile: 'A', isActive: false });
      await createUser(context, { username: 'mary', promotion: 'L3' });
      const answer = await api.as('user', 'GET', `profiles/${id}/`);
      expect(answer.body).toMatchObject({ users_count: 2, promotions_count: 1 });
    });
  });

  describe('are created', () => {
    test('by an admin, whose they are', async () => {
      const userId = await createUser(context, { username: 'boss', isStaff: true });
      const answer = await api.app.inject({
        method: 'POST',
        url: '/api/core/profiles/',
        headers: { authorization: `Bearer admin:${userId}` },
        payload: ETUDIANT,
      });
      expect([answer.statusCode, answer.json()]).toEqual([
        201,
        { ...ETUDIANT_ANSWER, created_by: userId, created_by_username: 'boss' },
      ]);
    });

    test('with the usual values where only a name is given, without blanks around it', async () => {
      const answer = await api.as('admin', 'POST', 'profiles/', { name: '  Libre ' });
      expect(answer).toEqual({
        status: 201,
        body: {
          ...ETUDIANT_ANSWER,
          name: 'Libre',
          description: null,
          monthly_limit: 128849018880,
          monthly_limit_gb: 120,
        },
      });
    });

    test('with what radmeter adds, which only shows where it says something', async () => {
      const throttled = { over_quota_action: 'throttle', throttle_upload: 128, throttle_download: 512 };
      const answer = await api.as('admin', 'POST', 'profiles/', { name: 'T', ...throttled });
      expect(answer).toMatchObject({ status: 201, body: throttled });
    });

    test.each(['viewer', 'user'] as const)('not by %s', async (role) => {
      await expect(api.as(role, 'POST', 'profiles/', ETUDIANT)).resolves.toEqual(FORBIDDEN);
      expect(await idsOf(context)).toEqual([]);
    });

    test('once under a name', async () => {
      await api.as('admin', 'POST', 'profiles/', ETUDIANT);
      await expect(api.as('admin', 'POST', 'profiles/', { name: 'Étudiant ' })).resolves.toEqual({
        status: 400,
        body: { name: ['There is already a profile "Étudiant".'] },
      });
    });
  });
});

async function idsOf({ db }: TestContext): Promise<number[]> {
  const rows: { id: number }[] = await db.knex('profiles').orderBy('id').select('id');
  return rows.map(({ id }) => id);
}
