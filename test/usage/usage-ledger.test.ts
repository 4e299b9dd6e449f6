import { describe, expect, it } from 'vitest';
import { freshCounters } from '../../src/usage/counters.ts';
import { Calendar } from '../../src/usage/period.ts';
import type { Allowances } from '../../src/usage/quota.ts';
import { type Charge, UsageLedger } from '../../src/usage/usage-ledger.ts';
import type { UsageRecord } from '../../src/usage/usage-store.ts';

const calendar = new Calendar('Europe/Paris');
const at = (iso: string) => Date.parse(iso);
const NOW = at('2025-12-11T12:00:00Z');
const TODAY = at('2025-12-10T23:00:00Z');

const known = (userId: number, changes: Partial<UsageRecord> = {}): UsageRecord => ({
  id: userId * 10,
  userId,
  counters: freshCounters(calendar.periodStarts(NOW), at('2025-09-01T00:00:00Z')),
  isExceeded: false,
  isActive: true,
  createdAt: 0,
  ...changes,
});
const charge = (changes: Partial<Charge> = {}): Charge => ({
  userId: 1,
  inputOctets: 30,
  outputOctets: 70,
  eventAt: NOW,
  allowances: null,
  ...changes,
});
const ledgerOf = (...records: UsageRecord[]) => new UsageLedger(records, { calendar, now: NOW });
const daily = (dailyLimit: number): Allowances => ({
  quotaType: 'unlimited',
  dataVolume: 0,
  dailyLimit,
  weeklyLimit: null,
  monthlyLimit: null,
});

