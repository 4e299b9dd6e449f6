import { beforeEach, expect, test } from 'vitest';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { addUsage, adjustUsage } from '../../src/usage/usage-commands.ts';
import { getUsage, listAdjustments } from '../../src/usage/usage-queries.ts';
import { commandContext, type TestContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { differencesOf } from '../support/verified.ts';

describeEachDatabase('adjusting usage', (getDatabase) => {
  let context: TestContext;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    await createProfile(context, { name: 'Étudiant', dailyLimit: 100 });
    await createUser(context, { username: 'john', profile: 'Étudiant' });
    await createUser(context, { username: 'mary' });
    await addUsage(context, 'john', 120);
  });

  const adjustments = async () => {
    const row = await context.db.knex('users').where('username', 'john').first('id');
    return listAdjustments(context.db, { userId: row.id, limit: 1 });
  };

  test('gives octets back, judges the quota anew and says who and why', async () => {
    const usage = await adjustUsage(context, 'john', { octets: -21, reason: 'outage' });
    expect(usage).toMatchObject({
      username: 'john',
      before: { usedToday: 120 },
      after: { usedToday: 99, usedWeek: 99, usedMonth: 99, usedTotal: 99 },
      difference: { today: -21, week: -21, month: -21, total: -21 },
      wasExceeded: true,
      isExceeded: false,
    });
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 99, is_exceeded: 0 });
    expect(await adjustments()).toEqual([
      {
        at: context.clock.now(),
        difference: usage.difference,
        kind: 'adjust',
        changedBy: 'cli:tester',
        reason: 'outage',
      },
    ]);
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test('charges octets, and may exceed the quota', async () => {
    await adjustUsage(context, 'john', { octets: -50, reason: 'x' });
    expect(await adjustUsage(context, 'john', { octets: 30, reason: 'x' })).toMatchObject({
      after: { usedToday: 100 },
      wasExceeded: false,
      isExceeded: true,
    });
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 100, is_exceeded: 1 });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test('takes no counter below zero, and writes what was really changed', async () => {
    // The next day of the same week.
    context.clock.set('2025-12-12T08:00:00Z');
    await addUsage(context, 'john', 5);
    expect(await adjustUsage(context, 'john', { octets: -50, reason: 'x' })).toMatchObject({
      before: { usedToday: 5, usedWeek: 125 },
      after: { usedToday: 0, usedWeek: 75, usedMonth: 75, usedTotal: 75 },
      difference: { today: -5, week: -50, month: -50, total: -50 },
    });
    expect(await adjustments()).toMatchObject([{ difference: { today: -5, week: -50 } }]);
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test('changes only the counters that are named', async () => {
    await adjustUsage(context, 'john', { octets: -20, counters: ['today', 'total'], reason: 'x' });
    expect(await usageRowOf(context.db, 'john')).toMatchObject({
      used_today: 100,
      used_week: 120,
      used_month: 120,
      used_total: 100,
      is_exceeded: 1,
    });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test('in a dry run says the same and changes nothing', async () => {
    const before = await context.db.knex('user_profile_usage');
    expect(await adjustUsage(context, 'john', { octets: -50, reason: 'x', isDryRun: true })).toMatchObject({
      after: { usedToday: 70 },
      isExceeded: false,
    });
    expect(await context.db.knex('user_profile_usage')).toEqual(before);
    expect(await adjustments()).toMatchObject([{ kind: 'add_usage' }]);
  });

  test('leaves no adjustment where nothing is left to give back', async () => {
    await adjustUsage(context, 'john', { octets: -120, reason: 'x' });
    await adjustUsage(context, 'john', { octets: -1, reason: 'again' });
    expect(await adjustments()).toMatchObject([{ reason: 'x' }]);
  });

  test('begins the usage of somebody who has none, but gives nothing back there', async () => {
    await expect(adjustUsage(context, 'mary', { octets: -5, reason: 'x' })).rejects.toMatchObject({
      code: 'not_found',
      message: 'user "mary" has no usage yet, so there are no octets to give back',
    });
    await adjustUsage(context, 'mary', { octets: 5, counters: ['total'], reason: 'x' });
    const time = { now: context.clock.now(), starts: context.periodStartsAt(context.clock.now()) };
    expect(await getUsage(context.db, 'mary', time)).toMatchObject({
      counters: { usedToday: 0, usedTotal: 5 },
    });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test('goes by the day the row stands in where the clock was set back', async () => {
    context.clock.set('2025-12-12T00:00:01Z');
    await addUsage(context, 'john', 10);
    context.clock.set('2025-12-11T23:59:59Z');
    await adjustUsage(context, 'john', { octets: -4, reason: 'x' });
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 6, used_total: 126 });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  test.each([
    [
      'no octets',
      { octets: 0, reason: 'x' },
      'octets: expected a whole number of octets other than 0, got 0',
    ],
    ['half an octet', { octets: -0.5, reason: 'x' }, 'got -0.5'],
    ['no counter', { octets: 1, counters: [], reason: 'x' }, 'counters: expected at least one, got none'],
    ['a blank reason', { octets: 1, reason: ' ' }, 'reason: expected a text that is not blank'],
    ['more than a counter holds', { octets: Number.MAX_SAFE_INTEGER, reason: 'x' }, 'add less'],
  ])('refuses %s', async (_name, adjustment, message) => {
    await expect(async () => adjustUsage(context, 'john', adjustment)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(message),
    });
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 120 });
  });
});
