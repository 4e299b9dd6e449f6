/** Reading profiles. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
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

interface ListingRow extends ProfileRow {
  readonly created_by_username: string | null;
  readonly user_count: number;
  readonly promotion_count: number;
}

/** Returns all profiles by name; `isActive` keeps only those that are, or are not. */
export async function listProfiles(
  db: Database,
  only: { isActive?: boolean } = {},
): Promise<ProfileListing[]> {
  const query = listings(db.knex).orderBy('profiles.name');
  if (only.isActive !== undefined) query.where('profiles.is_active', only.isActive);
  const rows: ListingRow[] = await query;
  return rows.map(listingFromRow);
}

/** Returns one profile by name or id; throws AppError `not_found`. */
export async function getProfile(db: Database, reference: Reference): Promise<ProfileListing> {
  const { id } = await findByReference(db.knex, PROFILES, reference);
  const [row]: ListingRow[] = await listings(db.knex).where('profiles.id', id);
  // The row went away between the two reads: the second look-up says so.
  return row === undefined ? getProfile(db, reference) : listingFromRow(row);
}

function listings(knex: Knex): Knex.QueryBuilder {
  const carriers = (table: string) =>
    knex(table).count('*').where(`${table}.profile_id`, knex.ref('profiles.id'));
  return knex('profiles')
    .leftJoin('users as maker', 'maker.id', 'profiles.created_by_id')
    .select('profiles.*', 'maker.username as created_by_username')
    .select(carriers('users').as('user_count'), carriers('promotions').as('promotion_count'));
}

function listingFromRow(row: ListingRow): ProfileListing {
  return {
    ...profileFromRow(row),
    createdByUsername: row.created_by_username,
    userCount: row.user_count,
    promotionCount: row.promotion_count,
  };
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
