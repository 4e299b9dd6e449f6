/** Reading profiles. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { idsInWindow, inOrderOf } from '../db/list-window.ts';
import { countNow, headCounts, type RememberCount } from './head-counts.ts';
import { BY_NAME, type PagedRows } from './merged-lists.ts';
import type { Profile } from './profile.ts';
import { usersOfProfile } from './profile-change.ts';
import { PROFILES, type ProfileRow, profileFromRow } from './profile-row.ts';
import { findByReference, type Reference } from './reference.ts';

/** A profile as lists show it: with its maker's name and how many users (own profile only, inactive ones too) and promotions carry it. */
export interface ProfileListing extends Profile {
  readonly createdByUsername: string | null;
  readonly userCount: number;
  readonly promotionCount: number;
}

interface MadeRow extends ProfileRow {
  readonly created_by_username: string | null;
}

/** Which profiles a list shows. */
export interface ProfileFilter {
  /** Only those that are, or are not. */
  readonly isActive?: boolean | undefined;
}

/** Returns all profiles by name. */
export async function listProfiles(
  db: Database,
  only: ProfileFilter = {},
  remember: RememberCount = countNow,
): Promise<ProfileListing[]> {
  const rows: MadeRow[] = await withMakers(filtered(db.knex, only)).orderBy('profiles.name');
  return withCarriers(db.knex, rows, remember);
}

/** Returns the profiles by name, a page at a time. */
export function pagedProfiles(
  reader: Database,
  only: ProfileFilter,
  remember: RememberCount,
): PagedRows<ProfileListing> {
  const { knex } = reader;
  return {
    count: async () => {
      const [counted]: { rows: number }[] = await filtered(knex, only).count('* as rows');
      return counted?.rows ?? 0;
    },
    rows: async (window) => {
      const ids = await idsInWindow(filtered(knex, only).select('id'), BY_NAME, window);
      const rows: MadeRow[] = await withMakers(knex('profiles')).whereIn('profiles.id', ids);
      return withCarriers(knex, inOrderOf(ids, rows), remember);
    },
  };
}

/** Returns one profile by name or id; throws AppError `not_found`. */
export async function getProfile(
  db: Database,
  reference: Reference,
  remember: RememberCount = countNow,
): Promise<ProfileListing> {
  const { id } = await findByReference(db.knex, PROFILES, reference);
  const rows: MadeRow[] = await withMakers(db.knex('profiles')).where('profiles.id', id);
  const [profile] = await withCarriers(db.knex, rows, remember);
  // The row went away between the two reads: the second look-up says so.
  return profile ?? getProfile(db, reference, remember);
}

function filtered(knex: Knex, { isActive }: ProfileFilter): Knex.QueryBuilder {
  const profiles = knex('profiles');
  return isActive === undefined ? profiles : profiles.where('profiles.is_active', isActive);
}

function withMakers(profiles: Knex.QueryBuilder): Knex.QueryBuilder {
  return profiles
    .leftJoin('users as maker', 'maker.id', 'profiles.created_by_id')
    .select('profiles.*', 'maker.username as created_by_username');
}

async function withCarriers(
  knex: Knex,
  rows: readonly MadeRow[],
  remember: RememberCount,
): Promise<ProfileListing[]> {
  const ids = rows.map(({ id }) => id);
  const carriers = { column: 'profile_id', onlyActive: false } as const;
  const users = await headCounts(knex, { ...carriers, table: 'users' }, ids, remember);
  const promotions = await headCounts(knex, { ...carriers, table: 'promotions' }, ids, remember);
  return rows.map((row) => ({
    ...profileFromRow(row),
    createdByUsername: row.created_by_username,
    userCount: users.get(row.id) ?? 0,
    promotionCount: promotions.get(row.id) ?? 0,
  }));
}

/** Who carries a profile: users whose effective profile it is, through their promotion too, and promotions. */
export interface ProfileUse {
  readonly userCount: number;
  readonly promotionCount: number;
}

/** Returns how many users and promotions would lose a profile if it were deleted. */
export async function countProfileUse(knex: Knex, profileId: number): Promise<ProfileUse> {
  const [users]: { rows: number }[] = await usersOfProfile(knex, profileId).count('* as rows');
  const [promotions]: { rows: number }[] = await knex('promotions')
    .where('profile_id', profileId)
    .count('* as rows');
  return { userCount: users?.rows ?? 0, promotionCount: promotions?.rows ?? 0 };
}
