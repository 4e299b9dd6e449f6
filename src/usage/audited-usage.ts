/** What the audit log keeps of a usage row. Pure. */
import { instantToText } from '../db/dialect.ts';
import type { Counters } from './counters.ts';

/** Returns counters by the names of their columns, octets. */
export function auditedCounters(
  { usedToday, usedWeek, usedMonth, usedTotal }: Counters,
  isExceeded: boolean,
) {
  return {
    used_today: usedToday,
    used_week: usedWeek,
    used_month: usedMonth,
    used_total: usedTotal,
    is_exceeded: isExceeded,
  };
}

/** A whole row: its counters, and what people set on it. */
export interface AuditedUsage {
  readonly userId: number;
  readonly counters: Counters;
  readonly isExceeded: boolean;
  readonly isActive: boolean;
}

/** Returns a row by the names of its columns; instants are UTC text. */
export function auditedUsage({ userId, counters, isExceeded, isActive }: AuditedUsage) {
  return {
    user_id: userId,
    ...auditedCounters(counters, isExceeded),
    last_daily_reset: instantToText(counters.lastDailyReset),
    last_weekly_reset: instantToText(counters.lastWeeklyReset),
    last_monthly_reset: instantToText(counters.lastMonthlyReset),
    activation_date: instantToText(counters.activationDate),
    is_active: isActive,
  };
}
