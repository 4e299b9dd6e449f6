/** Reading promotions. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import type { Promotion } from './promotion.ts';
import { PROMOTIONS, type PromotionRow, promotionFromRow } from './promotion-store.ts';
import { findByReference, type Reference } from './reference.ts';

/** A promotion as lists show it: with its profile's name and how many members it has. */
export interface PromotionListing extends Promotion {
  readonly profileName: string | null;
  readonly userCount: number;
  readonly activeUserCount: number;
}

interface ListingRow extends PromotionRow {
  readonly profile_name: string | null;
  readonly user_count: number;
  readonly active_user_count: number;
}

/** Returns all promotions by name. */
export async function listPromotions(db: Database): Promise<PromotionListing[]> {
  const rows: ListingRow[] = await listings(db.knex).orderBy('promotions.name');
  return rows.map(listingFromRow);
}

/** Returns one promotion by name or id; throws AppError `not_found`. */
export async function getPromotion(db: Database, reference: Reference): Promise<PromotionListing> {
  const { id } = await findByReference(db.knex, PROMOTIONS, reference);
  const [row]: ListingRow[] = await listings(db.knex).where('promotions.id', id);
  // The row went away between the two reads: the second look-up says so.
  return row === undefined ? getPromotion(db, reference) : listingFromRow(row);
}

function listings(knex: Knex): Knex.QueryBuilder {
  const members = () => knex('users').count('*').where('users.promotion_id', knex.ref('promotions.id'));
  return knex('promotions')
    .leftJoin('profiles', 'profiles.id', 'promotions.profile_id')
    .select('promotions.*', 'profiles.name as profile_name')
    .select(members().as('user_count'))
    .select(members().where('users.is_active', true).as('active_user_count'));
}

function listingFromRow(row: ListingRow): PromotionListing {
  return {
    ...promotionFromRow(row),
    profileName: row.profile_name,
    userCount: row.user_count,
    activeUserCount: row.active_user_count,
  };
}
