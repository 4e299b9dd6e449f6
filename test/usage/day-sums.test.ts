import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { assignProfileToUser, createUser } from '../../src/profiles/user-commands.ts';
import { DaySums } from '../../src/usage/day-sums.ts';
import { sumDays } from '../../src/usage/usage-day-queries.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { type ManualTiming, manualTiming } from '../support/manual-timing.ts';

const TODAY = '2025-12-11';
const OLD = '2025-12-01';

describeEachDatabase('sums by day and profile', (getDatabase) => {
  let context: TestContext;
  let profile: number;
  let ids: number[];
  const made: DaySums[] = [];

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    profile = await createProfile(context, { name: 'A' });
    await createPromotion(context, { name: 'L3', profile: 'A' });
    ids = [
      await createUser(context, { username: 'own', profile: 'A' }),
      await createUser(context, { username: 'member', promotion: 'L3' }),
      await createUser(context, { username: 'default' }),
    ];
    await insertDays(TODAY, [1, 20, 300]);
    await insertDays(OLD, [4, 50, 600]);
  });
  afterEach(async () => {
    for (const sums of made.splice(0)) await sums.close();
  });

  const insertDays = (day: string, octets: readonly number[]) =>
    context.db.knex('usage_days').insert(
      octets.map((input, index) => ({
        user_id: ids[index],
        day,
        input_octets: input,
        output_octets: 2 * input,
      })),
    );
  const daySums = (cheapMs?: number, timing?: ManualTiming) => {
    const { db, clock } = context;
    const dateOf = (instant: number) => new Date(instant).toISOString().slice(0, 10);
    const sums = new DaySums({
      reader: db,
      clock,
      dateOf,
      ...(cheapMs === undefined ? {} : { cheapMs }),
      ...(timing && { timing }),
    });
    made.push(sums);
    return sums;
  };
  const grow = (day: string) =>
    context.db.knex('usage_days').where({ day, user_id: ids[0] }).update({ input_octets: 1_001 });

  test.each([1, 2, 20_000])(
    'are by the profile effective now, in pieces of %d users',
    async (usersPerPiece) => {
      const { signal } = new AbortController();
      const sum = (from: string, to: string) =>
        sumDays(context.db, { from, to, signal, isGentle: false, usersPerPiece });
      const today = new Map([
        [profile, { inputOctets: 21, outputOctets: 42 }],
        [null, { inputOctets: 300, outputOctets: 600 }],
      ]);
      expect(await sum(TODAY, TODAY)).toEqual(new Map([[TODAY, today]]));
      expect(await sum('2025-12-02', TODAY)).toEqual(new Map([[TODAY, today]]));
      expect([...(await sum(OLD, TODAY)).keys()].sort()).toEqual([OLD, TODAY]);
      await assignProfileToUser(context, 'default', 'A');
      const moved = new Map([[profile, { inputOctets: 321, outputOctets: 642 }]]);
      expect(await sum(TODAY, TODAY)).toEqual(new Map([[TODAY, moved]]));
    },
  );

  test('hold what no 64-bit whole number holds', async () => {
    await context.db.knex('usage_days').update({ output_octets: Number.MAX_SAFE_INTEGER });
    const { of } = await daySums().of([TODAY]);
    expect(of(TODAY).outputOctets).toBeCloseTo(3 * Number.MAX_SAFE_INTEGER, -2);
  });

  test('are of everybody or of one profile, and 0 for a day without octets and for days to come', async () => {
    const { of, asOf } = await daySums().of([OLD, '2025-12-02', TODAY, '2025-12-12']);
    expect(asOf).toBe(Date.parse('2025-12-11T12:00:00Z'));
    expect([OLD, '2025-12-02', TODAY, '2025-12-12'].map((day) => of(day).inputOctets)).toEqual([
      654, 0, 321, 0,
    ]);
    expect(of(TODAY, profile)).toEqual({ inputOctets: 21, outputOctets: 42 });
    expect(of(TODAY, 999_999)).toEqual({ inputOctets: 0, outputOctets: 0 });
  });

  test('of today are of this moment where summing takes no time', async () => {
    const sums = daySums(Number.POSITIVE_INFINITY);
    await sums.of([TODAY]);
    await grow(TODAY);
    expect((await sums.of([TODAY])).of(TODAY).inputOctets).toBe(1_321);
  });

  test('are those at hand, with their age, where summing takes long', async () => {
    const sums = daySums(0);
    await sums.of([OLD, TODAY]);
    await grow(TODAY);
    context.clock.set('2025-12-11T12:00:30Z');
    const { of, asOf } = await sums.of([TODAY]);
    expect(of(TODAY).inputOctets).toBe(321);
    expect(asOf).toBe(Date.parse('2025-12-11T12:00:00Z'));
  });

  test('of today are kept no older than a minute while people ask', async () => {
    const timing = manualTiming();
    const sums = daySums(-1, timing);
    await sums.of([OLD, TODAY]);
    await grow(TODAY);
    await grow(OLD);
    timing.pass(60_000);
    await expect.poll(() => timing.ringCount()).toBe(1);
    const { of } = await sums.of([OLD, TODAY]);
    expect([of(TODAY).inputOctets, of(OLD).inputOctets]).toEqual([1_321, 654]);
    await sums.close();
    expect(timing.ringCount()).toBe(0);
  });

  test('of a day that was not over when it was summed are waited for', async () => {
    const timing = manualTiming();
    const sums = daySums(-1, timing);
    await sums.of([TODAY]);
    await grow(TODAY);
    context.clock.set('2025-12-14T12:00:00Z');
    // Nobody asks for days.
    timing.pass(3 * 86_400_000);
    expect((await sums.of([TODAY])).of(TODAY).inputOctets).toBe(1_321);
  });

  test('are summed once, however many ask at once', async () => {
    let statements = 0;
    const count = ({ sql }: { sql: string }) => {
      if (sql.includes('SUM(')) statements++;
    };
    context.db.knex.on('query', count);
    const sums = daySums(0);
    await Promise.all(Array.from({ length: 10 }, () => sums.of([OLD, TODAY])));
    context.db.knex.removeListener('query', count);
    expect(statements).toBe(2);
  });

  test('end with the service', async () => {
    const sums = daySums();
    await sums.close();
    await expect(sums.of([TODAY])).rejects.toThrow();
  });
});
