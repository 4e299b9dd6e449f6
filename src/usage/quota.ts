/** When a quota is spent (contract §3 check_exceeded, §0.8). Pure. */
import type { Counters } from './counters.ts';

/** The allowances of a profile in octets; null = no such limit, 0 = nothing allowed. */
export interface Allowances {
  readonly quotaType: 'limited' | 'unlimited';
  readonly dataVolume: number;
  readonly dailyLimit: number | null;
  readonly weeklyLimit: number | null;
  readonly monthlyLimit: number | null;
}

type Used = Pick<Counters, 'usedToday' | 'usedWeek' | 'usedMonth' | 'usedTotal'>;

/** Returns whether any allowance is used up: reaching it is exceeding it, and the periodic limits bind `unlimited` profiles too. No profile (null) means no quota. */
export function isExceeded(used: Used, allowances: Allowances | null): boolean {
  if (allowances === null) return false;
  return (
    reaches(used.usedToday, allowances.dailyLimit) ||
    reaches(used.usedWeek, allowances.weeklyLimit) ||
    reaches(used.usedMonth, allowances.monthlyLimit) ||
    (allowances.quotaType === 'limited' && used.usedTotal >= allowances.dataVolume)
  );
}

function reaches(used: number, limit: number | null): boolean {
  return limit !== null && used >= limit;
}
