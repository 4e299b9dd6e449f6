/** A row of `user_profile_usage` outside the hot path: read, locked, added and written one at a time. */

import type { Transaction } from '../db/database.ts';
import { instantFromText, instantToText, lockRows } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import { noteChangedTerms } from '../profiles/changed-terms.ts';
import { type Flag, wholeNumberOf } from '../profiles/row-values.ts';
import type { CounterDifference, Counters } from './counters.ts';

/** A row as the driver hands it out; datetimes are UTC text. */
export interface UsageRow {
  readonly id: number;
  readonly user_id: number;
  readonly used_today: number;
  readonly used_week: number;
  readonly used_month: number;
  readonly used_total: number;
  readonly last_daily_reset: string;
  readonly last_weekly_reset: string;
  readonly last_monthly_reset: string;
  readonly activation_date: string;
  readonly is_exceeded: Flag;
  readonly is_active: Flag;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Returns a row's counters. */
export function countersFromRow(row: UsageRow): Counters {
  return {
    usedToday: wholeNumberOf(row.used_today, 'user_profile_usage.used_today'),
    usedWeek: wholeNumberOf(row.used_week, 'user_profile_usage.used_week'),
    usedMonth: wholeNumberOf(row.used_month, 'user_profile_usage.used_month'),
    usedTotal: wholeNumberOf(row.used_total, 'user_profile_usage.used_total'),
    lastDailyReset: instantFromText(row.last_daily_reset),
    lastWeeklyReset: instantFromText(row.last_weekly_reset),
    lastMonthlyReset: instantFromText(row.last_monthly_reset),
    activationDate: instantFromText(row.activation_date),
  };
}

/** Returns a user's row and locks it until the transaction ends; undefined when there is none yet. */
export async function lockUsageRow(
  { dialect, trx }: Transaction,
  userId: number,
): Promise<UsageRow | undefined> {
  const query = trx('user_profile_usage').where('user_id', userId).select('*');
  const [row]: UsageRow[] = await lockRows[dialect](query);
  return row;
}

/** Returns a row by its id and locks it until the transaction ends; throws AppError `not_found`. */
export async function lockUsageRowById({ dialect, trx }: Transaction, id: number): Promise<UsageRow> {
  const query = trx('user_profile_usage').where('id', id).select('*');
  const [row]: UsageRow[] = await lockRows[dialect](query);
  if (row === undefined) throw new AppError('not_found', 'Not found.');
  return row;
}

/** What is written back to a row. */
export interface UsageState {
  readonly counters: Counters;
  readonly isExceeded: boolean;
}

/** Adds a user's row and returns its id; a row that somebody added meanwhile is the driver's duplicate-key error. */
export async function insertUsageRow(
  { trx, now }: Transaction,
  userId: number,
  state: UsageState & { readonly isActive: boolean },
): Promise<number> {
  const [id] = await trx('user_profile_usage').insert({
    user_id: userId,
    ...columnsOf(state),
    is_active: state.isActive,
    created_at: instantToText(now),
    updated_at: instantToText(now),
  });
  return wholeNumberOf(id, 'user_profile_usage.id');
}

/** Overwrites the counters of a locked row, and whether it is active where that is given; open sessions of the user may have to end or to go on faster for it. */
export async function updateUsageRow(
  transaction: Transaction,
  userId: number,
  state: UsageState & { readonly isActive?: boolean },
): Promise<void> {
  const { trx, now } = transaction;
  const isActive = state.isActive === undefined ? {} : { is_active: state.isActive };
  await trx('user_profile_usage')
    .where('user_id', userId)
    .update({ ...columnsOf(state), ...isActive, updated_at: instantToText(now) });
  await noteChangedTerms(transaction, { kind: 'user', id: userId });
}

/** Takes a locked row away; what its counters held must stand in an adjustment. */
export async function deleteUsageRow(transaction: Transaction, userId: number): Promise<void> {
  await transaction.trx('user_profile_usage').where('user_id', userId).delete();
  await noteChangedTerms(transaction, { kind: 'user', id: userId });
}

/** A row of `usage_adjustments`: what changed counters other than records and the calendar (design §4). */
export interface UsageAdjustment {
  readonly userId: number;
  /** Epoch milliseconds, within the periods the counters stand in. */
  readonly at: number;
  readonly difference: CounterDifference;
  readonly kind: string;
  readonly changedBy: string;
  readonly reason: string | null;
}

/** Adds an adjustment. */
export async function insertAdjustment(
  { trx }: Transaction,
  { userId, at, difference, kind, changedBy, reason }: UsageAdjustment,
): Promise<void> {
  await trx('usage_adjustments').insert({
    user_id: userId,
    at,
    ...difference,
    kind,
    changed_by: changedBy,
    reason,
  });
}

function columnsOf({ counters, isExceeded }: UsageState) {
  return {
    used_today: counters.usedToday,
    used_week: counters.usedWeek,
    used_month: counters.usedMonth,
    used_total: counters.usedTotal,
    last_daily_reset: instantToText(counters.lastDailyReset),
    last_weekly_reset: instantToText(counters.lastWeeklyReset),
    last_monthly_reset: instantToText(counters.lastMonthlyReset),
    activation_date: instantToText(counters.activationDate),
    is_exceeded: isExceeded,
  };
}
