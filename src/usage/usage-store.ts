/** The counters of a batch's users in `user_profile_usage`, `usage_days` and `usage_adjustments`: rows in, rows out. */
import {
  type BatchTransaction,
  type Column,
  columnsNamed,
  type KeyedSelect,
  type SumTable,
} from '../db/batch.ts';
import { instantFromText } from '../db/dialect.ts';
import { flag } from '../profiles/row-values.ts';
import type { CounterDifference, Counters } from './counters.ts';
import { countersFromRow, type UsageRow } from './usage-row.ts';

/** One row of `user_profile_usage`; instants are epoch milliseconds. */
export interface UsageRecord {
  /** Undefined until the row is inserted. */
  readonly id: number | undefined;
  readonly userId: number;
  readonly counters: Counters;
  readonly isExceeded: boolean;
  readonly isActive: boolean;
  readonly createdAt: number;
}

/** Octets of one user on one local day. */
export interface UsageDay {
  readonly userId: number;
  /** YYYY-MM-DD. */
  readonly day: string;
  readonly inputOctets: number;
  readonly outputOctets: number;
}

/** A difference between counters and days, and why there is one. */
export interface UsageAdjustment {
  readonly userId: number;
  /** Epoch milliseconds, within the periods the counters stand in. */
  readonly at: number;
  readonly difference: CounterDifference;
  readonly kind: 'before_reset';
  readonly reason: string;
}

/** Reads the usage of users by name, locked until the commit; it is there after the next flush. */
export function selectUsageByUsername(
  batch: BatchTransaction,
  usernames: readonly string[],
): () => UsageRecord[] {
  const pending = batch.select<UsageRow>(BY_USERNAME, usernames);
  return () => pending.rows().map(usageFromRow);
}

/** Reads the usage of users by id, locked until the commit; it is there after the next flush. */
export function selectUsageByUserId(
  batch: BatchTransaction,
  userIds: readonly number[],
): () => UsageRecord[] {
  const pending = batch.select<UsageRow>(BY_USER_ID, userIds);
  return () => pending.rows().map(usageFromRow);
}

/** As selectUsageByUserId, without a lock: for whoever only looks. */
export function seeUsageByUserId(batch: BatchTransaction, userIds: readonly number[]): () => UsageRecord[] {
  const pending = batch.select<UsageRow>({ ...BY_USER_ID, isLocked: false }, userIds);
  return () => pending.rows().map(usageFromRow);
}

/** Writes usage that changed: new rows as such, locked ones by primary key. */
export function saveUsage(batch: BatchTransaction, records: readonly UsageRecord[]): void {
  const updatedAt: Column<UsageRecord> = { name: 'updated_at', kind: 'instant', value: () => batch.now };
  batch.insert(
    'user_profile_usage',
    [...COLUMNS, updatedAt],
    records.filter(({ id }) => id === undefined),
  );
  batch.update(
    'user_profile_usage',
    ID,
    [...COLUMNS, updatedAt],
    records.filter(({ id }) => id !== undefined),
  );
}

/** Adds octets to days; the user's locked usage row keeps two batches from adding at once. */
export function addToDays(batch: BatchTransaction, days: readonly UsageDay[]): void {
  batch.add(USAGE_DAYS, days);
}

/** Writes down differences between counters and days. */
export function insertAdjustments(batch: BatchTransaction, adjustments: readonly UsageAdjustment[]): void {
  batch.insert('usage_adjustments', ADJUSTMENT_COLUMNS, adjustments);
}

const COLUMNS_READ = columnsNamed(
  'id, user_id, used_today, used_week, used_month, used_total, last_daily_reset, last_weekly_reset, last_monthly_reset, activation_date, is_exceeded, is_active, created_at, updated_at',
);

/** By name in one round trip with the sessions; InnoDB locks the usage rows and not the users the subquery reads. */
const BY_USERNAME: KeyedSelect = {
  columns: COLUMNS_READ,
  from: 'FROM user_profile_usage WHERE user_id IN (SELECT users.id FROM users WHERE users.username',
  kind: 'text',
  end: ')',
  orderBy: 'user_id',
  isLocked: true,
};

const BY_USER_ID: KeyedSelect = {
  columns: COLUMNS_READ,
  from: 'FROM user_profile_usage WHERE user_id',
  kind: 'number',
  orderBy: 'user_id',
  isLocked: true,
};

function usageFromRow(row: UsageRow): UsageRecord {
  return {
    id: row.id,
    userId: row.user_id,
    counters: countersFromRow(row),
    isExceeded: flag(row.is_exceeded),
    isActive: flag(row.is_active),
    createdAt: instantFromText(row.created_at),
  };
}

const ID: Column<UsageRecord> = { name: 'id', kind: 'number', value: ({ id }) => id };

/** All of them, because Django's tables have no defaults and an upsert must be able to insert. */
const COLUMNS: readonly Column<UsageRecord>[] = [
  { name: 'user_id', kind: 'number', value: ({ userId }) => userId },
  { name: 'used_today', kind: 'number', value: ({ counters }) => counters.usedToday },
  { name: 'used_week', kind: 'number', value: ({ counters }) => counters.usedWeek },
  { name: 'used_month', kind: 'number', value: ({ counters }) => counters.usedMonth },
  { name: 'used_total', kind: 'number', value: ({ counters }) => counters.usedTotal },
  { name: 'last_daily_reset', kind: 'instant', value: ({ counters }) => counters.lastDailyReset },
  { name: 'last_weekly_reset', kind: 'instant', value: ({ counters }) => counters.lastWeeklyReset },
  { name: 'last_monthly_reset', kind: 'instant', value: ({ counters }) => counters.lastMonthlyReset },
  { name: 'activation_date', kind: 'instant', value: ({ counters }) => counters.activationDate },
  { name: 'is_exceeded', kind: 'number', value: ({ isExceeded }) => Number(isExceeded) },
  { name: 'is_active', kind: 'number', value: ({ isActive }) => Number(isActive) },
  { name: 'created_at', kind: 'instant', value: ({ createdAt }) => createdAt },
];

const USAGE_DAYS: SumTable<UsageDay> = {
  table: 'usage_days',
  keys: [
    { name: 'user_id', kind: 'number', value: ({ userId }) => userId },
    { name: 'day', kind: 'text', value: ({ day }) => day },
  ],
  sums: [
    { name: 'input_octets', kind: 'number', value: ({ inputOctets }) => inputOctets },
    { name: 'output_octets', kind: 'number', value: ({ outputOctets }) => outputOctets },
  ],
};

const ADJUSTMENT_COLUMNS: readonly Column<UsageAdjustment>[] = [
  { name: 'at', kind: 'number', value: ({ at }) => at },
  { name: 'user_id', kind: 'number', value: ({ userId }) => userId },
  { name: 'today', kind: 'number', value: ({ difference }) => difference.today },
  { name: 'week', kind: 'number', value: ({ difference }) => difference.week },
  { name: 'month', kind: 'number', value: ({ difference }) => difference.month },
  { name: 'total', kind: 'number', value: ({ difference }) => difference.total },
  { name: 'kind', kind: 'text', value: ({ kind }) => kind },
  { name: 'reason', kind: 'text', value: ({ reason }) => reason },
];
