import { describe, expect, it } from 'vitest';
import { type Allowances, isExceeded } from '../../src/usage/quota.ts';

const none: Allowances = {
  quotaType: 'limited',
  dataVolume: 1000,
  dailyLimit: null,
  weeklyLimit: null,
  monthlyLimit: null,
};
const unlimited: Allowances = { ...none, quotaType: 'unlimited' };
const used = (usedToday: number, usedWeek = usedToday, usedMonth = usedWeek, usedTotal = usedMonth) => ({
  usedToday,
  usedWeek,
  usedMonth,
  usedTotal,
});

describe('a quota is exceeded', () => {
  it.each<[string, ReturnType<typeof used>, Allowances | null, boolean]>([
    ['by reaching the volume', used(1000), none, true],
    ['not one octet before it', used(999), none, false],
    ['by the total alone, not by what a period used', used(0, 0, 0, 1000), none, true],
    ['not by the volume of an unlimited profile', used(1e12), unlimited, false],
    ['by the daily limit', used(100), { ...none, dailyLimit: 100 }, true],
    ['not below the daily limit', used(99), { ...none, dailyLimit: 100 }, false],
    ['not by the daily limit on another day', used(0, 500), { ...none, dailyLimit: 100 }, false],
    ['by the weekly limit', used(0, 100), { ...none, weeklyLimit: 100 }, true],
    ['not by the weekly limit in another week', used(0, 0, 500), { ...none, weeklyLimit: 100 }, false],
    ['by the monthly limit', used(0, 0, 100), { ...none, monthlyLimit: 100 }, true],
    ['not by the monthly limit in another month', used(0, 0, 0, 500), { ...none, monthlyLimit: 100 }, false],
    ['by periodic limits of an unlimited profile too', used(100), { ...unlimited, dailyLimit: 100 }, true],
    ['at once by a limit of zero', used(0), { ...unlimited, dailyLimit: 0 }, true],
    ['at once by a volume of zero', used(0), { ...none, dataVolume: 0 }, true],
    ['never without a profile', used(1e15), null, false],
  ])('%s', (_, counters, allowances, expected) => {
    expect(isExceeded(counters, allowances)).toBe(expected);
  });
});
