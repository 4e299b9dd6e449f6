/** A user's four counters and what changes them: octets and the calendar. Pure. */
import type { PeriodStarts } from './period.ts';

/** Octets used in the current day, week, month and since activation, with the instants (epoch milliseconds) each counter starts from. */
export interface Counters {
  readonly usedToday: number;
  readonly usedWeek: number;
  readonly usedMonth: number;
  readonly usedTotal: number;
  readonly lastDailyReset: number;
  readonly lastWeeklyReset: number;
  readonly lastMonthlyReset: number;
  readonly activationDate: number;
}

/** Signed octets by which counters differ from what the days add up to; a row of `usage_adjustments`. */
export interface CounterDifference {
  readonly today: number;
  readonly week: number;
  readonly month: number;
  readonly total: number;
}

/** The counters by the names that people and `usage_adjustments` have for them. */
export const ADJUSTED_COUNTERS = ['today', 'week', 'month', 'total'] as const;
export type AdjustedCounter = (typeof ADJUSTED_COUNTERS)[number];

/** Octets of one event (epoch milliseconds), and the periods that are current now, which the counters have been rolled over to. */
export interface CountedOctets {
  readonly octets: number;
  readonly eventAt: number;
  readonly current: PeriodStarts;
}

/** Returns the latest instant (epoch milliseconds) that counters have seen, `now` at least. A clock that was set back, or lags behind another instance's, must not take a counter back into a period that has ended. */
export function latestSeen(counters: Counters, now: number): number {
  return Math.max(now, counters.lastDailyReset, counters.lastWeeklyReset, counters.lastMonthlyReset);
}

/** Returns zeroed counters that start with the given periods; the total counts from `activationDate` (epoch milliseconds). */
export function freshCounters(starts: PeriodStarts, activationDate: number): Counters {
  return {
    usedToday: 0,
    usedWeek: 0,
    usedMonth: 0,
    usedTotal: 0,
    lastDailyReset: starts.day,
    lastWeeklyReset: starts.week,
    lastMonthlyReset: starts.month,
    activationDate,
  };
}

/** Returns the counters with every period that ended before `starts` set to zero and its reset instant at the period's start (contract §0.5); the same object when nothing ended. */
export function rollOver(counters: Counters, starts: PeriodStarts): Counters {
  const day = counters.lastDailyReset < starts.day;
  const week = counters.lastWeeklyReset < starts.week;
  const month = counters.lastMonthlyReset < starts.month;
  if (!day && !week && !month) return counters;
  return {
    ...counters,
    ...(day ? { usedToday: 0, lastDailyReset: starts.day } : undefined),
    ...(week ? { usedWeek: 0, lastWeeklyReset: starts.week } : undefined),
    ...(month ? { usedMonth: 0, lastMonthlyReset: starts.month } : undefined),
  };
}

/**
 * Returns the counters with octets added to each one whose last reset does not lie after the event, and, where a
 * manual reset in the same period kept octets out of a counter, the difference that must stand in `usage_adjustments`
 * for the days to add up to the counters.
 */
export function addOctets(
  counters: Counters,
  { octets, eventAt, current }: CountedOctets,
): { counters: Counters; difference: CounterDifference | undefined } {
  if (octets === 0) return { counters, difference: undefined };
  const today = share(octets, eventAt, counters.lastDailyReset, current.day);
  const week = share(octets, eventAt, counters.lastWeeklyReset, current.week);
  const month = share(octets, eventAt, counters.lastMonthlyReset, current.month);
  const total = share(octets, eventAt, counters.activationDate, Number.NEGATIVE_INFINITY);
  const isMissed = today.missed + week.missed + month.missed + total.missed > 0;
  return {
    counters: {
      ...counters,
      usedToday: counters.usedToday + today.counted,
      usedWeek: counters.usedWeek + week.counted,
      usedMonth: counters.usedMonth + month.counted,
      usedTotal: counters.usedTotal + total.counted,
    },
    difference: isMissed
      ? {
          today: 0 - today.missed,
          week: 0 - week.missed,
          month: 0 - month.missed,
          total: 0 - total.missed,
        }
      : undefined,
  };
}

/** Returns the counters with signed octets added to those named, none below zero, and what that really changed. */
export function adjustCounters(
  counters: Counters,
  octets: number,
  names: readonly AdjustedCounter[] = ADJUSTED_COUNTERS,
): { counters: Counters; difference: CounterDifference } {
  const change = (name: AdjustedCounter, used: number) =>
    names.includes(name) ? Math.max(octets, 0 - used) : 0;
  const difference = {
    today: change('today', counters.usedToday),
    week: change('week', counters.usedWeek),
    month: change('month', counters.usedMonth),
    total: change('total', counters.usedTotal),
  };
  return {
    counters: {
      ...counters,
      usedToday: counters.usedToday + difference.today,
      usedWeek: counters.usedWeek + difference.week,
      usedMonth: counters.usedMonth + difference.month,
      usedTotal: counters.usedTotal + difference.total,
    },
    difference,
  };
}

/** An event before the reset counts nowhere; it is missed, rather than of an earlier period, when it lies in the period the counter stands for. */
function share(octets: number, eventAt: number, resetAt: number, periodStart: number) {
  if (eventAt >= resetAt) return { counted: octets, missed: 0 };
  return { counted: 0, missed: eventAt >= periodStart ? octets : 0 };
}
