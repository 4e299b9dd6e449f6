/** Reading promotions. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { idsInWindow, inOrderOf } from '../db/list-window.ts';
import { countNow, headCounts, type RememberCount } from './head-counts.ts';
import { BY_NAME, type PagedRows } from './merged-lists.ts';
import type { Promotion } from './promotion.ts';
import { PROMOTIONS, type PromotionRow, promotionFromRow } from './promotion-store.ts';
import { findByReference, type Reference } from './reference.ts';

/** A promotion as lists show it: with its profile's name and how many members it has. */
export interface PromotionListing extends Promotion {
  readonly profileName: string | null;
  readonly userCount: number;
  readonly activeUserCount: number;
}

interface NamedRow extends PromotionRow {
  readonly profile_name: string | null;
}

/** Returns all promotions by name. */
export async function listPromotions(
  db: Database,
  remember: RememberCount = countNow,
): Promise<PromotionListing[]> {
  const rows: NamedRow[] = await withProfileNames(db.knex).orderBy('promotions.name');
  return withMembers(db.knex, rows, remember);
}

/** Returns the promotions by name, a page at a time. */
export function pagedPromotions(reader: Database, remember: RememberCount): PagedRows<PromotionListing> {
  const { knex } = reader;
  return {
    count: async () => {
      const [counted]: { rows: number }[] = await knex('promotions').count('* as rows');
      return counted?.rows ?? 0;
    },
    rows: async (window) => {
      const ids = await idsInWindow(knex('promotions').select('id'), BY_NAME, window);
      const rows: NamedRow[] = await withProfileNames(knex).whereIn('promotions.id', ids);
      return withMembers(knex, inOrderOf(ids, rows), remember);
    },
  };
}

/** Returns one promotion by name or id; throws AppError `not_found`, naming the field that refers to it where one does. */
export async function getPromotion(
  db: Database,
  reference: Reference,
  { remember = countNow, field }: { remember?: RememberCount; field?: string } = {},
): Promise<PromotionListing> {
  const promotions = field === undefined ? PROMOTIONS : { ...PROMOTIONS, field };
  const { id } = await findByReference(db.knex, promotions, reference);
  const rows: NamedRow[] = await withProfileNames(db.knex).where('promotions.id', id);
  const [promotion] = await withMembers(db.knex, rows, remember);
  // The row went away between the two reads: the second look-up says so.
  return promotion ?? getPromotion(db, reference, { remember });
}

function withProfileNames(knex: Knex): Knex.QueryBuilder {
  return knex('promotions')
    .leftJoin('profiles', 'profiles.id', 'promotions.profile_id')
    .select('promotions.*', 'profiles.name as profile_name');
}

async function withMembers(
  knex: Knex,
  rows: readonly NamedRow[],
  remember: RememberCount,
): Promise<PromotionListing[]> {
  const ids = rows.map(({ id }) => id);
  const members = { table: 'users', column: 'promotion_id' } as const;
  const all = await headCounts(knex, { ...members, onlyActive: false }, ids, remember);
  const active = await headCounts(knex, { ...members, onlyActive: true }, ids, remember);
  return rows.map((row) => ({
    ...promotionFromRow(row),
    profileName: row.profile_name,
    userCount: all.get(row.id) ?? 0,
    activeUserCount: active.get(row.id) ?? 0,
  }));
}
