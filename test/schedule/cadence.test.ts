/** When jobs are due, in zones whose days are not all alike. */
import { describe, expect, it } from 'vitest';
import { type Cadence, DAILY, HOURLY, MONTHLY, NIGHTLY, WEEKLY } from '../../src/schedule/cadence.ts';
import { Calendar } from '../../src/usage/period.ts';

const CADENCES: Readonly<Record<string, Cadence>> = { DAILY, WEEKLY, MONTHLY, HOURLY, NIGHTLY };

describe('a job is due', () => {
  it.each([
    // [cadence, zone, now, last due, next due]
    ['DAILY', 'UTC', '2025-12-11T12:00:00Z', '2025-12-11T00:00:00Z', '2025-12-12T00:00:00Z'],
    ['DAILY', 'UTC', '2025-12-11T00:00:00Z', '2025-12-11T00:00:00Z', '2025-12-12T00:00:00Z'],
    ['DAILY', 'Africa/Douala', '2025-12-31T23:30:00Z', '2025-12-31T23:00:00Z', '2026-01-01T23:00:00Z'],
    ['DAILY', 'Asia/Kolkata', '2028-02-28T18:29:00Z', '2028-02-27T18:30:00Z', '2028-02-28T18:30:00Z'],
    ['DAILY', 'Asia/Kolkata', '2028-02-29T18:29:00Z', '2028-02-28T18:30:00Z', '2028-02-29T18:30:00Z'],
    // Days of 23 and 25 hours.
    ['DAILY', 'Europe/Paris', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['DAILY', 'Europe/Paris', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['DAILY', 'America/New_York', '2026-11-01T12:00:00Z', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
    // Days that begin at 01:00.
    ['DAILY', 'Africa/Cairo', '2026-04-23T22:00:00Z', '2026-04-23T22:00:00Z', '2026-04-24T21:00:00Z'],
    ['DAILY', 'America/Santiago', '2026-09-06T03:59:00Z', '2026-09-05T04:00:00Z', '2026-09-06T04:00:00Z'],
    ['DAILY', 'America/Santiago', '2026-09-06T04:00:00Z', '2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z'],
    ['WEEKLY', 'Europe/Paris', '2026-03-29T21:59:59Z', '2026-03-22T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['WEEKLY', 'UTC', '2026-01-01T00:00:00Z', '2025-12-29T00:00:00Z', '2026-01-05T00:00:00Z'],
    ['MONTHLY', 'Africa/Douala', '2025-12-31T23:00:00Z', '2025-12-31T23:00:00Z', '2026-01-31T23:00:00Z'],
    ['MONTHLY', 'America/New_York', '2028-02-29T12:00:00Z', '2028-02-01T05:00:00Z', '2028-03-01T05:00:00Z'],
    ['HOURLY', 'Asia/Kolkata', '2026-01-01T10:29:59Z', '2026-01-01T09:30:00Z', '2026-01-01T10:30:00Z'],
    ['HOURLY', 'Europe/Paris', '2026-10-25T00:30:00Z', '2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z'],
    ['HOURLY', 'Africa/Cairo', '2026-04-23T21:59:59Z', '2026-04-23T21:00:00Z', '2026-04-23T22:00:00Z'],
    ['NIGHTLY', 'UTC', '2026-01-01T02:59:59Z', '2025-12-31T03:00:00Z', '2026-01-01T03:00:00Z'],
    ['NIGHTLY', 'UTC', '2026-01-01T03:00:00Z', '2026-01-01T03:00:00Z', '2026-01-02T03:00:00Z'],
  ])('%s in %s: at %s last %s, next %s', (cadence, zone, now, last, next) => {
    const calendar = new Calendar(zone);
    const found = CADENCES[cadence];
    expect(iso(found?.lastDue(calendar, Date.parse(now)))).toBe(last);
    expect(iso(found?.nextDue(calendar, Date.parse(now)))).toBe(next);
  });

  it.each([
    'Europe/Paris',
    'Africa/Douala',
    'America/New_York',
    'Asia/Kolkata',
    'Africa/Cairo',
    'America/Santiago',
  ])('in %s once in every period of two years, a leap day among them', (zone) => {
    const calendar = new Calendar(zone);
    const end = calendar.periodBetween('2027-01-01', '2029-01-01').end;
    const timesDue = (cadence: Cadence) => {
      let times = 0;
      let due = calendar.periodBetween('2027-01-01', '2027-01-02').start - 1;
      for (due = cadence.nextDue(calendar, due); due < end; due = cadence.nextDue(calendar, due)) {
        expect(cadence.lastDue(calendar, due)).toBe(due);
        expect(cadence.lastDue(calendar, cadence.nextDue(calendar, due) - 1)).toBe(due);
        times++;
      }
      return times;
    };
    // Mondays of 2027 and 2028: 52 each.
    expect([DAILY, WEEKLY, MONTHLY, NIGHTLY].map(timesDue)).toEqual([731, 104, 24, 731]);
  });
});

function iso(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString().replace('.000Z', 'Z');
}
