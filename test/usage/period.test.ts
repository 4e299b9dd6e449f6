import { describe, expect, it } from 'vitest';
import { Calendar } from '../../src/usage/period.ts';

/** Returns the day that holds an instant, instants as ISO 8601 text. */
function dayOf(timezone: string, instant: string) {
  const { date, day, end, week, month } = new Calendar(timezone).dayOf(Date.parse(instant));
  const [dayIso, endIso, weekIso, monthIso] = [day, end, week, month].map((ms) =>
    new Date(ms).toISOString().replace(':00.000Z', 'Z'),
  );
  return { date, day: dayIso, end: endIso, week: weekIso, month: monthIso };
}

describe('a local day', () => {
  it.each([
    // Ordinary days.
    ['Africa/Douala', '2025-12-11T22:59:59.999Z', '2025-12-11', '2025-12-10T23:00Z', '2025-12-11T23:00Z'],
    ['Africa/Douala', '2025-12-11T23:00:00Z', '2025-12-12', '2025-12-11T23:00Z', '2025-12-12T23:00Z'],
    ['Asia/Kolkata', '2025-12-11T18:29:59Z', '2025-12-11', '2025-12-10T18:30Z', '2025-12-11T18:30Z'],
    ['Asia/Kolkata', '2025-12-11T18:30:00Z', '2025-12-12', '2025-12-11T18:30Z', '2025-12-12T18:30Z'],
    // 23 and 25 hours.
    ['Europe/Paris', '2026-03-29T12:00:00Z', '2026-03-29', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
    ['Europe/Paris', '2026-10-25T12:00:00Z', '2026-10-25', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
    ['America/New_York', '2026-03-08T12:00:00Z', '2026-03-08', '2026-03-08T05:00Z', '2026-03-09T04:00Z'],
    ['America/New_York', '2026-11-01T12:00:00Z', '2026-11-01', '2026-11-01T04:00Z', '2026-11-02T05:00Z'],
    // The hour that comes twice is of one day, both times.
    ['Europe/Paris', '2026-10-25T00:30:00Z', '2026-10-25', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
    ['Europe/Paris', '2026-10-25T01:30:00Z', '2026-10-25', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
    // Days that begin at 01:00, since midnight does not happen.
    ['Africa/Cairo', '2026-04-24T12:00:00Z', '2026-04-24', '2026-04-23T22:00Z', '2026-04-24T21:00Z'],
    ['Africa/Cairo', '2026-04-23T21:59:59Z', '2026-04-23', '2026-04-22T22:00Z', '2026-04-23T22:00Z'],
    ['America/Santiago', '2025-09-07T04:00:00Z', '2025-09-07', '2025-09-07T04:00Z', '2025-09-08T03:00Z'],
    ['America/Santiago', '2025-09-07T03:59:59Z', '2025-09-06', '2025-09-06T04:00Z', '2025-09-07T04:00Z'],
    // A day whose last hour comes twice.
    ['America/Santiago', '2026-04-05T03:30:00Z', '2026-04-04', '2026-04-04T03:00Z', '2026-04-05T04:00Z'],
    ['Africa/Cairo', '2025-10-30T20:30:00Z', '2025-10-30', '2025-10-29T21:00Z', '2025-10-30T22:00Z'],
    ['Africa/Cairo', '2025-10-30T21:30:00Z', '2025-10-30', '2025-10-29T21:00Z', '2025-10-30T22:00Z'],
  ])('in %s that holds %s is %s, from %s to %s', (timezone, instant, date, day, end) => {
    expect(dayOf(timezone, instant)).toMatchObject({ date, day, end });
  });

  it('ends where the next one begins, all year round', () => {
    for (const timezone of ['Europe/Paris', 'Africa/Cairo', 'America/Santiago', 'Asia/Kolkata']) {
      const calendar = new Calendar(timezone);
      let { date, end } = calendar.dayOf(Date.parse('2026-01-01T12:00:00Z'));
      for (let days = 0; days < 400; days++) {
        const next = calendar.dayOf(end);
        expect(next.day).toBe(end);
        expect(next.date > date).toBe(true);
        expect(calendar.dayOf(end - 1).date).toBe(date);
        ({ date, end } = next);
      }
    }
  });
});

describe('weeks and months', () => {
  it.each([
    [
      'a Sunday is of the week before Monday',
      'UTC',
      '2025-12-14T23:59:59Z',
      '2025-12-08T00:00Z',
      '2025-12-01T00:00Z',
    ],
    ['a Monday begins its week', 'UTC', '2025-12-15T00:00:00Z', '2025-12-15T00:00Z', '2025-12-01T00:00Z'],
    [
      'a week may begin in the month before',
      'UTC',
      '2025-11-01T10:00:00Z',
      '2025-10-27T00:00Z',
      '2025-11-01T00:00Z',
    ],
    ['and in the year before', 'UTC', '2026-01-01T10:00:00Z', '2025-12-29T00:00Z', '2026-01-01T00:00Z'],
    [
      'the last of the year is of December',
      'Africa/Douala',
      '2025-12-31T22:59:59Z',
      '2025-12-28T23:00Z',
      '2025-11-30T23:00Z',
    ],
    [
      'which ends at local midnight',
      'Africa/Douala',
      '2025-12-31T23:00:00Z',
      '2025-12-28T23:00Z',
      '2025-12-31T23:00Z',
    ],
    [
      'the 29th of February is of February',
      'UTC',
      '2028-02-29T10:00:00Z',
      '2028-02-28T00:00Z',
      '2028-02-01T00:00Z',
    ],
    [
      'a month may begin before the clocks change',
      'Europe/Paris',
      '2026-03-31T10:00:00Z',
      '2026-03-29T22:00Z',
      '2026-02-28T23:00Z',
    ],
    [
      'a week may begin before the clocks change',
      'America/New_York',
      '2026-11-01T12:00:00Z',
      '2026-10-26T04:00Z',
      '2026-11-01T04:00Z',
    ],
  ])('%s', (_, timezone, instant, week, month) => {
    expect(dayOf(timezone, instant)).toMatchObject({ week, month });
  });
});

describe('a calendar', () => {
  it('gives the same answer when asked again, also after more days than it remembers', () => {
    const calendar = new Calendar('Europe/Paris');
    const instants = Array.from(
      { length: 200 },
      (_, n) => Date.parse('2026-01-01T12:00:00Z') + n * 86_400_000,
    );
    const first = instants.map((instant) => calendar.dayOf(instant));
    expect(instants.map((instant) => calendar.dayOf(instant))).toEqual(first);
    expect(new Set(first.map(({ date }) => date))).toHaveLength(200);
  });
});
