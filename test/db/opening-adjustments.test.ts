/** Counters of the system before radmeter, and how verify proves them from the day they were taken over. */
import { expect, it } from 'vitest';
import { up } from '../../migrations/010-opening-adjustments.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { adjustUsage } from '../../src/usage/usage-commands.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { differencesOf } from '../support/verified.ts';

const RESETS = {
  last_daily_reset: '2025-12-11 06:30:00.123456',
  last_weekly_reset: '2025-12-03 00:00:00',
  last_monthly_reset: '2025-12-01 00:00:00',
  activation_date: '2025-09-01 08:00:00',
  created_at: '2025-09-01 08:00:00',
  updated_at: '2025-12-11 06:30:00',
};

describeEachDatabase('taking over counters', (getDatabase) => {
  it('writes where each began, in its own period and once, so that verify finds no difference', async () => {
    const { db, dialect } = getDatabase();
    const context = commandContext(db);
    await createUser(context, { username: 'john' });
    const [id] = await db.knex('users').where('username', 'john').pluck('id');
    const counters = { used_today: 5, used_week: 70, used_month: 900, used_total: 11_000 };
    const flags = { is_exceeded: false, is_active: true };
    await db.knex('user_profile_usage').insert({ user_id: id, ...counters, ...RESETS, ...flags });
    expect(await differencesOf(db)).not.toEqual([]);

    await up(db.knex, dialect);
    await up(db.knex, dialect);
    expect(
      await db
        .knex('usage_adjustments')
        .orderBy('id')
        .select('kind', 'today', 'week', 'month', 'total', 'at'),
    ).toEqual([
      { kind: 'opening', today: 5, week: 0, month: 0, total: 0, at: Date.parse('2025-12-11T06:30:00.123Z') },
      { kind: 'opening', today: 0, week: 70, month: 0, total: 0, at: Date.parse('2025-12-03T00:00:00Z') },
      { kind: 'opening', today: 0, week: 0, month: 900, total: 0, at: Date.parse('2025-12-01T00:00:00Z') },
      { kind: 'opening', today: 0, week: 0, month: 0, total: 11_000, at: Date.parse('2025-09-01T08:00:00Z') },
    ]);
    expect(await differencesOf(db)).toEqual([]);
    await adjustUsage(context, 'john', { octets: 1_000, reason: 'goodwill' });
    expect(await differencesOf(db)).toEqual([]);
  });

  it('leaves alone who has been metered already', async () => {
    const { db, dialect } = getDatabase();
    const context = commandContext(db);
    await createUser(context, { username: 'john' });
    await adjustUsage(context, 'john', { octets: 1_000, reason: 'goodwill' });
    await up(db.knex, dialect);
    expect(await db.knex('usage_adjustments').pluck('kind')).not.toContain('opening');
    expect(await differencesOf(db)).toEqual([]);
  });
});
