/** Reading which profile followed which for whom. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { inOrderOf, newestFirst } from '../db/list-window.ts';
import { AppError } from '../errors.ts';
import { countLists, type RememberCount } from './head-counts.ts';
import { idsInMergedWindow, type PagedRows } from './merged-lists.ts';

/** One change of a user's effective profile. Names outlive what they name (contract §0.4). */
export interface HistoryListing {
  readonly id: number;
  readonly userId: number;
  readonly username: string;
  readonly oldProfileId: number | null;
  readonly oldProfileName: string | null;
  readonly newProfileId: number | null;
  readonly newProfileName: string | null;
  readonly changedById: number | null;
  /** Also of whoever is no user: `cli:root`, `token:portal`. */
  readonly changedByName: string | null;
  /** UTC text, to the microsecond as the column holds it. */
  readonly changedAt: string;
  readonly reason: string | null;
  readonly changeType: string;
}

/** Which changes a list shows: those for whom everything given holds. */
export interface HistoryFilter {
  readonly userId?: number | undefined;
  /** As the profile before or after. */
  readonly profileId?: number | undefined;
}

/** As contract §1 sorts them. */
const BY_CHANGE = newestFirst('changed_at');

/** Returns changes a page at a time, newest first. */
export function pagedHistory(
  { knex }: Database,
  filter: HistoryFilter,
  remember: RememberCount,
): PagedRows<HistoryListing> {
  const lists = listsOf(knex, filter);
  return {
    count: () => countLists(knex, lists, historyListName(filter), remember),
    rows: async (window) => listed(knex, await idsInMergedWindow(knex, lists, BY_CHANGE, window)),
  };
}

/** Returns the name under which the number of these changes is remembered. */
export function historyListName({ userId, profileId }: HistoryFilter = {}): string {
  return `profile-history ${JSON.stringify({ userId, profileId })}`;
}

/** Returns the newest changes of a user, the newest first; none for an unknown user. */
export async function listUserHistory(
  { knex }: Database,
  { userId, limit }: { readonly userId: number; readonly limit: number },
): Promise<HistoryListing[]> {
  const window = { offset: 0, limit, isFromEnd: false };
  return listed(knex, await idsInMergedWindow(knex, listsOf(knex, { userId }), BY_CHANGE, window));
}

/** Returns one change; throws AppError `not_found`. */
export async function getHistory({ knex }: Database, id: number): Promise<HistoryListing> {
  const [change] = await listed(knex, [id]);
  if (change === undefined) throw new AppError('not_found', 'Not found.');
  return change;
}

/** Rows of a profile are in two indexes: after it, and before it where it was not both. */
function listsOf(knex: Knex, { userId, profileId }: HistoryFilter): Knex.QueryBuilder[] {
  const all = () => {
    const query = knex('profile_history');
    return userId === undefined ? query : query.where('user_id', userId);
  };
  if (profileId === undefined) return [all()];
  const before = all()
    .where('old_profile_id', profileId)
    .where((other) => other.whereNull('new_profile_id').orWhere('new_profile_id', '<>', profileId));
  return [all().where('new_profile_id', profileId), before];
}

interface ListingRow {
  readonly id: number;
  readonly user_id: number;
  readonly username: string;
  readonly old_profile_id: number | null;
  readonly old_name: string | null;
  readonly new_profile_id: number | null;
  readonly new_name: string | null;
  readonly changed_by_id: number | null;
  readonly changed_by: string | null;
  readonly changed_at: string;
  readonly reason: string | null;
  readonly change_type: string;
}

async function listed(knex: Knex, ids: readonly number[]): Promise<HistoryListing[]> {
  const rows: ListingRow[] = await knex('profile_history as history')
    .join('users', 'users.id', 'history.user_id')
    .leftJoin('profiles as old', 'old.id', 'history.old_profile_id')
    .leftJoin('profiles as new', 'new.id', 'history.new_profile_id')
    .leftJoin('users as maker', 'maker.id', 'history.changed_by_id')
    .whereIn('history.id', [...ids])
    .select('history.*', 'users.username')
    .select({
      old_name: knex.raw('COALESCE(old.name, history.old_profile_name)'),
      new_name: knex.raw('COALESCE(new.name, history.new_profile_name)'),
      changed_by: knex.raw('COALESCE(maker.username, history.changed_by_name)'),
    });
  return inOrderOf(ids, rows).map((row) => ({
    id: row.id,
    userId: row.user_id,
    username: row.username,
    oldProfileId: row.old_profile_id,
    oldProfileName: row.old_name,
    newProfileId: row.new_profile_id,
    newProfileName: row.new_name,
    changedById: row.changed_by_id,
    changedByName: row.changed_by,
    changedAt: row.changed_at,
    reason: row.reason,
    changeType: row.change_type,
  }));
}
