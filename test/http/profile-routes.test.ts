/** Profiles over HTTP: shapes and refusals by literals of contract §4 and §6. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { profileRoutes } from '../../src/http/profile-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, historyOf, type TestContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

/** What an administrator sends to create the seed's profile. */
const ETUDIANT = {
  name: 'Étudiant',
  description: 'Profil standard pour étudiants',
  bandwidth_upload: 5120,
  bandwidth_download: 10240,
  quota_type: 'limited',
  data_volume: 53687091200,
  daily_limit: 5368709120,
  weekly_limit: 32212254720,
  monthly_limit: 107374182400,
  validity_duration: 30,
  session_timeout: 28800,
  idle_timeout: 600,
  simultaneous_use: 1,
  is_active: true,
};

/** Contract §6, Profile. */
const ETUDIANT_ANSWER = {
  id: expect.any(Number),
  name: 'Étudiant',
  description: 'Profil standard pour étudiants',
  is_active: true,
  bandwidth_upload: 5120,
  bandwidth_download: 10240,
  bandwidth_upload_mbps: 5,
  bandwidth_download_mbps: 10,
  quota_type: 'limited',
  data_volume: 53687091200,
  data_volume_gb: 50,
  daily_limit: 5368709120,
  weekly_limit: 32212254720,
  monthly_limit: 107374182400,
  daily_limit_gb: 5,
  weekly_limit_gb: 30,
  monthly_limit_gb: 100,
  validity_duration: 30,
  session_timeout: 28800,
  idle_timeout: 600,
  simultaneous_use: 1,
  created_by: null,
  created_at: '2025-12-11T12:00:00Z',
  updated_at: '2025-12-11T12:00:00Z',
  users_count: 0,
  promotions_count: 0,
};

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
        body: { name: ['name: there is already a profile "Étudiant"'] },
      });
    });
  });

  describe('are changed', () => {
    let id: number;
    beforeEach(async () => {
      await api.as('admin', 'POST', 'profiles/', ETUDIANT);
      [id = 0] = await idsOf(context);
      context.clock.set('2025-12-11T13:00:00Z');
      api.clock.set('2025-12-11T13:00:00Z');
    });

    test('by PUT, which needs a name only: what is not given keeps its value', async () => {
      const answer = await api.as('admin', 'PUT', `profiles/${id}/`, {
        name: 'Étudiants',
        daily_limit: null,
      });
      expect(answer).toEqual({
        status: 200,
        body: {
          ...ETUDIANT_ANSWER,
          name: 'Étudiants',
          daily_limit: null,
          daily_limit_gb: null,
          updated_at: '2025-12-11T13:00:00Z',
        },
      });
      await expect(api.as('admin', 'PUT', `profiles/${id}/`, { daily_limit: 0 })).resolves.toEqual({
        status: 400,
        body: { name: ['This field is required.'] },
      });
    });

    test('by PATCH', async () => {
      const answer = await api.as('admin', 'PATCH', `profiles/${id}/`, { quota_type: 'unlimited' });
      expect(answer).toMatchObject({ status: 200, body: { quota_type: 'unlimited', name: 'Étudiant' } });
    });

    test('with everything sent back that was read, of which the derived is ignored', async () => {
      const read = await api.as('admin', 'GET', `profiles/${id}/`);
      const sent = { ...Object(read.body), users_count: 7, created_by: 7, data_volume_gb: 'much' };
      const answer = await api.as('admin', 'PUT', `profiles/${id}/`, sent);
      expect(answer).toEqual({
        status: 200,
        body: { ...ETUDIANT_ANSWER, updated_at: '2025-12-11T13:00:00Z' },
      });
    });

    test('so that throttling says to what', async () => {
      const change = { over_quota_action: 'throttle', throttle_upload: 64 };
      await expect(api.as('admin', 'PATCH', `profiles/${id}/`, change)).resolves.toEqual({
        status: 400,
        body: { throttle_download: [expect.stringContaining('because over_quota_action is throttle')] },
      });
    });

    test('with limits in force at once', async () => {
      await createUser(context, { username: 'john', profile: 'Étudiant' });
      await api.as('admin', 'PATCH', `profiles/${id}/`, { daily_limit: 0 });
      const [usage] = await context.db.knex('user_profile_usage').select('is_exceeded');
      expect(Boolean(usage?.is_exceeded)).toBe(true);
    });

    test.each(['viewer', 'user'] as const)('not by %s', async (role) => {
      for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
        const body = method === 'DELETE' ? undefined : { name: 'Mine' };
        await expect(api.as(role, method, `profiles/${id}/`, body)).resolves.toEqual(FORBIDDEN);
      }
      await expect(api.as('admin', 'GET', `profiles/${id}/`)).resolves.toMatchObject({ status: 200 });
    });

    test.each(['PUT', 'PATCH', 'DELETE'] as const)('not by %s where there is none', async (method) => {
      const body = method === 'DELETE' ? undefined : { name: 'Mine' };
      await expect(api.as('admin', method, `profiles/${id + 1}/`, body)).resolves.toEqual(NOT_FOUND);
    });
  });

  describe('are deleted', () => {
    test('where nobody has them', async () => {
      const id = await createProfile(context, { name: 'A' });
      await expect(api.as('admin', 'DELETE', `profiles/${id}/`)).resolves.toEqual({
        status: 204,
        body: undefined,
      });
      await expect(api.as('admin', 'GET', `profiles/${id}/`)).resolves.toEqual(NOT_FOUND);
    });

    test('only by force where somebody has them, and history says so', async () => {
      const id = await createProfile(context, { name: 'A' });
      await createPromotion(context, { name: 'L3', profile: 'A' });
      await createUser(context, { username: 'mary', promotion: 'L3' });
      for (const path of [`profiles/${id}/`, `profiles/${id}/?force=false`, `profiles/${id}/?force=`]) {
        await expect(api.as('admin', 'DELETE', path)).resolves.toEqual({
          status: 400,
          body: {
            error: 'profile_in_use',
            detail:
              'profile "A" is in use by 1 users and 1 promotions; give them another one first, or force the deletion (--force, ?force=true)',
          },
        });
      }
      await expect(api.as('admin', 'DELETE', `profiles/${id}/?force=1`)).resolves.toEqual({
        status: 400,
        body: { force: ['force: expected true or false, got "1"'] },
      });
      const answer = await api.as('admin', 'DELETE', `profiles/${id}?force=true`);
      expect(answer).toEqual({ status: 204, body: undefined });
      expect(await historyOf(context.db, 'mary')).toEqual(['assigned: - -> A', 'removed: A -> -']);
    });
  });

  test.each([
    ['name', '', /must NOT have fewer than 1 characters/],
    ['name', '   ', /expected a name of 1 to 100 characters/],
    ['name', 'x'.repeat(101), /must NOT have more than 100 characters/],
    ['name', 'a\0b', /must match pattern/],
    ['name', 'half an emoji \ud83d', /must match pattern/],
    ['name', 7, /must be string/],
    ['name', null, /must be string/],
    ['name', ['A'], /must be string/],
    ['description', 'a\0b', /must match pattern/],
    ['description', '\udc00', /must match pattern/],
    ['description', {}, /must be string,null/],
    ['is_active', 'true', /must be boolean/],
    ['is_active', null, /must be boolean/],
    ['bandwidth_upload', 0, /must be >= 1/],
    ['bandwidth_upload', -1, /must be >= 1/],
    ['bandwidth_download', 2 ** 31, /must be <= 2147483647/],
    ['bandwidth_download', '5120', /must be integer/],
    ['quota_type', 'some', /must be equal to one of the allowed values: unlimited,limited/],
    ['data_volume', 2 ** 53, /must be <= 9007199254740991/],
    ['data_volume', 1.5, /must be integer/],
    ['data_volume', null, /must be integer/],
    ['daily_limit', -1, /must be >= 0/],
    ['weekly_limit', 1e300, /must be <= 9007199254740991/],
    ['monthly_limit', true, /must be integer,null/],
    ['validity_duration', 31, /must be equal to one of the allowed values: 7,14,30,60,90,180,365/],
    ['validity_duration', '30', /must be integer/],
    ['session_timeout', -1, /must be >= 0/],
    ['idle_timeout', 2 ** 31, /must be <= 2147483647/],
    ['simultaneous_use', 0, /must be >= 1/],
    ['over_quota_action', 'explode', /must be equal to one of the allowed values/],
    ['throttle_upload', 0, /must be >= 1/],
    ['colour', 'red', /is not known/],
    ['__proto', 1, /is not known/],
  ])('refuse %s %j, by its name', async (field, value, message) => {
    const id = await createProfile(context, { name: 'A' });
    for (const [method, path] of [
      ['POST', 'profiles/'],
      ['PUT', `profiles/${id}/`],
      ['PATCH', `profiles/${id}/`],
    ] as const) {
      const answer = await api.as('admin', method, path, { name: 'B', [field]: value });
      expect(answer.status).toBe(400);
      expect(Object.keys(Object(answer.body))).toEqual([field]);
      expect(JSON.stringify(answer.body)).toMatch(message);
    }
    expect(await context.db.knex('profiles').pluck('name')).toEqual(['A']);
  });

  test('take emoji, the longest name and the largest numbers as they are', async () => {
    const large = {
      name: `${'😀'.repeat(99)}é`,
      description: 'two\nlines 😀',
      data_volume: 2 ** 53 - 1,
      daily_limit: 0,
      bandwidth_upload: 2 ** 31 - 1,
      session_timeout: 0,
    };
    const answer = await api.as('admin', 'POST', 'profiles/', large);
    expect(answer).toMatchObject({ status: 201, body: large });
  });
});

async function idsOf({ db }: TestContext): Promise<number[]> {
  const rows: { id: number }[] = await db.knex('profiles').orderBy('id').select('id');
  return rows.map(({ id }) => id);
}
