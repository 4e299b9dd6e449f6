/** One piece of a sweep of resets: rows that are due, locked, judged and written. */
import type { Knex } from 'knex';
import type { Actor } from '../audit/actor.ts';
import { onlyOne, recordAudit } from '../audit/record-audit.ts';
import type { Database, Transaction } from '../db/database.ts';
import { instantToText, lockFreeRows, lockRows } from '../db/dialect.ts';
import type { IdWindow } from '../db/id-windows.ts';
import { AppError } from '../errors.ts';
import { rollOver } from './counters.ts';
import type { Calendar } from './period.ts';
import { type Allowances, isExceeded } from './quota.ts';
import { storedTimezoneIn } from './stored-timezone.ts';
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

const COUNTERS = {
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

/** Returns those of some usages that are due, the newest first, without locking them. */
export async function dueUsages(
  { knex }: Database,
  due: DueResets,
  ids: readonly number[],
): Promise<ResetUsage[]> {
  const rows: UsageRow[] = await onlyDue(knex('user_profile_usage').whereIn('id', ids), due)
    .orderBy('id', 'desc')
    .select('*');
  const users = await usersOf(knex, rows);
  return rows.map((row) => resetUsageOf(row, due, users));
}

/**
 * Rolls those of some usages over that are due, writes that down for whoever asked, and returns them, the newest first.
 * A rollover needs no adjustment: the counter stands in another period from then on, of which days and adjustments make
 * nothing yet. `waits` says whether rows that others have locked are waited for or left out. Throws AppError `conflict`
 * where the database is in another zone than the calendar.
 */
export async function resetDue(
  transaction: Transaction,
  { ids, waits = false, calendar, actor, ...due }: ResetDue,
): Promise<ResetUsage[]> {
  const { dialect, trx, now } = transaction;
  const lock = waits ? lockRows[dialect] : lockFreeRows[dialect];
  const rows: UsageRow[] = await lock(onlyDue(trx('user_profile_usage').whereIn('id', ids), due).select('*'));
  if (rows.length === 0) return [];
  // After the rows are locked: a change of the zone either sees them rolled over, or is seen here.
  await refuseOtherZone(transaction, calendar);
  rows.sort((a, b) => b.id - a.id);
  const users = await usersOf(trx, rows);
  const starts = calendar.periodStarts(Math.max(now, due.startsAt));
  const exceeded = rows.filter((row) =>
    isExceeded(rollOver(countersFromRow(row), starts), users.get(row.user_id)?.allowances ?? null),
  );
  const { counter, resetAt } = COUNTERS[due.period];
  const startText = instantToText(due.startsAt);
  await onlyDue(
    trx('user_profile_usage').whereIn(
      'id',
      rows.map(({ id }) => id),
    ),
    due,
  ).update({
    [counter]: 0,
    [resetAt]: startText,
    is_exceeded: isAmong(
      trx,
      exceeded.map(({ id }) => id),
    ),
    updated_at: instantToText(now),
  });
  const reset = rows.map((row) => resetUsageOf(row, due, users));
  if (actor !== undefined) await auditReset(transaction, actor, { due, reset });
  return reset;
}

export interface ResetDue extends DueResets {
  readonly ids: readonly number[];
  readonly waits?: boolean | undefined;
  readonly calendar: Calendar;
  /** Absent where it is a running radmeter's own doing, which needs no audit. */
  readonly actor?: Actor | undefined;
}

function onlyDue(query: Knex.QueryBuilder, { period, startsAt }: DueResets): Knex.QueryBuilder {
  return query.where('is_active', true).where(COUNTERS[period].resetAt, '<', instantToText(startsAt));
}

function isAmong(trx: Knex.Transaction, ids: readonly number[]): Knex.Raw {
  if (ids.length === 0) return trx.raw('0');
  return trx.raw(`CASE WHEN id IN (${ids.map(() => '?').join(', ')}) THEN 1 ELSE 0 END`, [...ids]);
}

async function refuseOtherZone(transaction: Transaction, { timezone }: Calendar): Promise<void> {
  const stored = await storedTimezoneIn(transaction);
  if (stored === undefined || stored === timezone) return;
  throw new AppError(
    'conflict',
    `the time zone was changed from ${timezone} to ${stored} meanwhile; begin the reset again`,
  );
}

interface User {
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

async function usersOf(knex: Knex, usages: readonly UsageRow[]): Promise<ReadonlyMap<number, User>> {
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

function resetUsageOf(row: UsageRow, { period }: DueResets, users: ReadonlyMap<number, User>): ResetUsage {
  return {
    id: row.id,
    userId: row.user_id,
    username: users.get(row.user_id)?.username ?? `#${row.user_id}`,
    usedOctets: row[COUNTERS[period].counter],
  };
}

async function auditReset(
  transaction: Transaction,
  actor: Actor,
  { due, reset }: { due: DueResets; reset: readonly ResetUsage[] },
): Promise<void> {
  const ids = reset.map(({ id }) => id);
  const { counter, resetAt } = COUNTERS[due.period];
  await recordAudit(transaction, actor, {
    action: `reset_${due.period}`,
    objectType: 'usage',
    objectId: onlyOne(ids),
    before: { ids, [counter]: reset.map(({ usedOctets }) => usedOctets) },
    after: { ids, [counter]: 0, [resetAt]: instantToText(due.startsAt) },
  });
}
