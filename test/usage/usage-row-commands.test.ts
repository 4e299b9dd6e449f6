import { beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createMeter } from '../../src/metering.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { Calendar } from '../../src/usage/period.ts';
import { fixTimezone } from '../../src/usage/stored-timezone.ts';
import { changeTimezone } from '../../src/usage/timezone-change.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { RESETS, resetUsage } from '../../src/usage/usage-reset-commands.ts';
import { createUsage, deleteUsage, updateUsage } from '../../src/usage/usage-row-commands.ts';
import { runBatch } from '../support/batches.ts';
import { commandContext, type TestContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH, type RecordWords, sessionRecord } from '../support/records.ts';
import { submissionOf } from '../support/submissions.ts';
import { differencesOf } from '../support/verified.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;

const meterBatch = createMeter({
  calendar: new Calendar('UTC'),
  defaultTerms: { bandwidthUpload: 1_000_000, bandwidthDownload: 1_000_000 },
  nameRules: { stripsRealm: false, lowersCase: false },
  unknownUsers: 'unmetered',
});

describeEachDatabase('usage rows made, reset and removed by hand', (getDatabase) => {
  let context: TestContext;
  let john: number;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    await createProfile(context, { name: 'A', dailyLimit: 1_000 });
    john = await createUser(context, { username: 'john', profile: 'A' });
  });

  /** Octets of John's, so many seconds after Thursday noon; later words of the same session go on from what it had. */
  const report = (words: RecordWords, db = getDatabase().db) =>
    runBatch(
      db,
      (batch) =>
        meterBatch(batch, [submissionOf(sessionRecord({ down: 0, status: 'Interim-Update', ...words }))]),
      EPOCH + (words.arrived ?? words.at ?? 0) * 1000,
    );
  const rowId = async (): Promise<number> =>
    (await context.db.knex('user_profile_usage').where({ user_id: john }).first('id')).id;
  const at = (seconds: number) => context.clock.set(new Date(EPOCH + seconds * 1000).toISOString());

  test('are proved before and after a row goes, and when the next octets begin another the same day', async () => {
    await report({ at: 10, time: 10, up: 500 });
    await addUsage(context, 'john', 7);
    at(60);
    await deleteUsage(context, await rowId());
    expect(await usageRowOf(context.db, 'john')).toBeUndefined();
    expect(await differencesOf(context.db)).toEqual([]);
    await report({ at: 120, time: 120, up: 540 });
    expect(await usageRowOf(context.db, 'john')).toMatchObject({
      used_today: 40,
      used_month: 40,
      used_total: 40,
    });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test.each([
    ['the next day', DAY],
    ['the next week', 4 * DAY],
    ['the next month', 25 * DAY],
  ])('are proved where a removed row begins anew %s', async (_when, later) => {
    await report({ at: 10, time: 10, up: 500 });
    await deleteUsage(context, await rowId());
    at(later);
    await createUsage(context, { userId: john });
    await report({ at: later + 60, time: later + 60, up: 503 });
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 3, used_total: 3 });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test('are proved where the row stood in periods that had ended', async () => {
    await report({ at: 10, time: 10, up: 500 });
    at(25 * DAY);
    await deleteUsage(context, await rowId());
    expect(await differencesOf(context.db)).toEqual([]);
    await createUsage(context, { userId: john });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test('are proved where a removed row begins anew in another time zone', async () => {
    await fixTimezone(context.db, 'UTC');
    await report({ at: 10, time: 10, up: 500 });
    await deleteUsage(context, await rowId());
    const { clock } = context;
    const timezone = 'Pacific/Kiritimati';
    await changeTimezone(context.db, { timezone, clock, actor: context.actor });
    const calendar = new Calendar(timezone);
    const there = { ...context, periodStartsAt: (now: number) => calendar.periodStarts(now) };
    await createUsage(there, { userId: john });
    expect(await differencesOf(context.db, { timezone })).toEqual([]);
  });

  test('are proved where octets of before the removal come late', async () => {
    await report({ at: 10, time: 10, up: 500 });
    at(2 * HOUR);
    await deleteUsage(context, await rowId());
    await createUsage(context, { userId: john });
    await report({ at: HOUR, time: HOUR, up: 600, arrived: 2 * HOUR + 60 });
    // Of today, but of before the activation.
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 100, used_total: 0 });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test.each(RESETS)('are proved after reset_%s, and octets of before it stay out', async (reset) => {
    await report({ at: 10, time: 10, up: 500 });
    at(HOUR);
    await resetUsage(context, await rowId(), reset);
    expect(await differencesOf(context.db)).toEqual([]);
    await report({ at: HOUR - 60, time: HOUR - 60, up: 550, arrived: HOUR + 60 });
    await report({ at: HOUR + 120, time: HOUR + 120, up: 551 });
    expect(await differencesOf(context.db)).toEqual([]);
    const counters = { daily: 'used_today', weekly: 'used_week', monthly: 'used_month', all: 'used_total' };
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_total: 551, [counters[reset]]: 1 });
  });

  test('judge the quota anew: a reset lets in, a limit of 0 stays exceeded', async () => {
    await addUsage(context, 'john', 1_000);
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ is_exceeded: 1 });
    await resetUsage(context, await rowId(), 'daily');
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ is_exceeded: 0, used_week: 1_000 });
    await context.db.knex('profiles').update({ weekly_limit: 0 });
    await resetUsage(context, await rowId(), 'all');
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ is_exceeded: 1, used_total: 0 });
  });

  test('leave an inactive row inactive when it is reset', async () => {
    await updateUsage(context, await rowId(), { isActive: false });
    await resetUsage(context, await rowId(), 'all');
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ is_active: 0 });
  });

  test('reset a period that has ended by itself without an adjustment', async () => {
    await addUsage(context, 'john', 10);
    at(DAY);
    await resetUsage(context, await rowId(), 'daily');
    expect(await context.db.knex('usage_adjustments').select('kind')).toEqual([{ kind: 'add_usage' }]);
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test('roll over when they are changed, and keep their counters', async () => {
    await addUsage(context, 'john', 1_000);
    at(DAY);
    await updateUsage(context, await rowId(), { activationDate: EPOCH - DAY * 1000 });
    expect(await usageRowOf(context.db, 'john')).toMatchObject({
      used_today: 0,
      used_total: 1_000,
      is_exceeded: 0,
      activation_date: expect.stringMatching(/^2025-12-10 12:00:00/),
    });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test('are made once, however many ask at once', async () => {
    await deleteUsage(context, await rowId());
    const other = openDatabase(getDatabase().url);
    const contexts = [context, { ...context, db: other }];
    const asked = contexts.map((each) => createUsage(each, { userId: john }));
    const outcomes = await Promise.allSettled(asked);
    await other.close();
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'invalid', field: 'user', message: expect.stringContaining('already exists') },
    });
  });

  test('are proved where a row is removed and reset again and again beside records', async () => {
    const other = openDatabase(getDatabase().url);
    const records = async () => {
      for (let at = 1; at <= 20; at++) await report({ at, time: at, up: at * 10 }, other);
    };
    const commands = async () => {
      for (let turn = 0; turn < 10; turn++) {
        const row = await context.db.knex('user_profile_usage').where({ user_id: john }).first('id');
        if (row === undefined) continue;
        if (turn % 3 === 0) await resetUsage(context, row.id, 'all').catch(ignoreGone);
        else await deleteUsage(context, row.id).catch(ignoreGone);
      }
    };
    await Promise.all([records(), commands()]);
    await other.close();
    expect(await differencesOf(context.db)).toEqual([]);
  });
});

function ignoreGone(error: unknown): void {
  expect(error).toMatchObject({ code: 'not_found' });
}
