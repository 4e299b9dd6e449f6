import { describe, expect, it } from 'vitest';
import { addOctets, type Counters, freshCounters, rollOver } from '../../src/usage/counters.ts';
import { Calendar } from '../../src/usage/period.ts';

const calendar = new Calendar('UTC');
const at = (iso: string) => Date.parse(iso.length === 10 ? `${iso}T00:00:00Z` : iso);
const startsAt = (iso: string) => calendar.periodStarts(at(iso));

/** Counters of Thursday 2025-12-11, as the calendar alone left them. */
const thursday: Counters = {
  usedToday: 1,
  usedWeek: 20,
  usedMonth: 300,
  usedTotal: 4000,
  lastDailyReset: at('2025-12-11'),
  lastWeeklyReset: at('2025-12-08'),
  lastMonthlyReset: at('2025-12-01'),
  activationDate: at('2025-09-01'),
};

describe('a rollover', () => {
  it.each([
    ['the same day', '2025-12-11T23:59:59.999Z', [1, 20, 300]],
    ['the next day', '2025-12-12', [0, 20, 300]],
    ['Sunday', '2025-12-14T23:59:59Z', [0, 20, 300]],
    ['the next Monday', '2025-12-15', [0, 0, 300]],
    ['the next month, in one week', '2026-01-01', [0, 0, 0]],
    ['years later', '2031-05-05T05:05:05Z', [0, 0, 0]],
  ])('on %s (%s) leaves %j', (_, now, used) => {
    const { usedToday, usedWeek, usedMonth, usedTotal } = rollOver(thursday, startsAt(now));
    expect([usedToday, usedWeek, usedMonth]).toEqual(used);
    expect(usedTotal).toBe(4000);
  });

  it('sets last resets to the first instants of the periods, and only of those that ended', () => {
    const rolled = rollOver(thursday, startsAt('2025-12-15T10:00:00Z'));
    expect(rolled).toMatchObject({
      lastDailyReset: at('2025-12-15'),
      lastWeeklyReset: at('2025-12-15'),
      lastMonthlyReset: at('2025-12-01'),
      activationDate: at('2025-09-01'),
    });
  });

  it('on the 1st in mid-week resets the month and not the week', () => {
    const counters = { ...thursday, lastMonthlyReset: at('2025-09-01'), lastWeeklyReset: at('2025-09-29') };
    expect(rollOver(counters, startsAt('2025-10-01T00:00:00Z'))).toMatchObject({
      usedWeek: 20,
      usedMonth: 0,
    });
  });

  it('gives the same object when nothing ended, and when a clock stepped back', () => {
    expect(rollOver(thursday, startsAt('2025-12-11T12:00:00Z'))).toBe(thursday);
    expect(rollOver(thursday, startsAt('2025-12-10T12:00:00Z'))).toBe(thursday);
  });

  it('leaves a manual reset of the same period alone', () => {
    const reset = { ...thursday, usedToday: 0, lastDailyReset: at('2025-12-11T15:00:00Z') };
    expect(rollOver(reset, startsAt('2025-12-11T16:00:00Z'))).toBe(reset);
    expect(rollOver(reset, startsAt('2025-12-12T16:00:00Z')).lastDailyReset).toBe(at('2025-12-12'));
  });
});

describe('octets', () => {
  const current = startsAt('2025-12-11T18:00:00Z');

  it.each([
    ['of today count everywhere', '2025-12-11T17:00:00Z', [101, 120, 400, 4100]],
    ['of the first instant of today count everywhere', '2025-12-11', [101, 120, 400, 4100]],
    ['of yesterday count from the week on', '2025-12-10T23:59:59.999Z', [1, 120, 400, 4100]],
    ['of last week count in the month', '2025-12-07T12:00:00Z', [1, 20, 400, 4100]],
    ['of last month count in the total', '2025-11-30T12:00:00Z', [1, 20, 300, 4100]],
    ['of before the activation count nowhere', '2025-08-31T12:00:00Z', [1, 20, 300, 4000]],
  ])('%s', (_, eventAt, used) => {
    const { counters } = addOctets(thursday, { octets: 100, eventAt: at(eventAt), current });
    const { usedToday, usedWeek, usedMonth, usedTotal } = counters;
    expect([usedToday, usedWeek, usedMonth, usedTotal]).toEqual(used);
  });

  it('of an earlier period are missed by nothing: its days hold them', () => {
    expect(
      addOctets(thursday, { octets: 100, eventAt: at('2025-11-30'), current }).difference,
    ).toBeUndefined();
  });

  it('of before a manual reset in the same period leave the difference to be written down', () => {
    const reset = { ...thursday, usedToday: 0, usedWeek: 0, lastDailyReset: at('2025-12-11T15:00:00Z') };
    const added = addOctets(reset, { octets: 100, eventAt: at('2025-12-11T14:59:59Z'), current });
    expect(added.counters).toMatchObject({ usedToday: 0, usedWeek: 100, usedMonth: 400, usedTotal: 4100 });
    expect(added.difference).toEqual({ today: -100, week: 0, month: 0, total: 0 });
    const later = addOctets(reset, { octets: 100, eventAt: at('2025-12-11T15:00:00Z'), current });
    expect(later).toMatchObject({ counters: { usedToday: 100 }, difference: undefined });
  });

  it('of before a manual reset of yesterday are of an ended day, and missed by the week alone', () => {
    const reset = {
      ...thursday,
      lastDailyReset: at('2025-12-11'),
      lastWeeklyReset: at('2025-12-10T15:00:00Z'),
    };
    const added = addOctets(reset, { octets: 100, eventAt: at('2025-12-10T12:00:00Z'), current });
    expect(added.difference).toMatchObject({ today: 0, week: -100 });
  });

  it('of before the activation are missed by the total', () => {
    const added = addOctets(thursday, { octets: 7, eventAt: at('2025-08-31'), current });
    expect(added.difference).toMatchObject({ total: -7 });
  });

  it('of zero change nothing', () => {
    expect(addOctets(thursday, { octets: 0, eventAt: at('2025-08-31'), current })).toEqual({
      counters: thursday,
      difference: undefined,
    });
  });
});

it('fresh counters start with the periods and the activation', () => {
  const starts = startsAt('2025-12-11T18:00:00Z');
  expect(freshCounters(starts, at('2025-12-10'))).toEqual({
    usedToday: 0,
    usedWeek: 0,
    usedMonth: 0,
    usedTotal: 0,
    lastDailyReset: at('2025-12-11'),
    lastWeeklyReset: at('2025-12-08'),
    lastMonthlyReset: at('2025-12-01'),
    activationDate: at('2025-12-10'),
  });
});
