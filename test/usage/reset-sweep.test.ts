/** Resetting everybody's counters when a period has ended. */
import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { instantToText } from '../../src/db/dialect.ts';
import type { SpoiltRow } from '../../src/errors.ts';
import { createProfile, updateProfile } from '../../src/profiles/profile-commands.ts';
import { createUser, removeProfileFromUser } from '../../src/profiles/user-commands.ts';
import { getUser } from '../../src/profiles/user-queries.ts';
import type { ResetUsage } from '../../src/usage/due-resets-queries.ts';
import { Calendar } from '../../src/usage/period.ts';
import { type ResetSweepOptions, sweepResets } from '../../src/usage/reset-sweep.ts';
import { fixTimezone } from '../../src/usage/stored-timezone.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { commandContext, type TestContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { differencesOf } from '../support/verified.ts';

describeEachDatabase('a sweep of resets', (getDatabase) => {
  let context: TestContext;

  const sweep = async (period: ResetSweepOptions['period'], options: Partial<ResetSweepOptions> = {}) => {
    const { db, clock } = context;
    const lines: string[] = [];
    const onReset = (usages: readonly ResetUsage[]) =>
      lines.push(...usages.map(({ username, usedOctets }) => `${username} ${usedOctets}`));
    const calendar = new Calendar('UTC');
    const count = await sweepResets({ db, clock, calendar, period, onReset, ...options });
    return { count, lines };
  };

  beforeEach(async () => {
    // A Thursday.
    context = commandContext(getDatabase().db, '2025-12-11T12:00:00Z');
    await fixTimezone(context.db, 'UTC');
    await createProfile(context, { name: 'Étudiant', dailyLimit: 100, weeklyLimit: 150 });
    for (const username of ['john', 'jane']) await createUser(context, { username, profile: 'Étudiant' });
    await addUsage(context, 'john', 100);
  });

  it('sets a counter to zero from the first instant of the day, and the quota is no longer exceeded', async () => {
    context.clock.set('2025-12-12T00:00:07Z');
    expect(await sweep('daily')).toEqual({ count: 2, lines: ['jane 0', 'john 100'] });
    const row = await usageRowOf(context.db, 'john');
    expect(row).toMatchObject({ used_today: 0, used_week: 100, used_total: 100, is_exceeded: 0 });
    expect(row?.last_daily_reset).toMatch(/^2025-12-12 00:00:00(\.0+)?$/);
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it('run twice resets once', async () => {
    context.clock.set('2025-12-12T00:00:07Z');
    await sweep('daily');
    expect(await sweep('daily')).toEqual({ count: 0, lines: [] });
  });

  it('leaves alone what a packet or a person counted in the new day', async () => {
    context.clock.set('2025-12-12T00:00:01Z');
    await addUsage(context, 'john', 7);
    expect((await sweep('daily')).lines).toEqual(['jane 0']);
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 7 });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it.each([false, true])(
    'leaves out what nothing can be made of, and names it (dry run: %s)',
    async (isDryRun) => {
      for (let n = 0; n < 5; n++) await createUser(context, { username: `u${n}`, profile: 'Étudiant' });
      const { id: userId } = await getUser(context.db, 'u2');
      const [{ id }] = await context.db.knex('user_profile_usage').where('user_id', userId).select('id');
      // As only another program can write it.
      await context.db.knex.raw(
        `UPDATE user_profile_usage SET used_total = 9223372036854775807 WHERE id = ${id}`,
      );
      context.clock.set('2025-12-12T00:00:01Z');
      const rows: SpoiltRow[] = [];
      const { count, lines } = await sweep('daily', { isDryRun, onSpoilt: (row) => rows.push(row) });
      expect(count).toBe(6);
      expect(lines.toSorted()).toEqual(['jane 0', 'john 100', 'u0 0', 'u1 0', 'u3 0', 'u4 0']);
      expect(rows).toEqual([
        {
          row: `user_profile_usage ${id}`,
          reason: expect.stringContaining('used_total: expected a whole number below 2^53'),
        },
      ]);
    },
  );

  it('leaves inactive usage alone', async () => {
    await removeProfileFromUser(context, 'john');
    context.clock.set('2025-12-12T00:00:01Z');
    expect((await sweep('daily')).lines).toEqual(['jane 0']);
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 100, is_active: 0 });
  });

  it.each([
    ['daily', '2025-12-12T00:00:00Z', { used_today: 0, used_week: 100, used_month: 100 }],
    ['weekly', '2025-12-15T00:00:00Z', { used_today: 100, used_week: 0, used_month: 100 }],
    ['monthly', '2026-01-01T00:00:00Z', { used_today: 100, used_week: 100, used_month: 0 }],
  ] as const)('resets the %s counter alone at %s', async (period, at, counters) => {
    context.clock.set(new Date(Date.parse(at) - 1).toISOString());
    expect((await sweep(period)).count).toBe(0);
    context.clock.set(at);
    expect((await sweep(period)).count).toBe(2);
    expect(await usageRowOf(context.db, 'john')).toMatchObject(counters);
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it('leaves a quota exceeded that another limit of the current week exceeds', async () => {
    await addUsage(context, 'john', 50);
    context.clock.set('2025-12-12T00:00:00Z');
    await sweep('daily');
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 0, is_exceeded: 1 });
    context.clock.set('2025-12-15T00:00:00Z');
    await sweep('daily');
    // The week has ended too, whoever resets it.
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_week: 150, is_exceeded: 0 });
  });

  it('leaves a quota of 0 exceeded', async () => {
    await updateProfile(context, 'Étudiant', { dailyLimit: 0 });
    context.clock.set('2025-12-12T00:00:00Z');
    await sweep('daily');
    expect(await usageRowOf(context.db, 'jane')).toMatchObject({ is_exceeded: 1 });
  });

  it('that is only tried changes nothing', async () => {
    context.clock.set('2025-12-12T00:00:00Z');
    const before = await context.db.knex('user_profile_usage');
    expect(await sweep('daily', { isDryRun: true })).toEqual({ count: 2, lines: ['jane 0', 'john 100'] });
    expect(await context.db.knex('user_profile_usage')).toEqual(before);
  });

  it('is written down only where a person asked for it', async () => {
    await context.db.knex('audit_log').delete();
    context.clock.set('2025-12-12T00:00:00Z');
    await sweep('daily', { actor: context.actor });
    const [john, jane] = await context.db.knex('user_profile_usage').orderBy('id').pluck('id');
    const entries = await context.db
      .knex('audit_log')
      .select('action', 'object_type', 'before_json', 'after_json');
    expect(entries).toEqual([
      {
        action: 'reset_daily',
        object_type: 'usage',
        before_json: JSON.stringify({ ids: [jane, john], used_today: [0, 100] }),
        after_json: JSON.stringify({
          ids: [jane, john],
          used_today: 0,
          last_daily_reset: '2025-12-12 00:00:00',
        }),
      },
    ]);
    context.clock.set('2025-12-13T00:00:00Z');
    await sweep('daily');
    expect(await context.db.knex('audit_log')).toHaveLength(1);
  });

  it('ends where it is told to, and the next goes on from there', async () => {
    context.clock.set('2025-12-12T00:00:00Z');
    const stopping = new AbortController();
    stopping.abort();
    expect(await sweep('daily', { signal: stopping.signal })).toEqual({ count: 0, lines: [] });
    expect((await sweep('daily')).count).toBe(2);
  });

  it('refuses a zone that is not the database’s any more', async () => {
    context.clock.set('2025-12-12T00:00:00Z');
    const calendar = new Calendar('Africa/Douala');
    await expect(sweep('daily', { calendar })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('from Africa/Douala to UTC'),
    });
  });

  describe('over many', () => {
    const COUNT = 2_600;

    beforeEach(async () => {
      const at = instantToText(context.clock.now());
      const ids = Array.from({ length: COUNT }, (_, index) => 10_000_000 + index);
      const hash = { password: '!', date_joined: at, created_at: at, updated_at: at };
      const usage = { last_daily_reset: at, last_weekly_reset: at, last_monthly_reset: at };
      const dates = { activation_date: at, created_at: at, updated_at: at };
      const users = ids.map((id) => ({ id, username: `user${id}`, email: '', ...hash }));
      const rows = ids.map((id) => ({ user_id: id, used_today: 5, ...usage, ...dates }));
      await context.db.knex.batchInsert('users', users, 50);
      await context.db.knex.batchInsert('user_profile_usage', rows, 50);
    });

    it('resets each once, also where two run at once', async () => {
      context.clock.set('2025-12-12T00:00:00Z');
      const other = openDatabase(getDatabase().url);
      const sweeps = await Promise.all([sweep('daily'), sweep('daily', { db: other })]);
      await other.close();
      const lines = sweeps.flatMap((each) => each.lines);
      expect(new Set(lines).size).toBe(COUNT + 2);
      expect(lines).toHaveLength(COUNT + 2);
      expect(sweeps[0].count + sweeps[1].count).toBe(COUNT + 2);
    });
  });

  it('waits for no row that somebody holds while there are others, and has it in the end', async () => {
    context.clock.set('2025-12-12T00:00:00Z');
    if (getDatabase().dialect === 'sqlite') return;
    const { promise: resetJane, resolve } = Promise.withResolvers<void>();
    const holder = await context.db.knex.transaction();
    await holder('user_profile_usage')
      .whereIn('user_id', holder('users').where('username', 'john').select('id'))
      .forUpdate();
    const lines: string[] = [];
    const sweeping = sweep('daily', {
      onReset: (usages) => {
        lines.push(...usages.map(({ username }) => username));
        resolve();
      },
    });
    await resetJane;
    expect(lines).toEqual(['jane']);
    await holder.rollback();
    expect((await sweeping).count).toBe(2);
    expect(lines).toEqual(['jane', 'john']);
  });
});
