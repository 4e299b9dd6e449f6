/** When jobs are due, by the calendar of a zone and not by a count of hours: a day may begin at 01:00, be 23 or 25 hours long, or come twice when a clock is set back. Pure. */
import type { Calendar } from '../usage/period.ts';

/** A rhythm of a job. Instants are epoch milliseconds. */
export interface Cadence {
  /** As people say it. */
  readonly words: string;
  /** When it is worth looking whether something is due, as cron writes it, in the zone of the calendar. The calendar decides. */
  readonly cron: string;
  /** Returns the last instant at which it was due, `now` at most. */
  lastDue(calendar: Calendar, now: number): number;
  /** Returns the first instant after `now` at which it is due. */
  nextDue(calendar: Calendar, now: number): number;
}

const HOUR_MS = 3_600_000;
const NIGHT_HOURS = 3;

/** With the first instant of each day. */
export const DAILY: Cadence = {
  words: 'every day at 00:00',
  cron: '0 0 * * *',
  lastDue: (calendar, now) => calendar.dayOf(now).day,
  nextDue: (calendar, now) => calendar.dayOf(now).end,
};

/** With the first instant of each Monday. */
export const WEEKLY: Cadence = {
  words: 'every Monday at 00:00',
  cron: '0 0 * * 1',
  lastDue: (calendar, now) => calendar.dayOf(now).week,
  nextDue: (calendar, now) => calendar.periodsOf(now).week.end,
};

/** With the first instant of each month. */
export const MONTHLY: Cadence = {
  words: 'on the 1st at 00:00',
  cron: '0 0 1 * *',
  lastDue: (calendar, now) => calendar.dayOf(now).month,
  nextDue: (calendar, now) => calendar.periodsOf(now).month.end,
};

/** With each hour that has passed since the day began. */
export const HOURLY: Cadence = {
  words: 'every hour',
  cron: '0 * * * *',
  lastDue(calendar, now) {
    const { day: start } = calendar.dayOf(now);
    return start + Math.floor((now - start) / HOUR_MS) * HOUR_MS;
  },
  nextDue(calendar, now) {
    return Math.min(HOURLY.lastDue(calendar, now) + HOUR_MS, calendar.dayOf(now).end);
  },
};

/** Three hours after each day began: at 02:00 or 04:00 where a clock was changed that night. */
export const NIGHTLY: Cadence = {
  words: 'every day, 3 hours after it began',
  cron: '0 3 * * *',
  lastDue(calendar, now) {
    const { day: start } = calendar.dayOf(now);
    const today = start + NIGHT_HOURS * HOUR_MS;
    return now >= today ? today : calendar.dayOf(start - 1).day + NIGHT_HOURS * HOUR_MS;
  },
  nextDue(calendar, now) {
    const { day: start, end } = calendar.dayOf(now);
    const today = start + NIGHT_HOURS * HOUR_MS;
    return now < today ? today : end + NIGHT_HOURS * HOUR_MS;
  },
};
