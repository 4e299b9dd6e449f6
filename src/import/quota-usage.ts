/** A row of `user_quotas` or of another system's `user_profile_usage`, as the counters it becomes (contract §1, §0.14). Pure. */
import type { Counters } from '../usage/counters.ts';
import { flagCell, instantCell, wholeCell } from './cells.ts';
import type { SourceRow } from './source-database.ts';

/** Counters, and whether they are in use. */
export interface ReadUsage {
  readonly counters: Counters;
  readonly isActive: boolean;
}

/** Returns the counters of a `user_quotas` row: what the month holds is the total, and validity begins with the month where that is later than the row, so that nobody is expired by being migrated. Throws AppError `invalid` for a bad value. */
export function quotaUsage(row: SourceRow): ReadUsage {
  const periods = periodCounters(row);
  const activationDate = Math.max(instantCell(row, 'created_at'), periods.lastMonthlyReset);
  return {
    counters: { ...periods, usedTotal: periods.usedMonth, activationDate },
    isActive: flagCell(row, 'is_active'),
  };
}

/** Returns the counters of a `user_profile_usage` row; throws AppError `invalid` for a bad value. */
export function profileUsage(row: SourceRow): ReadUsage {
  return {
    counters: {
      ...periodCounters(row),
      usedTotal: wholeCell(row, 'used_total', 0),
      activationDate: instantCell(row, 'activation_date'),
    },
    isActive: flagCell(row, 'is_active'),
  };
}

function periodCounters(row: SourceRow): Omit<Counters, 'usedTotal' | 'activationDate'> {
  return {
    usedToday: wholeCell(row, 'used_today', 0),
    usedWeek: wholeCell(row, 'used_week', 0),
    usedMonth: wholeCell(row, 'used_month', 0),
    lastDailyReset: instantCell(row, 'last_daily_reset'),
    lastWeeklyReset: instantCell(row, 'last_weekly_reset'),
    lastMonthlyReset: instantCell(row, 'last_monthly_reset'),
  };
}
