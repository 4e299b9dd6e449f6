import { beforeEach, expect, it } from 'vitest';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { fixTimezone, timezoneOf } from '../../src/usage/stored-timezone.ts';
import { changeTimezone } from '../../src/usage/timezone-change.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { commandContext, type TestContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { insertSession } from '../support/session-rows.ts';
import { differencesOf } from '../support/verified.ts';

/** Sunday 30 November 2025, 20:00 UTC: already Monday and December in Tokyo (since 15:00), and Sunday in Niue (since 11:00). */
const EVENING = '2025-11-30T20:00:00Z';

describeEachDatabase('another time zone', (getDatabase) => {
  let context: TestContext;

  beforeEach(async () => {
    context = commandContext(getDatabase().db, EVENING);
    await fixTimezone(context.db, 'UTC');
    await createProfile(context, { name: 'A', dailyLimit: 100 });
    await createUser(context, { username: 'john', profile: 'A' });
    await createUser(context, { username: 'jane', profile: 'A' });
  });

  const set = (timezone: string) =>
    changeTimezone(context.db, { timezone, clock: context.clock, actor: context.actor });
  /** Octets of John's that sessions brought, on a day. */
  const used = async (day: string, octets: number) => {
    const { id } = await context.db.knex('users').where('username', 'john').first('id');
    await context.db.knex('usage_days').insert({ user_id: id, day, input_octets: octets });
    await insertSession(context.db, { user_id: id, acctinputoctets: octets });
  };
  const counters = (used: object) =>
    context.db
      .knex('user_profile_usage')
      .whereIn('user_id', context.db.knex('users').where('username', 'john').select('id'))
      .update(used);
  const days = () => context.db.knex('usage_days').orderBy('day').select('day', 'input_octets');
  const written = () =>
    context.db.knex('usage_adjustments').where('kind', 'timezone').select('today', 'week', 'month', 'total');

  it('whose day is the same leaves everything as it is', async () => {
    await used('2025-11-30', 150);
    await counters({ used_today: 150, used_week: 150, used_month: 150, used_total: 150, is_exceeded: 1 });
    expect(await set('Africa/Dakar')).toBe('UTC');
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 150, is_exceeded: 1 });
    expect(await written()).toEqual([]);
    expect(await differencesOf(context.db, { timezone: 'Africa/Dakar' })).toEqual([]);
  });

  it('whose day began later rolls over what that ended, and judges the quota anew', async () => {
    await counters({ last_daily_reset: '2025-11-30 00:00:00', activation_date: '2025-11-30 00:00:00' });
    await counters({ last_weekly_reset: '2025-11-24 00:00:00', last_monthly_reset: '2025-11-01 00:00:00' });
    await used('2025-11-30', 150);
    await counters({ used_today: 150, used_week: 150, used_month: 150, used_total: 150, is_exceeded: 1 });
    await set('Asia/Tokyo');
    expect(await usageRowOf(context.db, 'john')).toMatchObject({
      used_today: 0,
      used_week: 0,
      used_month: 0,
      used_total: 150,
      is_exceeded: 0,
      last_daily_reset: expect.stringMatching(/^2025-11-30 15:00:00/),
    });
    expect(await written()).toEqual([]);
    expect(await differencesOf(context.db, { timezone: 'Asia/Tokyo' })).toEqual([]);
  });

  it('keeps what counters hold that its day cuts otherwise, and writes the difference down', async () => {
    await set('Asia/Tokyo');
    await used('2025-11-30', 20);
    await used('2025-12-01', 150);
    await counters({ used_today: 150, used_week: 150, used_month: 150, used_total: 170 });
    expect(await differencesOf(context.db, { timezone: 'Asia/Tokyo' })).toEqual([]);
    expect(await set('UTC')).toBe('Asia/Tokyo');
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 150, used_week: 150 });
    expect(await days()).toEqual([{ day: '2025-11-30', input_octets: 170 }]);
    expect(await written()).toEqual([{ today: -20, week: -20, month: -20, total: 0 }]);
    expect(await differencesOf(context.db)).toEqual([]);
    context.clock.set('2025-12-01T08:00:00Z');
    await addUsage(context, 'john', 1);
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 1, used_total: 171 });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it('moves a day that has yet to come to one that has no octets yet', async () => {
    await used('2025-12-01', 7);
    await counters({ used_total: 7 });
    await set('Pacific/Niue');
    expect(await days()).toEqual([{ day: '2025-11-30', input_octets: 7 }]);
    expect(await differencesOf(context.db, { timezone: 'Pacific/Niue' })).toEqual([]);
  });

  it('is refused while a daemon runs, which would go on in the one before', async () => {
    const beat = { host: 'hall', receiving_since: 0, beat_at: context.clock.now() - 29_000 };
    await context.db.knex('instances').insert({ id: 'i1', ...beat });
    await expect(set('Asia/Tokyo')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/^a daemon on hall was running 29 s ago, .*stop every daemon/),
    });
    expect(await timezoneOf(context.db, null)).toBe('UTC');
    expect(await set('UTC')).toBe('UTC');
    await context.db.knex('instances').update({ beat_at: context.clock.now() - 30_000 });
    expect(await set('Asia/Tokyo')).toBe('UTC');
  });
});
