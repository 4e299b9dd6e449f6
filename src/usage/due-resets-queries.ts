/** Reading which usages a new day, week or month makes due for a reset, and what they are judged by. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { instantToText } from '../db/dialect.ts';
import type { IdWindow } from '../db/id-windows.ts';
import type { Allowances } from './quota.ts';
import { countersFromRow, type UsageRow } from './usage-row.ts';

/** The counters that the calendar resets. */
export const RESET_PERIODS = ['daily', 'weekly', 'monthly'] as const;
export type ResetPeriod = (typeof RESET_PERIODS)[number];

/** A usage that was reset, or would be. */
export interface ResetUsage {
  readonly id: number;
  readonly userId: number;
  readonly username: string;
  /** What the counter held, octets. */
  readonly usedOctets: number;
}

/** What is due: the counter, and the first instant (epoch milliseconds) of the period it is to stand in. */
export interface DueResets {
  readonly period: ResetPeriod;
  readonly startsAt: number;
}

/** The columns of each counter. */
export const RESET_COLUMNS = {
  daily: { counter: 'used_today', resetAt: 'last_daily_reset' },
  weekly: { counter: 'used_week', resetAt: 'last_weekly_reset' },
  monthly: { counter: 'used_month', resetAt: 'last_monthly_reset' },
} as const satisfies Record<ResetPeriod, { counter: keyof UsageRow; resetAt: keyof UsageRow }>;

/** Returns the ids of active usages in a window that are due, the newest first. */
export async function dueIds({ knex }: Database, due: DueResets, { low, high }: IdWindow): Promise<number[]> {
  const query = knex('user_profile_usage').where('id', '>=', low).where('id', '<=', high);
  const rows: { id: number }[] = await onlyDue(query, due).orderBy('id', 'desc').select('id');
  return rows.map(({ id }) => id);
}

/** Returns the ids of those of some usages that are due. */
export async function dueAmong(
  { knex }: Database,
  due: DueResets,
  ids: readonly number[],
): Promise<number[]> {
  const query = onlyDue(knex('user_profile_usage').whereIn('id', ids), due);
  const rows: { id: number }[] = await query.orderBy('id', 'desc').select('id');
  return rows.map(({ id }) => id);
}

/** Returns those of some usages that are due, the newest first, without locking them; throws AppError `invalid` where one of them holds what no counter can, as resetting it would. */
export async function dueUsages(
  { knex }: Database,
  due: DueResets,
  ids: readonly number[],
): Promise<ResetUsage[]> {
  const rows: UsageRow[] = await onlyDue(knex('user_profile_usage').whereIn('id', ids), due)
    .orderBy('id', 'desc')
    .select('*');
  for (const row of rows) countersFromRow(row);
  const users = await usersOf(knex, rows);
  return rows.map((row) => resetUsageOf(row, due, users));
}

/** Narrows a query of usage rows to those that are due. */
export function onlyDue(query: Knex.QueryBuilder, { period, startsAt }: DueResets): Knex.QueryBuilder {
  return query.where('is_active', true).where(RESET_COLUMNS[period].resetAt, '<', instantToText(startsAt));
}

/** Whose usage it is, and what it is judged by. */
export interface ResetUser {
  readonly username: string;
  /** Null where no profile is effective. */
  readonly allowances: Allowances | null;
}

interface UserRow {
  readonly user_id: number;
  readonly username: string;
  readonly quota_type: Allowances['quotaType'] | null;
  readonly data_volume: number | null;
  readonly daily_limit: number | null;
  readonly weekly_limit: number | null;
  readonly monthly_limit: number | null;
}

/** Returns the users of usage rows, by id. */
export async function usersOf(
  knex: Knex,
  usages: readonly UsageRow[],
): Promise<ReadonlyMap<number, ResetUser>> {
  const rows: UserRow[] = await knex('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .joinRaw('LEFT JOIN profiles ON profiles.id = COALESCE(users.profile_id, promotions.profile_id)')
    .whereIn(
      'users.id',
      usages.map((usage) => usage.user_id),
    )
    .select('users.id as user_id', 'users.username', 'profiles.quota_type', 'profiles.data_volume')
    .select('profiles.daily_limit', 'profiles.weekly_limit', 'profiles.monthly_limit');
  return new Map(rows.map((row) => [row.user_id, { username: row.username, allowances: allowancesOf(row) }]));
}

function allowancesOf(row: UserRow): Allowances | null {
  if (row.quota_type === null || row.data_volume === null) return null;
  return {
    quotaType: row.quota_type,
    dataVolume: row.data_volume,
    dailyLimit: row.daily_limit,
    weeklyLimit: row.weekly_limit,
    monthlyLimit: row.monthly_limit,
  };
}

/** Returns what a reset takes from a row. */
export function resetUsageOf(
  row: UsageRow,
  { period }: DueResets,
  users: ReadonlyMap<number, ResetUser>,
): ResetUsage {
  return {
    id: row.id,
    userId: row.user_id,
    username: users.get(row.user_id)?.username ?? `#${row.user_id}`,
    usedOctets: row[RESET_COLUMNS[period].counter],
  };
}

/** Returns how many usages take part in resets (contract §0.6). */
export async function countActiveUsages({ knex }: Database): Promise<number> {
  const [row]: { usages: number }[] = await knex('user_profile_usage')
    .where('is_active', true)
    .count('* as usages');
  return row?.usages ?? 0;
}
