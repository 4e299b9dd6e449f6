/** Reading users. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { inOrderOf } from '../db/list-window.ts';
import { countLists, type RememberCount } from './head-counts.ts';
import { BY_USERNAME, idsInMergedWindow, NEWEST_FIRST, type PagedRows } from './merged-lists.ts';
import type { Profile } from './profile.ts';
import { type ProfileRow, profileFromRow } from './profile-row.ts';
import { findByReference, type Reference } from './reference.ts';
import type { User } from './user.ts';
import { USERS, type UserRow, userFromRow } from './user-row.ts';

/** A user as lists show them. `effectiveProfile` is null where only the default applies. */
export interface UserListing extends User {
  readonly profileName: string | null;
  readonly promotionName: string | null;
  readonly effectiveProfile: Profile | null;
}

interface ListingRow extends UserRow {
  readonly promotion_name: string | null;
  readonly effective_profile_id: number | null;
}

/** Returns all users, newest first. */
export async function listUsers(db: Database): Promise<UserListing[]> {
  const rows: ListingRow[] = await listings(db.knex)
    .orderBy('users.created_at', 'desc')
    .orderBy('users.id', 'desc');
  return withProfiles(db.knex, rows);
}

/** Which users a list shows: those for whom everything given holds. */
export interface UserFilter {
  readonly username?: string | undefined;
  /** Their own profile. */
  readonly profileId?: number | undefined;
  readonly promotionId?: number | undefined;
  readonly isActive?: boolean | undefined;
  /** How their username begins. */
  readonly search?: string | undefined;
}

/** Returns users a page at a time: newest first, or by username where `search` asks how that begins. */
export function pagedUsers(
  { knex }: Database,
  filter: UserFilter,
  remember: RememberCount,
): PagedRows<UserListing> {
  const lists = listsOf(knex, filter);
  const ordering = filter.search === undefined ? NEWEST_FIRST : BY_USERNAME;
  return {
    count: () => countLists(knex, lists, usersListName(filter), remember),
    rows: async (window) => {
      const ids = await idsInMergedWindow(knex, lists, ordering, window);
      const rows: ListingRow[] = await listings(knex).whereIn('users.id', ids);
      return withProfiles(knex, inOrderOf(ids, rows));
    },
  };
}

/** Returns the name under which the number of these users is remembered. */
export function usersListName(filter: UserFilter = {}): string {
  const { username, profileId, promotionId, isActive, search } = filter;
  return `users ${JSON.stringify({ username, profileId, promotionId, isActive, search })}`;
}

/** Returns one user by name or id; throws AppError `not_found`, naming the field that refers to them where one does. */
export async function getUser(db: Database, reference: Reference, field?: string): Promise<UserListing> {
  const users = field === undefined ? USERS : { ...USERS, field };
  const { id } = await findByReference(db.knex, users, reference);
  const rows: ListingRow[] = await listings(db.knex).where('users.id', id);
  const [user] = await withProfiles(db.knex, rows);
  // The row went away between the two reads: the second look-up says so.
  return user ?? getUser(db, reference);
}

/** The indexes that hold the users of a profile or promotion newest first tell active ones from inactive ones. */
function listsOf(knex: Knex, filter: UserFilter): Knex.QueryBuilder[] {
  const { profileId, promotionId, isActive, search } = filter;
  const isSplit = (profileId ?? promotionId) !== undefined && isActive === undefined && search === undefined;
  return isSplit
    ? [true, false].map((each) => usersWhere(knex, { ...filter, isActive: each }))
    : [usersWhere(knex, filter)];
}

function usersWhere(knex: Knex, { username, profileId, promotionId, isActive, search }: UserFilter) {
  const users = knex('users');
  if (username !== undefined) users.where('username', username);
  if (profileId !== undefined) users.where('profile_id', profileId);
  if (promotionId !== undefined) users.where('promotion_id', promotionId);
  if (isActive !== undefined) users.where('is_active', isActive);
  // A range, which both databases find by the index; LIKE would leave case aside on one of them.
  if (search !== undefined)
    users.where('username', '>=', search).where('username', '<', `${search}\u{10FFFF}`);
  return users;
}

/** Returns every profile by id: there are few of them, however many users. */
export async function profilesById(knex: Knex): Promise<Map<number, Profile>> {
  const rows: ProfileRow[] = await knex('profiles').select('*');
  return new Map(rows.map((row) => [row.id, profileFromRow(row)]));
}

function listings(knex: Knex): Knex.QueryBuilder {
  return knex('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .select('users.*', 'promotions.name as promotion_name')
    .select(knex.raw('COALESCE(users.profile_id, promotions.profile_id) as effective_profile_id'));
}

async function withProfiles(knex: Knex, rows: readonly ListingRow[]): Promise<UserListing[]> {
  const profiles = await profilesById(knex);
  const profile = (id: number | null) => (id === null ? null : (profiles.get(id) ?? null));
  return rows.map((row) => ({
    ...userFromRow(row),
    profileName: profile(row.profile_id)?.name ?? null,
    promotionName: row.promotion_name,
    effectiveProfile: profile(row.effective_profile_id),
  }));
}
