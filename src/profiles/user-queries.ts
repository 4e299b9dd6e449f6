/** Reading users. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
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

/** Returns one user by name or id; throws AppError `not_found`. */
export async function getUser(db: Database, reference: Reference): Promise<UserListing> {
  const { id } = await findByReference(db.knex, USERS, reference);
  const rows: ListingRow[] = await listings(db.knex).where('users.id', id);
  const [user] = await withProfiles(db.knex, rows);
  // The row went away between the two reads: the second look-up says so.
  return user ?? getUser(db, reference);
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
