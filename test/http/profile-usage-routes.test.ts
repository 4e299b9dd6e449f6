import { afterEach, beforeEach, expect, it } from 'vitest';
import { profileUsageRoutes } from '../../src/http/profile-usage-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { usageAnswer } from '../support/usage-answer.ts';
import { differencesOf } from '../support/verified.ts';

const GIB = 1024 ** 3;
const NOT_FOUND = { status: 404, body: { detail: 'Not found.' } };
const FORBIDDEN = {
  status: 403,
  body: { detail: expect.stringMatching(/^Access denied: Administrator privileges required/) },
};

describeEachDatabase('profile-usage/', (getDatabase) => {
  let api: CoreApi;
  let context: TestContext;
  let profile: number;
  let john: number;
  let jane: number;
  let usage: number;

  beforeEach(async () => {
    const { db } = getDatabase();
    context = commandContext(db);
    api = await coreApi(db, (given) => [profileUsageRoutes(given)]);
    profile = await createProfile(context, { name: 'Étudiant', monthlyLimit: 100 * GIB });
    john = await createUser(context, { username: 'john', profile: 'Étudiant' });
    jane = await createUser(context, { username: 'jane' });
    usage = await rowOf(john);
  });
  afterEach(() => api.app.close());

  const rowOf = async (userId: number): Promise<number> =>
    (await getDatabase().db.knex('user_profile_usage').where({ user_id: userId }).first('id')).id;
  const johns = (changed: object = {}) => usageAnswer({ id: usage, user: john, profile }, changed);

  it.each(['admin', 'viewer'] as const)('shows usage to a %s, the newest row first', async (role) => {
    await addUsage(context, 'john', 5 * GIB);
    api.clock.set('2025-12-11T12:00:01Z');
    context.clock.set('2025-12-11T12:00:01Z');
    await addUsage(context, 'jane', 1);
    const spent = johns({
      used_today: 5 * GIB,
      used_week: 5 * GIB,
      used_month: 5 * GIB,
      used_total: 5 * GIB,
      used_today_gb: 5,
      used_week_gb: 5,
      used_month_gb: 5,
      used_total_gb: 5,
      daily_usage_percent: 100,
      weekly_usage_percent: 16.666666666666664,
      monthly_usage_percent: 5,
      total_usage_percent: 10,
      is_exceeded: true,
      days_remaining: 29,
    });
    expect(await api.as(role, 'GET', 'profile-usage/')).toEqual({
      status: 200,
      body: {
        count: 2,
        next: null,
        previous: null,
        results: [expect.objectContaining({ user_username: 'jane', effective_profile: null }), spent],
      },
    });
    expect(await api.as(role, 'GET', `profile-usage/${usage}/`)).toEqual({ status: 200, body: spent });
  });

  it('pages by page and page_size', async () => {
    await addUsage(context, 'jane', 1);
    expect(await api.as('admin', 'GET', 'profile-usage/?page_size=1&page=last')).toMatchObject({
      body: { count: 2, next: null, results: [{ id: usage }] },
    });
    expect(await api.as('admin', 'GET', 'profile-usage/?page=9')).toEqual({
      status: 404,
      body: { detail: 'Invalid page.' },
    });
  });

  it('shows people their own usage, and only that', async () => {
    expect(await api.as({ userId: john }, 'GET', 'profile-usage/my_usage/')).toEqual({
      status: 200,
      body: johns(),
    });
    const none = { status: 404, body: { error: 'Aucune utilisation trouvée pour cet utilisateur' } };
    expect(await api.as({ userId: jane }, 'GET', 'profile-usage/my_usage/')).toEqual(none);
    // Tokens that belong to nobody have used nothing.
    for (const role of ['admin', 'viewer', 'user'] as const) {
      expect(await api.as(role, 'GET', 'profile-usage/my_usage/')).toEqual(none);
    }
  });

  it.each([
    ['GET', ''],
    ['GET', '{id}/'],
    ['POST', ''],
    ['PUT', '{id}/'],
    ['PATCH', '{id}/'],
    ['DELETE', '{id}/'],
    ['POST', '{id}/reset_daily/'],
    ['POST', '{id}/reset_weekly/'],
    ['POST', '{id}/reset_monthly/'],
    ['POST', '{id}/reset_all/'],
    ['POST', '{id}/add_usage/'],
  ] as const)('refuses users, and viewers what is no reading: %s %s', async (method, path) => {
    const url = `profile-usage/${path.replace('{id}', String(usage))}`;
    const body = method === 'GET' ? undefined : { user: john, bytes_used: 1 };
    expect(await api.as({ userId: john }, method, url, body)).toEqual(FORBIDDEN);
    if (method !== 'GET') expect(await api.as('viewer', method, url, body)).toEqual(FORBIDDEN);
    expect(await api.as('viewer', 'GET', `profile-usage/${usage}`)).toMatchObject({ body: johns() });
  });

  it('begins usage with nothing used', async () => {
    const body = { user: jane, is_active: false, activation_date: '2025-12-01T09:30:00+01:00' };
    const created = await api.as('admin', 'POST', 'profile-usage/', {
      ...body,
      used_total: 7,
      is_exceeded: true,
    });
    expect(created).toMatchObject({
      status: 201,
      body: {
        user: jane,
        user_username: 'jane',
        effective_profile: null,
        used_total: 0,
        is_active: false,
        is_exceeded: false,
        activation_date: '2025-12-01T08:30:00Z',
        last_daily_reset: '2025-12-11T00:00:00Z',
        days_remaining: null,
      },
    });
    expect(await api.as('admin', 'GET', 'profile-usage')).toMatchObject({ body: { count: 2 } });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it('says at once that a limit of 0 is exceeded', async () => {
    await createProfile(context, { name: 'none', dailyLimit: 0 });
    const jack = await createUser(context, { username: 'jack', profile: 'none' });
    await api.as('admin', 'DELETE', `profile-usage/${await rowOf(jack)}`);
    expect(await api.as('admin', 'POST', 'profile-usage', { user: jack })).toMatchObject({
      body: { is_exceeded: true, is_active: true, activation_date: '2025-12-11T12:00:00Z' },
    });
  });

  it.each<[object | undefined, object]>([
    [{}, { user: ['This field is required.'] }],
    [undefined, { user: ['This field is required.'] }],
    [{ user: 999999 }, { user: ['Invalid pk "999999" - object does not exist.'] }],
    [{ user: 'john' }, { user: [expect.any(String)] }],
    [{ user: null }, { user: [expect.any(String)] }],
    [{ user: 2 ** 60 }, { user: [expect.any(String)] }],
    [{ user: 1, is_active: 'yes' }, { is_active: [expect.any(String)] }],
    [
      { user: 1, activation_date: '2025-12-01' },
      { activation_date: [expect.stringMatching(/with its zone/)] },
    ],
    [{ user: 1, activation_date: 'soon' }, { activation_date: [expect.any(String)] }],
    [{ user: 1, activation_date: '2025-02-30T00:00:00Z' }, { activation_date: [expect.any(String)] }],
    [{ user: 1, activation_date: '9999-01-01T00:00:00Z' }, { activation_date: [expect.any(String)] }],
    [{ user: 1, activation_date: '' }, { activation_date: [expect.any(String)] }],
    [{ user: 1, activation_date: null }, { activation_date: [expect.any(String)] }],
    [{ user: 1, quota: 5 }, { quota: ['This field is not known.'] }],
  ])('refuses to begin usage of %o', async (body, expected) => {
    expect(await api.as('admin', 'POST', 'profile-usage', body)).toEqual({ status: 400, body: expected });
  });

  it('refuses a second usage of the same user', async () => {
    expect(await api.as('admin', 'POST', 'profile-usage', { user: john })).toEqual({
      status: 400,
      body: { user: ['Utilisation de profil with this user already exists.'] },
    });
  });

  it('changes what may be changed, and ignores counters', async () => {
    await addUsage(context, 'john', 5);
    const { body } = await api.as('admin', 'GET', `profile-usage/${usage}`);
    const changes = { is_active: false, activation_date: '2025-12-01T00:00:00Z' };
    expect(
      await api.as('admin', 'PUT', `profile-usage/${usage}`, { ...Object(body), ...changes, used_total: 99 }),
    ).toMatchObject({ status: 200, body: { ...changes, used_total: 5, days_remaining: 19 } });
    expect(await api.as('admin', 'PATCH', `profile-usage/${usage}/`, { is_active: true })).toMatchObject({
      status: 200,
      body: { is_active: true, activation_date: '2025-12-01T00:00:00Z', used_today: 5 },
    });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it('refuses to give usage to somebody else', async () => {
    for (const method of ['PUT', 'PATCH'] as const) {
      expect(
        await api.as('admin', method, `profile-usage/${usage}`, { user: jane, is_active: false }),
      ).toEqual({ status: 400, body: { user: [expect.any(String)] } });
    }
    expect(await api.as('admin', 'PUT', `profile-usage/${usage}`, { is_active: false })).toEqual({
      status: 400,
      body: { user: ['This field is required.'] },
    });
    expect(await api.as('admin', 'PATCH', `profile-usage/${usage}`, { user: john })).toMatchObject({
      status: 200,
      body: johns(),
    });
  });

  it('removes a row, and says so', async () => {
    await addUsage(context, 'john', 5);
    expect(await api.as('admin', 'DELETE', `profile-usage/${usage}/`)).toEqual({
      status: 204,
      body: undefined,
    });
    expect(await api.as('admin', 'GET', `profile-usage/${usage}`)).toEqual(NOT_FOUND);
    expect(await api.as('admin', 'GET', 'profile-usage')).toMatchObject({ body: { count: 0, results: [] } });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'] as const)(
    'answers 404 to %s of what is no row',
    async (method) => {
      const body = method === 'GET' || method === 'DELETE' ? undefined : { user: john };
      for (const id of ['999999', 'abc', '0', '99999999999999999999']) {
        expect(await api.as('admin', method, `profile-usage/${id}/`, body)).toEqual(NOT_FOUND);
      }
    },
  );

  it('has no other methods', async () => {
    for (const [method, path] of [
      ['DELETE', ''],
      ['POST', 'my_usage/'],
      ['GET', `${usage}/reset_daily/`],
    ] as const) {
      expect(await api.as('admin', method, `profile-usage/${path}`)).toMatchObject({ status: 405 });
    }
  });

  it('writes into the audit log who did what', async () => {
    await api.as('admin', 'POST', `profile-usage/${usage}/add_usage`, { bytes_used: 5 });
    await api.as('admin', 'POST', `profile-usage/${usage}/reset_daily`);
    await api.as('admin', 'PATCH', `profile-usage/${usage}`, { is_active: false });
    await api.as('admin', 'PATCH', `profile-usage/${usage}`, { is_active: false });
    await api.as('admin', 'DELETE', `profile-usage/${usage}`);
    await api.as('admin', 'POST', 'profile-usage', { user: john });
    const entries = await context.db
      .knex('audit_log')
      .where({ object_type: 'usage' })
      .orderBy('id')
      .select('action', 'actor', 'object_id');
    const id = String(usage);
    expect(entries.map(({ action, object_id }) => [action, object_id === id])).toEqual([
      ['add_usage', true],
      ['reset_daily', true],
      ['update', true],
      ['delete', true],
      ['create', false],
    ]);
    expect(entries[0]).toMatchObject({ actor: 'token:admin' });
  });
});
