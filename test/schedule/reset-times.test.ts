/** Counters through nights that are not like others: each is reset exactly once in each period, whatever clock and zone do. */
import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import { instantFromText } from '../../src/db/dialect.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { CommandContext } from '../../src/profiles/command-context.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { jobTable } from '../../src/schedule/job-table.ts';
import { Scheduler } from '../../src/schedule/scheduler.ts';
import { Calendar } from '../../src/usage/period.ts';
import { fixTimezone } from '../../src/usage/stored-timezone.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { type UsageColumns, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { KEEPING } from '../support/job-options.ts';
import { differencesOf } from '../support/verified.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Ordinary nights among those in which clocks change, a year ends, or a leap day comes. */
const NIGHTS: readonly (readonly [zone: string, nights: readonly string[]])[] = [
  ['Europe/Paris', ['2027-03-28', '2027-03-29', '2027-10-31', '2027-11-01', '2028-01-01', '2028-02-29']],
  ['Africa/Douala', ['2027-12-31', '2028-01-01', '2028-02-28', '2028-02-29', '2028-03-01']],
  ['America/New_York', ['2027-03-14', '2027-03-15', '2027-11-07', '2027-11-08', '2028-01-01', '2028-02-29']],
  ['Asia/Kolkata', ['2027-12-31', '2028-01-01', '2028-01-03', '2028-02-29', '2028-03-01']],
  // Days that begin at 01:00.
  ['Africa/Cairo', ['2027-04-29', '2027-04-30', '2027-05-01', '2027-10-29', '2028-01-01']],
  ['America/Santiago', ['2027-04-04', '2027-09-04', '2027-09-05', '2027-09-06', '2028-01-01']],
];

describeEachDatabase('resets on schedule', (getDatabase) => {
  let now = 0;
  let row: UsageColumns & { last_weekly_reset: string; last_monthly_reset: string };
  const clock = { now: () => now };

  const begin = async (zone: string, at: number) => {
    now = at;
    const { db } = getDatabase();
    const calendar = new Calendar(zone);
    await fixTimezone(db, zone);
    const context: CommandContext = {
      ...{ db, clock, actor: { name: 'cli:tester', userId: null } },
      periodStartsAt: (instant) => calendar.periodStarts(instant),
    };
    await createProfile(context, { name: 'Étudiant' });
    await createUser(context, { username: 'john', profile: 'Étudiant' });
    const logger = pino({ level: 'silent' });
    const jobs = jobTable({ db, clock, ...KEEPING });
    const metrics = createMetrics();
    const scheduler = () =>
      new Scheduler({ db, clock, jobs, holder: 'alpha', timezone: zone, logger, metrics });
    return { db, calendar, context, scheduler };
  };
  const read = async () => {
    row = (await usageRowOf(getDatabase().db, 'john')) as typeof row;
  };
  const look = async (scheduler: Scheduler, at: number) => {
    now = at;
    await scheduler.look();
    await scheduler.finished();
    await read();
  };
  const reset = () =>
    [row.last_daily_reset, row.last_weekly_reset, row.last_monthly_reset].map(instantFromText);
  const used = () => [row.used_today, row.used_week, row.used_month, row.used_total];

  beforeEach(() => {
    now = 0;
  });

  it.each(NIGHTS)('in %s sets each counter to zero once in each period: %j', async (zone, nights) => {
    const first = new Calendar(zone).periodBetween(nights[0] ?? '', '2029-01-01').start;
    const begunAt = first - 30 * HOUR;
    const { db, calendar, context, scheduler } = await begin(zone, begunAt);
    const running = scheduler();
    await look(running, now);
    let octets = 0;
    for (const night of nights) {
      const { start } = calendar.periodBetween(night, '2029-01-01');
      // Until the day begins nothing is reset that was counted in the day before.
      await look(running, start - 2 * MINUTE);
      const usedBefore = row.used_today;
      await addUsage(context, 'john', 7);
      octets += 7;
      await look(running, start - 1);
      expect(row.used_today).toBe(usedBefore + 7);
      expect(reset()[0]).toBe(calendar.dayOf(start - 1).day);

      await look(running, start);
      const { day, week, month } = calendar.dayOf(start);
      expect(day).toBe(start);
      // A counter that begins in the middle of a period stands from there on.
      expect(reset()).toEqual([day, Math.max(week, begunAt), Math.max(month, begunAt)]);
      expect(used()[0]).toBe(0);
      expect([row.used_week === 0, row.used_month === 0]).toEqual([week === start, month === start]);

      // What is counted from now on no later look takes away, nor one by a clock that was set back.
      now = start + MINUTE;
      await addUsage(context, 'john', 5);
      octets += 5;
      await read();
      const before = [...reset(), ...used().slice(1)];
      for (const at of [start + 61 * MINUTE, start - 30 * MINUTE, start + 2 * HOUR]) {
        await look(running, at);
        expect(row.used_today).toBe(5);
      }
      await read();
      expect([...reset(), ...used().slice(1)]).toEqual(before);
      expect(row.used_total).toBe(octets);
    }
    expect(await differencesOf(db, { timezone: zone })).toEqual([]);
  });

  it('catches up in one go with three days off over the end of a month', async () => {
    const { db, context, scheduler } = await begin('Europe/Paris', Date.parse('2026-01-30T10:00:00Z'));
    await addUsage(context, 'john', 9);
    await look(scheduler(), now);
    expect(used()).toEqual([9, 9, 9, 9]);
    await look(scheduler(), Date.parse('2026-02-02T06:00:00Z'));
    expect(used()).toEqual([0, 0, 0, 9]);
    expect(reset()).toEqual([
      Date.parse('2026-02-01T23:00:00Z'),
      Date.parse('2026-02-01T23:00:00Z'),
      Date.parse('2026-01-31T23:00:00Z'),
    ]);
    expect(await differencesOf(db, { timezone: 'Europe/Paris' })).toEqual([]);
  });

  it('keeps what was counted while the clock was ahead, until the day it was ahead to is over', async () => {
    const { db, context, scheduler } = await begin('UTC', Date.parse('2026-01-30T10:00:00Z'));
    await addUsage(context, 'john', 9);
    await look(scheduler(), Date.parse('2026-01-31T00:00:01Z'));
    await addUsage(context, 'john', 4);
    await look(scheduler(), Date.parse('2026-01-30T10:05:00Z'));
    expect(used()).toEqual([4, 13, 13, 13]);
    await look(scheduler(), Date.parse('2026-01-31T00:00:00Z'));
    expect(used()).toEqual([4, 13, 13, 13]);
    await look(scheduler(), Date.parse('2026-02-01T00:00:00Z'));
    expect(used()).toEqual([0, 13, 0, 13]);
    expect(await differencesOf(db)).toEqual([]);
  });
});
