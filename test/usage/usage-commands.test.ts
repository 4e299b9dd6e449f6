import { beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { assignProfileToPromotion, createPromotion } from '../../src/profiles/promotion-commands.ts';
import { assignProfileToUser, createUser } from '../../src/profiles/user-commands.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { commandContext, type TestContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('adding usage by hand', (getDatabase) => {
  let context: TestContext;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    await createProfile(context, { name: 'Étudiant', dailyLimit: 100 });
    await createPromotion(context, { name: 'L3 Info', profile: 'Étudiant' });
    await createUser(context, { username: 'john', promotion: 'L3 Info' });
  });

  test('raises all four counters and leaves an adjustment', async () => {
    await addUsage(context, 'john', 40, 'test');
    expect(await usageRowOf(context.db, 'john')).toMatchObject({
      used_today: 40,
      used_week: 40,
      used_month: 40,
      used_total: 40,
      is_exceeded: 0,
    });
    expect(await context.db.knex('usage_adjustments')).toEqual([
      expect.objectContaining({
        at: Date.parse('2025-12-11T12:00:00Z'),
        today: 40,
        week: 40,
        month: 40,
        total: 40,
        kind: 'add_usage',
        changed_by: 'cli:tester',
        reason: 'test',
      }),
    ]);
  });

  test.each([
    [99, 0],
    [100, 1],
    [101, 1],
  ])('of %d octets under a daily limit of 100 sets is_exceeded to %d', async (octets, isExceeded) => {
    await addUsage(context, 'john', octets);
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ is_exceeded: isExceeded });
  });

  test('rolls ended periods over first', async () => {
    await addUsage(context, 'john', 100);
    // Monday of the next week, same month.
    context.clock.set('2025-12-15T00:00:00Z');
    await addUsage(context, 'john', 7);
    const usage = await usageRowOf(context.db, 'john');
    expect(usage).toMatchObject({
      used_today: 7,
      used_week: 7,
      used_month: 107,
      used_total: 107,
      is_exceeded: 0,
    });
    expect(usage?.last_daily_reset).toMatch(/^2025-12-15 00:00:00/);
  });

  test('begins the usage of somebody who has none', async () => {
    await createUser(context, { username: 'mary' });
    await addUsage(context, 'mary', 5);
    expect(await usageRowOf(context.db, 'mary')).toMatchObject({
      used_total: 5,
      is_active: 1,
      is_exceeded: 0,
    });
  });

  test('counts also where usage is exceeded and inactive', async () => {
    await addUsage(context, 'john', 150);
    await assignProfileToPromotion(context, 'L3 Info', null);
    await addUsage(context, 'john', 50);
    expect(await usageRowOf(context.db, 'john')).toMatchObject({
      used_total: 200,
      is_active: 0,
      is_exceeded: 0,
    });
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 53])('of %d octets is refused', async (octets) => {
    await expect(async () => addUsage(context, 'john', octets)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('bytes_used: expected a positive whole number'),
    });
  });

  test('beyond what the counters hold is refused, and changes nothing', async () => {
    await addUsage(context, 'john', Number.MAX_SAFE_INTEGER);
    await expect(addUsage(context, 'john', 1)).rejects.toMatchObject({ code: 'invalid' });
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_total: Number.MAX_SAFE_INTEGER });
  });

  test('of an unknown user is refused', async () => {
    await expect(addUsage(context, 'nobody', 1)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('sixteen times at once loses nothing, with a row and without one', async () => {
    await createUser(context, { username: 'mary' });
    const other = openDatabase(getDatabase().url);
    const contexts = [context, { ...context, db: other }];
    const adding = ['john', 'mary'].flatMap((name) =>
      Array.from({ length: 16 }, (_, index) => addUsage(contexts[index % 2] ?? context, name, 1)),
    );
    await Promise.all(adding);
    await other.close();
    for (const name of ['john', 'mary']) {
      expect(await usageRowOf(context.db, name)).toMatchObject({ used_today: 16, used_total: 16 });
    }
    expect(await context.db.knex('usage_adjustments').sum('total as total')).toEqual([{ total: 32 }]);
  });

  test('beside changes of the profile keeps counters and adjustments in step', async () => {
    await createProfile(context, { name: 'Prof' });
    const other = { ...context, db: openDatabase(getDatabase().url) };
    const changes = ['Prof', 'Étudiant', 'Prof', 'Étudiant'].map((name, index) =>
      index % 2 === 0
        ? assignProfileToPromotion(other, 'L3 Info', name)
        : assignProfileToUser(context, 'john', name),
    );
    const adding = Array.from({ length: 12 }, () => addUsage(context, 'john', 10));
    await Promise.all([...changes, ...adding]);
    await other.db.close();
    const [sums] = await context.db.knex('usage_adjustments').sum({ today: 'today', total: 'total' });
    const usage = await usageRowOf(context.db, 'john');
    expect({ today: usage?.used_today, total: usage?.used_total }).toEqual({ ...sums });
  });
});
