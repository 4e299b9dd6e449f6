import { beforeEach, expect, test } from 'vitest';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { getUsage, listUsage } from '../../src/usage/usage-queries.ts';
import { commandContext, type TestContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('reading usage', (getDatabase) => {
  let context: TestContext;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    await createProfile(context, { name: 'Étudiant', dailyLimit: 100 });
    await createPromotion(context, { name: 'L3 Info', profile: 'Étudiant' });
    await createUser(context, { username: 'john', promotion: 'L3 Info' });
  });

  function readingTime() {
    const now = context.clock.now();
    return { now, starts: context.periodStartsAt(now) };
  }

  test('finds a user by name and by id, with the profile that applies', async () => {
    await addUsage(context, 'john', 42);
    const usage = await getUsage(context.db, 'john', readingTime());
    expect(usage).toMatchObject({
      username: 'john',
      effectiveProfile: { name: 'Étudiant' },
      counters: { usedToday: 42, usedTotal: 42 },
      isExceeded: false,
      isActive: true,
      isExpired: false,
      daysRemaining: 30,
    });
    expect(await getUsage(context.db, usage.userId, readingTime())).toEqual(usage);
  });

  test('shows counters of the current periods without writing them', async () => {
    await addUsage(context, 'john', 100);
    context.clock.set('2025-12-12T00:00:00Z');
    const usage = await getUsage(context.db, 'john', readingTime());
    expect(usage).toMatchObject({
      counters: { usedToday: 0, usedWeek: 100, usedTotal: 100 },
      isExceeded: false,
      lastDailyReset: '2025-12-12 00:00:00',
    });
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 100, is_exceeded: 1 });
  });

  test('keeps the microseconds an adopted row came with', async () => {
    await context.db.knex('user_profile_usage').update({ activation_date: '2025-12-11 09:30:00.123456' });
    const usage = await getUsage(context.db, 'john', readingTime());
    expect(usage.activationDate).toBe('2025-12-11 09:30:00.123456');
  });

  test('says when the profile has expired', async () => {
    context.clock.set('2026-01-10T12:00:00.001Z');
    expect(await getUsage(context.db, 'john', readingTime())).toMatchObject({
      isExpired: true,
      daysRemaining: 0,
    });
  });

  test('lists everybody who has usage, newest first', async () => {
    await createUser(context, { username: 'without' });
    context.clock.set('2025-12-11T12:00:01Z');
    await createUser(context, { username: 'mary' });
    await addUsage(context, 'mary', 5);
    const usages = await listUsage(context.db, readingTime());
    expect(
      usages.map((usage) => [usage.username, usage.effectiveProfile?.name, usage.daysRemaining]),
    ).toEqual([
      ['mary', undefined, null],
      ['john', 'Étudiant', 29],
    ]);
  });

  test('tells an unknown user from one without usage', async () => {
    await createUser(context, { username: 'without' });
    await expect(getUsage(context.db, 'without', readingTime())).rejects.toMatchObject({
      code: 'not_found',
      message: 'user "without" has no usage yet; it begins with a profile or the first octets',
    });
    await expect(getUsage(context.db, 'nobody', readingTime())).rejects.toMatchObject({
      code: 'not_found',
      message: 'there is no user "nobody"; expected the name or id of one',
    });
  });
});
