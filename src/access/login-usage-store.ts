/** The usage of users who log in, in a group's own transaction: locked, and begun where there was none. */
import { type BatchTransaction, type Column, columnsNamed, type KeyedSelect } from '../db/batch.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Counters } from '../usage/counters.ts';
import { isExceeded } from '../usage/quota.ts';
import { countersFromRow, type UsageRow } from '../usage/usage-row.ts';

/** Locks the usage of users, whose ids ascend, until the commit, and reads their counters by user; they are there after the next flush. */
export function lockCounters(
  batch: BatchTransaction,
  userIds: readonly number[],
): () => ReadonlyMap<number, Counters> {
  const pending = batch.select<UsageRow>(LOCKED_USAGE, userIds);
  return () => new Map(pending.rows().map((row) => [row.user_id, countersFromRow(row)]));
}

/** Usage that begins. */
export interface BegunUsage {
  readonly userId: number;
  readonly counters: Counters;
  /** Null = no quota applies. */
  readonly profile: Profile | null;
}

/** Begins the usage of users, as accounting does with their first octets; whose has been begun meanwhile is a duplicate key. */
export function insertBegunUsage(batch: BatchTransaction, begun: readonly BegunUsage[]): void {
  batch.insert(
    'user_profile_usage',
    [
      ...BEGUN_COLUMNS,
      { name: 'created_at', kind: 'instant', value: () => batch.now },
      { name: 'updated_at', kind: 'instant', value: () => batch.now },
    ],
    begun,
  );
}

const LOCKED_USAGE: KeyedSelect = {
  columns: columnsNamed(
    'user_id, used_today, used_week, used_month, used_total, last_daily_reset, last_weekly_reset, last_monthly_reset, activation_date',
  ),
  from: 'FROM user_profile_usage WHERE user_id',
  kind: 'number',
  orderBy: 'user_id',
  isLocked: true,
};

const BEGUN_COLUMNS: readonly Column<BegunUsage>[] = [
  { name: 'user_id', kind: 'number', value: ({ userId }) => userId },
  { name: 'used_today', kind: 'number', value: ({ counters }) => counters.usedToday },
  { name: 'used_week', kind: 'number', value: ({ counters }) => counters.usedWeek },
  { name: 'used_month', kind: 'number', value: ({ counters }) => counters.usedMonth },
  { name: 'used_total', kind: 'number', value: ({ counters }) => counters.usedTotal },
  { name: 'last_daily_reset', kind: 'instant', value: ({ counters }) => counters.lastDailyReset },
  { name: 'last_weekly_reset', kind: 'instant', value: ({ counters }) => counters.lastWeeklyReset },
  { name: 'last_monthly_reset', kind: 'instant', value: ({ counters }) => counters.lastMonthlyReset },
  { name: 'activation_date', kind: 'instant', value: ({ counters }) => counters.activationDate },
  {
    name: 'is_exceeded',
    kind: 'number',
    value: ({ counters, profile }) => Number(isExceeded(counters, profile)),
  },
  { name: 'is_active', kind: 'number', value: () => 1 },
];