describe('charging octets', () => {
  it('adds both directions to every counter, and each to its day', () => {
    const ledger = ledgerOf(known(1));
    ledger.charge(charge());
    ledger.charge(charge({ inputOctets: 1, outputOctets: 0 }));
    const { records, days } = ledger.changes();
    expect(records).toMatchObject([
      { id: 10, counters: { usedToday: 101, usedWeek: 101, usedMonth: 101, usedTotal: 101 } },
    ]);
    expect(days).toEqual([{ userId: 1, day: '2025-12-11', inputOctets: 31, outputOctets: 70 }]);
  });

  it('puts octets on the local day of their event, whenever they arrive', () => {
    const ledger = ledgerOf(known(1));
    ledger.charge(charge({ eventAt: TODAY - 1 }));
    ledger.charge(charge({ eventAt: TODAY }));
    const { records, days } = ledger.changes();
    expect(days.map(({ day }) => day)).toEqual(['2025-12-10', '2025-12-11']);
    expect(records).toMatchObject([{ counters: { usedToday: 100, usedWeek: 200 } }]);
  });

  it('rolls ended periods over first', () => {
    const counters = {
      ...freshCounters(calendar.periodStarts(at('2025-12-10T12:00:00Z')), 0),
      usedToday: 500,
      usedWeek: 500,
    };
    const ledger = ledgerOf(known(1, { counters }));
    expect(ledger.charge(charge())?.counters).toMatchObject({
      usedToday: 100,
      usedWeek: 600,
      lastDailyReset: TODAY,
    });
  });

  it('begins usage with the first octets, active since the first instant of their day', () => {
    const ledger = ledgerOf();
    ledger.charge(charge({ eventAt: at('2025-12-10T12:00:00Z') }));
    ledger.charge(charge({ eventAt: at('2025-12-10T08:00:00Z') }));
    expect(ledger.changes().records).toEqual([
      {
        id: undefined,
        userId: 1,
        counters: {
          ...freshCounters(calendar.periodStarts(NOW), at('2025-12-09T23:00:00Z')),
          usedWeek: 200,
          usedMonth: 200,
          usedTotal: 200,
        },
        isExceeded: false,
        isActive: true,
        createdAt: NOW,
      },
    ]);
  });

  it('of nothing begins no usage and changes no row', () => {
    const ledger = ledgerOf(known(2));
    const nothing = { inputOctets: 0, outputOctets: 0 };
    expect(ledger.charge(charge(nothing))).toBeUndefined();
    expect(ledger.charge(charge({ ...nothing, userId: 2 }))).toEqual(known(2));
    expect(ledger.changes()).toEqual({ records: [], days: [], adjustments: [] });
  });

  it('of nothing still rolls over and judges anew', () => {
    const nothing = { inputOctets: 0, outputOctets: 0 };
    const yesterday = freshCounters(calendar.periodStarts(TODAY - 1), 0);
    const ledger = ledgerOf(
      known(1, { counters: { ...yesterday, usedToday: 500 }, isExceeded: true }),
      known(2),
    );
    ledger.charge(charge({ ...nothing, allowances: daily(100) }));
    ledger.charge(charge({ ...nothing, userId: 2, allowances: daily(0) }));
    expect(ledger.changes()).toMatchObject({
      records: [
        { userId: 1, isExceeded: false, counters: { usedToday: 0 } },
        { userId: 2, isExceeded: true },
      ],
      days: [],
    });
  });

  it('says at once when a quota is reached', () => {
    const ledger = ledgerOf(known(1));
    expect(ledger.charge(charge({ allowances: daily(101) }))?.isExceeded).toBe(false);
    expect(
      ledger.charge(charge({ inputOctets: 1, outputOctets: 0, allowances: daily(101) }))?.isExceeded,
    ).toBe(true);
  });

  it('of before a manual reset leaves the difference beside the days', () => {
    const counters = { ...known(1).counters, lastDailyReset: NOW };
    const ledger = ledgerOf(known(1, { counters }));
    ledger.charge(charge({ eventAt: NOW - 1 }));
    const { adjustments, days, records } = ledger.changes();
    expect(records).toMatchObject([{ counters: { usedToday: 0, usedWeek: 100 } }]);
    expect(days).toHaveLength(1);
    expect(adjustments).toMatchObject([
      { userId: 1, at: NOW, kind: 'before_reset', difference: { today: -100 } },
    ]);
  });

  it('puts octets of a day that has not begun on the clock onto the day that has', () => {
    const tonight = at('2025-12-11T22:59:59Z');
    const ledger = new UsageLedger([known(1)], { calendar, now: tonight });
    ledger.charge(charge({ eventAt: tonight + 2000 }));
    const { days, records } = ledger.changes();
    expect(days.map(({ day }) => day)).toEqual(['2025-12-11']);
    expect(records).toMatchObject([{ counters: { usedToday: 100, lastDailyReset: TODAY } }]);
  });

  it('leaves counters in the day that an instance ahead of this one rolled them over to', () => {
    const tonight = at('2025-12-11T22:59:59Z');
    const tomorrow = tonight + 1000;
    const counters = { ...known(1).counters, lastDailyReset: tomorrow, lastWeeklyReset: tomorrow };
    const ledger = new UsageLedger([known(1, { counters })], { calendar, now: tonight });
    ledger.charge(charge({ eventAt: tonight }));
    const { days, records, adjustments } = ledger.changes();
    expect(days.map(({ day }) => day)).toEqual(['2025-12-11']);
    expect(records).toMatchObject([{ counters: { usedToday: 0, usedWeek: 0, usedMonth: 100 } }]);
    // Of the week that its manual reset lies in, but not of the new day.
    expect(adjustments).toMatchObject([{ at: tomorrow, difference: { today: 0, week: -100, month: 0 } }]);
  });

  it('gives users in ascending order, so that batches lock alike', () => {
    const ledger = ledgerOf(known(9), known(3));
    for (const userId of [9, 5, 3]) ledger.charge(charge({ userId }));
    const { records, days } = ledger.changes();
    expect(records.map(({ userId }) => userId)).toEqual([3, 5, 9]);
    expect(days.map(({ userId }) => userId)).toEqual([3, 5, 9]);
  });
});
