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

describeEachDatabase('actions of profile-usage/{id}/', (getDatabase) => {
  let api: CoreApi;
  let context: TestContext;
  let profile: number;
  let john: number;
  let usage: number;

  beforeEach(async () => {
    const { db } = getDatabase();
    context = commandContext(db);
    api = await coreApi(db, (given) => [profileUsageRoutes(given)]);
    profile = await createProfile(context, { name: 'Étudiant', monthlyLimit: 100 * GIB });
    john = await createUser(context, { username: 'john', profile: 'Étudiant' });
    usage = await rowOf(john);
  });
  afterEach(() => api.app.close());

  const rowOf = async (userId: number): Promise<number> =>
    (await getDatabase().db.knex('user_profile_usage').where({ user_id: userId }).first('id')).id;
  const johns = (changed: object = {}) => usageAnswer({ id: usage, user: john, profile }, changed);

  it.each([
    [
      'daily',
      'Compteur journalier réinitialisé',
      { used_today: 0, last_daily_reset: '2025-12-11T13:00:00Z' },
    ],
    [
      'weekly',
      'Compteur hebdomadaire réinitialisé',
      { used_week: 0, last_weekly_reset: '2025-12-11T13:00:00Z' },
    ],
    [
      'monthly',
      'Compteur mensuel réinitialisé',
      { used_month: 0, last_monthly_reset: '2025-12-11T13:00:00Z' },
    ],
  ])('resets the %s counter alone', async (name, message, changed) => {
    await addUsage(context, 'john', 7);
    const at = '2025-12-11T13:00:00Z';
    api.clock.set(at);
    const answer = await api.as('admin', 'POST', `profile-usage/${usage}/reset_${name}/`);
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'success', message, usage: { used_total: 7, activation_date: '2025-12-11T12:00:00Z' } },
    });
    const before = { used_today: 7, used_week: 7, used_month: 7 };
    const resets = { last_daily_reset: '2025-12-11T12:00:00Z', last_weekly_reset: '2025-12-11T12:00:00Z' };
    expect(answer.body).toMatchObject({ usage: { ...before, ...resets, ...changed } });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it('resets everything and begins a new activation, whatever the body says', async () => {
    await addUsage(context, 'john', 60 * GIB);
    api.clock.set('2025-12-20T13:00:00Z');
    const at = '2025-12-20T13:00:00Z';
    expect(await api.as('admin', 'POST', `profile-usage/${usage}/reset_all/`, { any: 'thing' })).toEqual({
      status: 200,
      body: {
        status: 'success',
        message: 'Tous les compteurs réinitialisés',
        usage: johns({
          last_daily_reset: at,
          last_weekly_reset: at,
          last_monthly_reset: at,
          activation_date: at,
          updated_at: at,
        }),
      },
    });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it('adds octets and says how many', async () => {
    expect(
      await api.as('admin', 'POST', `profile-usage/${usage}/add_usage/`, { bytes_used: 5368709120 }),
    ).toMatchObject({
      status: 200,
      body: {
        status: 'success',
        message: '5368709120 octets ajoutés',
        usage: { used_today: 5368709120, used_total: 5368709120, is_exceeded: true },
      },
    });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it.each([[{}], [undefined], [{ bytes_used: 0 }], [{ bytes_used: -1 }]])(
    'refuses to add what is not positive: %o',
    async (body) => {
      expect(await api.as('admin', 'POST', `profile-usage/${usage}/add_usage/`, body)).toEqual({
        status: 400,
        body: { error: 'bytes_used must be positive' },
      });
    },
  );

  it.each([['5'], [null], [true], [1.5], [[1]], [{}], [2 ** 63], [2 ** 53]])(
    'names the field for %o, which is no number of octets',
    async (bytes_used) => {
      expect(await api.as('admin', 'POST', `profile-usage/${usage}/add_usage/`, { bytes_used })).toEqual({
        status: 400,
        body: { bytes_used: [expect.any(String)] },
      });
      expect(await api.as('admin', 'GET', `profile-usage/${usage}`)).toMatchObject({ body: johns() });
    },
  );

  it('names the field for octets that the counters could not hold', async () => {
    await addUsage(context, 'john', Number.MAX_SAFE_INTEGER);
    expect(await api.as('admin', 'POST', `profile-usage/${usage}/add_usage/`, { bytes_used: 1 })).toEqual({
      status: 400,
      body: { bytes_used: [expect.stringContaining('would pass')] },
    });
  });

  it.each(['reset_daily', 'reset_all', 'add_usage'])(
    'answers 404 to %s of what is no row',
    async (action) => {
      for (const id of ['999999', 'abc']) {
        expect(await api.as('admin', 'POST', `profile-usage/${id}/${action}`, { bytes_used: 1 })).toEqual(
          NOT_FOUND,
        );
      }
    },
  );
});
