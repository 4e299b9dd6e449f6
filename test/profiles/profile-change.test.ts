import { beforeEach, describe, expect, test } from 'vitest';
import { createProfile, deleteProfile } from '../../src/profiles/profile-commands.ts';
import {
  assignProfileToPromotion,
  createPromotion,
  deletePromotion,
} from '../../src/profiles/promotion-commands.ts';
import {
  assignProfileToUser,
  createUser,
  removeProfileFromUser,
  updateUser,
} from '../../src/profiles/user-commands.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { commandContext, historyOf, type TestContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const FRESH = { used_today: 0, used_week: 0, used_month: 0, used_total: 0, is_active: 1 };

describeEachDatabase('a change of the effective profile', (getDatabase) => {
  let context: TestContext;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    for (const name of ['Étudiant', 'Prof', 'Invité']) await createProfile(context, { name });
    await createPromotion(context, { name: 'L3 Info', profile: 'Étudiant' });
    await createPromotion(context, { name: 'M1 Info', profile: 'Prof' });
    await createPromotion(context, { name: 'Sans profil' });
  });

  /** A user in a promotion, with 100 octets used at noon, and the clock an hour later. */
  async function userWithUsage(promotion: string | null, profile: string | null = null): Promise<void> {
    await createUser(context, { username: 'john', promotion, profile });
    await addUsage(context, 'john', 100);
    context.clock.set('2025-12-11T13:00:00Z');
  }

  type Cause = readonly [
    cause: string,
    start: readonly [promotion: string | null, profile: string | null],
    change: (context: TestContext) => Promise<unknown>,
    history: string,
  ];

  const UPDATES: readonly Cause[] = [
    ['an own profile', ['L3 Info', null], (c) => assignProfileToUser(c, 'john', 'Prof'), 'Étudiant -> Prof'],
    [
      'another own profile',
      [null, 'Prof'],
      (c) => assignProfileToUser(c, 'john', 'Invité'),
      'Prof -> Invité',
    ],
    [
      'the end of an own profile',
      ['L3 Info', 'Prof'],
      (c) => removeProfileFromUser(c, 'john'),
      'Prof -> Étudiant',
    ],
    ['a move', ['L3 Info', null], (c) => updateUser(c, 'john', { promotion: 'M1 Info' }), 'Étudiant -> Prof'],
    [
      "the promotion's new profile",
      ['L3 Info', null],
      (c) => assignProfileToPromotion(c, 'L3 Info', 'Invité'),
      'Étudiant -> Invité',
    ],
    [
      "the deletion of an own profile above a promotion's",
      ['L3 Info', 'Prof'],
      (c) => deleteProfile(c, 'Prof', { force: true }),
      'Prof -> Étudiant',
    ],
    [
      'a new profile and a move at once',
      ['L3 Info', null],
      (c) => updateUser(c, 'john', { profile: 'Invité', promotion: 'M1 Info' }),
      'Étudiant -> Invité',
    ],
  ];

  test.each(UPDATES)(
    'by %s is an update: counters and activation start again',
    async (_name, start, change, names) => {
      await userWithUsage(...start);
      await change(context);
      expect((await historyOf(context.db, 'john')).at(-1)).toBe(`updated: ${names}`);
      const usage = await usageRowOf(context.db, 'john');
      expect(usage).toMatchObject(FRESH);
      for (const instant of [usage?.last_daily_reset, usage?.activation_date]) {
        expect(instant).toMatch(/^2025-12-11 13:00:00/);
      }
    },
  );

  const REMOVALS: readonly Cause[] = [
    ['the end of the only profile', [null, 'Prof'], (c) => removeProfileFromUser(c, 'john'), 'Prof -> -'],
    [
      "the end of the promotion's",
      ['L3 Info', null],
      (c) => assignProfileToPromotion(c, 'L3 Info', null),
      'Étudiant -> -',
    ],
    [
      'leaving the promotion',
      ['L3 Info', null],
      (c) => updateUser(c, 'john', { promotion: null }),
      'Étudiant -> -',
    ],
    [
      'a move to a promotion without',
      ['L3 Info', null],
      (c) => updateUser(c, 'john', { promotion: 'Sans profil' }),
      'Étudiant -> -',
    ],
    ["the promotion's deletion", ['L3 Info', null], (c) => deletePromotion(c, 'L3 Info'), 'Étudiant -> -'],
    [
      "the profile's deletion",
      ['L3 Info', null],
      (c) => deleteProfile(c, 'Étudiant', { force: true }),
      'Étudiant -> -',
    ],
    [
      'the deletion of a profile both own and inherited',
      ['L3 Info', 'Étudiant'],
      (c) => deleteProfile(c, 'Étudiant', { force: true }),
      'Étudiant -> -',
    ],
  ];

  test.each(REMOVALS)(
    'by %s is a removal: usage is inactive, its counters stay',
    async (_name, start, change, names) => {
      await userWithUsage(...start);
      await change(context);
      expect((await historyOf(context.db, 'john')).at(-1)).toBe(`removed: ${names}`);
      expect(await usageRowOf(context.db, 'john')).toMatchObject({
        used_total: 100,
        is_active: 0,
        is_exceeded: 0,
      });
    },
  );

  const NOTHING: readonly Cause[] = [
    ['the same profile', [null, 'Prof'], (c) => assignProfileToUser(c, 'john', 'Prof'), ''],
    [
      "an own profile that is the promotion's",
      ['L3 Info', null],
      (c) => assignProfileToUser(c, 'john', 'Étudiant'),
      '',
    ],
    [
      'a move below an own profile',
      ['L3 Info', 'Prof'],
      (c) => updateUser(c, 'john', { promotion: 'M1 Info' }),
      '',
    ],
    [
      'another promotion profile below an own one',
      ['L3 Info', 'Prof'],
      (c) => assignProfileToPromotion(c, 'L3 Info', 'Invité'),
      '',
    ],
    [
      'a new e-mail address',
      ['L3 Info', null],
      (c) => updateUser(c, 'john', { email: 'john@example.org' }),
      '',
    ],
  ];

  test.each(NOTHING)('%s is none: history and usage stay', async (_name, start, change) => {
    await userWithUsage(...start);
    const before = [await historyOf(context.db, 'john'), await usageRowOf(context.db, 'john')];
    await change(context);
    expect([await historyOf(context.db, 'john'), await usageRowOf(context.db, 'john')]).toEqual(before);
  });

  describe('of somebody without one', () => {
    test('is an assignment, and usage begins with it', async () => {
      await createUser(context, { username: 'john' });
      expect(await usageRowOf(context.db, 'john')).toBeUndefined();
      await assignProfileToUser(context, 'john', 'Étudiant');
      expect(await historyOf(context.db, 'john')).toEqual(['assigned: - -> Étudiant']);
      expect(await usageRowOf(context.db, 'john')).toMatchObject(FRESH);
    });

    test('keeps what was counted under the default', async () => {
      await userWithUsage(null);
      await assignProfileToUser(context, 'john', 'Étudiant');
      const usage = await usageRowOf(context.db, 'john');
      expect(usage).toMatchObject({ used_today: 100, used_total: 100, is_active: 1 });
      expect(usage?.activation_date).toMatch(/^2025-12-11 12:00:00/);
    });

    test('after a removal starts usage again', async () => {
      await userWithUsage('L3 Info');
      await updateUser(context, 'john', { promotion: null });
      await addUsage(context, 'john', 7);
      context.clock.set('2025-12-12T09:00:00Z');
      await assignProfileToUser(context, 'john', 'Étudiant');
      const usage = await usageRowOf(context.db, 'john');
      expect(usage).toMatchObject(FRESH);
      expect(usage?.activation_date).toMatch(/^2025-12-12 09:00:00/);
    });

    test('reactivates usage that an administrator switched off, without a reset', async () => {
      await userWithUsage(null);
      await context.db.knex('user_profile_usage').update({ is_active: false });
      await assignProfileToUser(context, 'john', 'Étudiant');
      expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_total: 100, is_active: 1 });
    });
  });

  test('writes what it takes from the counters into usage_adjustments', async () => {
    await userWithUsage('L3 Info');
    await assignProfileToUser(context, 'john', 'Prof', 'teaches now');
    const adjustments = await context.db.knex('usage_adjustments').orderBy('id');
    expect(adjustments).toHaveLength(2);
    expect(adjustments[1]).toMatchObject({
      at: Date.parse('2025-12-11T13:00:00Z'),
      today: -100,
      week: -100,
      month: -100,
      total: -100,
      kind: 'profile_change',
      changed_by: 'cli:tester',
      reason: 'teaches now',
    });
  });

  test('leaves octets of an ended period to the calendar, not to an adjustment', async () => {
    await userWithUsage('L3 Info');
    // A Friday of the same week and month.
    context.clock.set('2025-12-12T08:00:00Z');
    await assignProfileToUser(context, 'john', 'Prof');
    const adjustment = await context.db.knex('usage_adjustments').where('kind', 'profile_change').first();
    expect(adjustment).toMatchObject({ today: 0, week: -100, month: -100, total: -100 });
  });

  test('says who made it and why, and in the contract’s words where nobody says why', async () => {
    await userWithUsage('L3 Info');
    await assignProfileToUser(context, 'john', 'Prof', 'teaches now');
    const rows = await context.db.knex('profile_history').orderBy('id');
    expect(rows.map((row) => [row.changed_by_name, row.changed_by_id, row.reason])).toEqual([
      ['cli:tester', null, 'Profil automatiquement modifié (assigned)'],
      ['cli:tester', null, 'teaches now'],
    ]);
  });

  test.each([
    ['a limit of 0 is exceeded at once', { dailyLimit: 0 }, 1],
    ['a volume of 0 is exceeded at once', { dataVolume: 0 }, 1],
    ['a volume of 0 binds nobody who is unlimited', { dataVolume: 0, quotaType: 'unlimited' }, 0],
    ['nothing used of something allowed is not exceeded', { dailyLimit: 1 }, 0],
  ] as const)('%s under the new profile', async (_name, limits, isExceeded) => {
    await createProfile(context, { name: 'Tight', ...limits });
    await userWithUsage('L3 Info');
    await assignProfileToUser(context, 'john', 'Tight');
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ is_exceeded: isExceeded });
    await createUser(context, { username: 'mary', profile: 'Tight' });
    expect(await usageRowOf(context.db, 'mary')).toMatchObject({ is_exceeded: isExceeded });
  });

  test('that fails leaves nothing behind', async () => {
    await userWithUsage('L3 Info');
    const before = [await historyOf(context.db, 'john'), await usageRowOf(context.db, 'john')];
    const failing = updateUser(context, 'john', { profile: 'Prof', username: '' });
    await expect(failing).rejects.toMatchObject({ code: 'invalid' });
    expect([await historyOf(context.db, 'john'), await usageRowOf(context.db, 'john')]).toEqual(before);
  });
});
