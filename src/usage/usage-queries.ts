/** Reading usage: counters as they stand now, also where nothing has touched the row since its period ended. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { instantFromText, instantToText } from '../db/dialect.ts';
import { idsInWindow, inOrderOf } from '../db/list-window.ts';
import { AppError } from '../errors.ts';
import { NEWEST_FIRST, type PagedRows } from '../profiles/merged-lists.ts';
import type { Profile } from '../profiles/profile.ts';
import { findByReference, type Reference } from '../profiles/reference.ts';
import { flag } from '../profiles/row-values.ts';
import { profilesById } from '../profiles/user-queries.ts';
import { USERS } from '../profiles/user-row.ts';
import { type CounterDifference, type Counters, rollOver } from './counters.ts';
import type { PeriodStarts } from './period.ts';
import { isExceeded } from './quota.ts';
import { countersFromRow, type UsageRow } from './usage-row.ts';
import { daysRemaining, isExpired } from './validity.ts';

/** A user's usage as people see it. */
export interface UsageListing {
  readonly id: number;
  readonly userId: number;
  readonly username: string;
  /** Null where only the default applies (contract §0.2). */
  readonly effectiveProfile: Profile | null;
  readonly counters: Counters;
  readonly isExceeded: boolean;
  readonly isActive: boolean;
  readonly isExpired: boolean;
  readonly daysRemaining: number | null;
  /** UTC text, to the microsecond as the columns hold it. */
  readonly lastDailyReset: string;
  readonly lastWeeklyReset: string;
  readonly lastMonthlyReset: string;
  readonly activationDate: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The instant (epoch milliseconds) usage is read at, and the periods that are current then. */
export interface ReadingTime {
  readonly now: number;
  readonly starts: PeriodStarts;
}

interface ListingRow extends UsageRow {
  readonly username: string;
  readonly effective_profile_id: number | null;
}

/** Returns the usage of every user who has any, newest row first. */
export async function listUsage(db: Database, time: ReadingTime): Promise<UsageListing[]> {
  const rows: ListingRow[] = await listings(db.knex)
    .orderBy('user_profile_usage.created_at', 'desc')
    .orderBy('user_profile_usage.id', 'desc');
  const profiles = await profilesById(db.knex);
  return rows.map((row) => listingFromRow(row, profiles, time));
}

/** Returns the usage of every user who has any a page at a time, newest row first. */
export function pagedUsage({ knex }: Database, time: ReadingTime): PagedRows<UsageListing> {
  return {
    count: async () => {
      const [row]: { rows: number }[] = await knex('user_profile_usage').count('* as rows');
      return row?.rows ?? 0;
    },
    rows: async (window) => {
      const ids = await idsInWindow(knex('user_profile_usage').select('id'), NEWEST_FIRST, window);
      const rows: ListingRow[] = await listings(knex).whereIn('user_profile_usage.id', ids);
      const profiles = await profilesById(knex);
      return inOrderOf(ids, rows).map((row) => listingFromRow(row, profiles, time));
    },
  };
}

/** Returns the usage in a row, by its id; throws AppError `not_found`. */
export async function getUsageRow({ knex }: Database, id: number, time: ReadingTime): Promise<UsageListing> {
  const [row]: ListingRow[] = await listings(knex).where('user_profile_usage.id', id);
  if (row === undefined) throw new AppError('not_found', 'Not found.');
  return listingFromRow(row, await profilesById(knex), time);
}

/** Returns the usage of a user, by their id; undefined where they have none. */
export async function findUsageOf(
  { knex }: Database,
  userId: number,
  time: ReadingTime,
): Promise<UsageListing | undefined> {
  const [row]: ListingRow[] = await listings(knex).where('user_profile_usage.user_id', userId);
  return row === undefined ? undefined : listingFromRow(row, await profilesById(knex), time);
}

/** Returns one user's usage, by their name or id; throws AppError `not_found` for an unknown user and for one without usage. */
export async function getUsage(db: Database, reference: Reference, time: ReadingTime): Promise<UsageListing> {
  const user = await findByReference(db.knex, USERS, reference);
  const [row]: ListingRow[] = await listings(db.knex).where('user_profile_usage.user_id', user.id);
  if (row === undefined) {
    const name = JSON.stringify(user.username);
    throw new AppError(
      'not_found',
      `user ${name} has no usage yet; it begins with a profile or the first octets`,
    );
  }
  return listingFromRow(row, await profilesById(db.knex), time);
}

/** A change of counters other than by records and the calendar; `at` is epoch milliseconds. */
export interface AdjustmentListing {
  readonly at: number;
  readonly difference: CounterDifference;
  readonly kind: string;
  readonly changedBy: string | null;
  readonly reason: string | null;
}

/** Returns the latest adjustments of a user by id, the newest first, `limit` at most. */
export async function listAdjustments(
  { knex }: Database,
  { userId, limit }: { userId: number; limit: number },
): Promise<AdjustmentListing[]> {
  const rows: AdjustmentRow[] = await knex('usage_adjustments')
    .where('user_id', userId)
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(limit);
  return rows.map(({ at, today, week, month, total, kind, changed_by: changedBy, reason }) => ({
    at,
    difference: { today, week, month, total },
    kind,
    changedBy,
    reason,
  }));
}

interface AdjustmentRow extends CounterDifference {
  readonly at: number;
  readonly kind: string;
  readonly changed_by: string | null;
  readonly reason: string | null;
}

function listings(knex: Knex): Knex.QueryBuilder {
  return knex('user_profile_usage')
    .join('users', 'users.id', 'user_profile_usage.user_id')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .select('user_profile_usage.*', 'users.username')
    .select(knex.raw('COALESCE(users.profile_id, promotions.profile_id) as effective_profile_id'));
}

function listingFromRow(
  row: ListingRow,
  profiles: ReadonlyMap<number, Profile>,
  time: ReadingTime,
): UsageListing {
  const stored = countersFromRow(row);
  const counters = rollOver(stored, time.starts);
  const id = row.effective_profile_id;
  const profile = id === null ? null : (profiles.get(id) ?? null);
  const validity = {
    activationDate: counters.activationDate,
    validityDays: profile?.validityDuration ?? null,
    now: time.now,
  };
  return {
    id: row.id,
    userId: row.user_id,
    username: row.username,
    effectiveProfile: profile,
    counters,
    isExceeded: counters === stored ? flag(row.is_exceeded) : isExceeded(counters, profile),
    isActive: flag(row.is_active),
    isExpired: isExpired(validity),
    daysRemaining: daysRemaining(validity),
    lastDailyReset: textOf(counters.lastDailyReset, row.last_daily_reset),
    lastWeeklyReset: textOf(counters.lastWeeklyReset, row.last_weekly_reset),
    lastMonthlyReset: textOf(counters.lastMonthlyReset, row.last_monthly_reset),
    activationDate: row.activation_date,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The column's own text says more than milliseconds do, where the instant is still the column's. */
function textOf(instant: number, column: string): string {
  return instant === instantFromText(column) ? column : instantToText(instant);
}
