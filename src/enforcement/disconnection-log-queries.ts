/** Reading who was disconnected and why, the newest first. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { idsInWindow, inOrderOf, type ListWindow, newestFirst } from '../db/list-window.ts';
import { AppError } from '../errors.ts';
import type { TermsScope } from '../profiles/changed-terms.ts';
import { type Flag, flag, wholeNumberOrNull } from '../profiles/row-values.ts';
import { QUOTA_REASONS } from './disconnection-reasons.ts';
import { usersIn } from './online-users-queries.ts';

/** Which entries to read; what is not given does not matter. */
export interface DisconnectionFilter {
  readonly userId?: number | undefined;
  /** Whether the user is still cut off by it. */
  readonly isActive?: boolean | undefined;
  readonly reason?: string | undefined;
}

/** An entry of `user_disconnection_logs` (contract §12). */
export interface DisconnectionListing {
  readonly id: number;
  readonly userId: number;
  readonly username: string;
  readonly fullName: string;
  readonly reason: string;
  readonly description: string;
  /** UTC text as the columns hold it. */
  readonly disconnectedAt: string;
  readonly reconnectedAt: string | null;
  readonly isActive: boolean;
  /** Null also for a token that is nobody's. */
  readonly reconnectedById: number | null;
  readonly reconnectedByUsername: string | null;
  /** Octets. */
  readonly quotaUsed: number | null;
  readonly quotaLimit: number | null;
  readonly sessionDurationSeconds: number | null;
}

/** A filtered list: how long it is, and parts of it. */
export interface DisconnectionList {
  readonly isWhole: boolean;
  count(): Promise<number>;
  rows(window: ListWindow): Promise<DisconnectionListing[]>;
}

const LOGS = 'user_disconnection_logs';

/** Returns the entries that fit. */
export function listDisconnections({ knex }: Database, filter: DisconnectionFilter): DisconnectionList {
  return {
    isWhole: Object.values(filter).every((value) => value === undefined),
    async count() {
      const [row]: { entries: number }[] = await filtered(knex, filter).count('* as entries');
      return Number(row?.entries ?? 0);
    },
    async rows(window) {
      const ids = await idsInWindow(
        filtered(knex, filter).select('id'),
        newestFirst('disconnected_at'),
        window,
      );
      const rows: ListingRow[] = await listings(knex).whereIn(`${LOGS}.id`, ids);
      return inOrderOf(ids, rows).map(listingFromRow);
    },
  };
}

/** Returns one entry; throws AppError `not_found`. */
export async function getDisconnection({ knex }: Database, id: number): Promise<DisconnectionListing> {
  const [row]: ListingRow[] = await listings(knex).where(`${LOGS}.id`, id);
  if (row === undefined) throw new AppError('not_found', 'Not found.');
  return listingFromRow(row);
}

/** Returns the newest entry that still cuts a user off; undefined where none does. */
export async function currentDisconnectionOf(
  reader: Database,
  userId: number,
): Promise<DisconnectionListing | undefined> {
  const [current] = await listDisconnections(reader, { userId, isActive: true }).rows({
    offset: 0,
    limit: 1,
    isFromEnd: false,
  });
  return current;
}

/** Returns the users with ids above `after`, in their order, whom a spent quota cuts off still, `limit` at most; of a scope, those whom anything does. */
export async function usersCutOff(
  { knex }: Database,
  { scope, after, limit }: { scope: TermsScope; after: number; limit: number },
): Promise<number[]> {
  const rows: { user_id: number }[] = await knex(LOGS)
    .where('is_active', true)
    .where('user_id', '>', after)
    .modify((query) => {
      if (scope.kind === 'all') query.whereIn('reason', QUOTA_REASONS);
      else query.whereIn('user_id', usersIn(knex, scope).select('users.id'));
    })
    .distinct('user_id')
    .orderBy('user_id')
    .limit(limit);
  return rows.map((row) => row.user_id);
}

function filtered(knex: Knex, { userId, isActive, reason }: DisconnectionFilter): Knex.QueryBuilder {
  const query = knex(LOGS);
  if (userId !== undefined) query.where('user_id', userId);
  if (isActive !== undefined) query.where('is_active', isActive);
  if (reason !== undefined) query.where('reason', reason);
  return query;
}

function listings(knex: Knex): Knex.QueryBuilder {
  return knex(LOGS)
    .join('users', 'users.id', `${LOGS}.user_id`)
    .leftJoin('users as admins', 'admins.id', `${LOGS}.reconnected_by_id`)
    .select(`${LOGS}.*`, 'users.username', 'users.first_name', 'users.last_name')
    .select('admins.username as reconnected_by_username');
}

interface ListingRow {
  readonly id: number;
  readonly user_id: number;
  readonly username: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly reason: string;
  readonly description: string | null;
  readonly disconnected_at: string;
  readonly reconnected_at: string | null;
  readonly is_active: Flag;
  readonly reconnected_by_id: number | null;
  readonly reconnected_by_username: string | null;
  readonly quota_used: number | null;
  readonly quota_limit: number | null;
  readonly session_duration: number | null;
}

function listingFromRow(row: ListingRow): DisconnectionListing {
  return {
    id: row.id,
    userId: row.user_id,
    username: row.username,
    fullName: `${row.first_name} ${row.last_name}`.trim(),
    reason: row.reason,
    description: row.description ?? '',
    disconnectedAt: row.disconnected_at,
    reconnectedAt: row.reconnected_at,
    isActive: flag(row.is_active),
    reconnectedById: row.reconnected_by_id,
    reconnectedByUsername: row.reconnected_by_username,
    quotaUsed: wholeNumberOrNull(row.quota_used, `${LOGS}.quota_used`),
    quotaLimit: wholeNumberOrNull(row.quota_limit, `${LOGS}.quota_limit`),
    sessionDurationSeconds: row.session_duration,
  };
}
