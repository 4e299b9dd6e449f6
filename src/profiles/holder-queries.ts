/** Reading who has a profile, and who is in a promotion: lists of up to everybody, a page at a time. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { inOrderOf, type ListWindow } from '../db/list-window.ts';
import { countLists, headCounts, type RememberCount } from './head-counts.ts';
import { BY_NAME, idsInMergedWindow, NEWEST_FIRST, type PagedRows } from './merged-lists.ts';
import { type Flag, flag } from './row-values.ts';

/** Something by id and name. */
export interface Named {
  readonly id: number;
  readonly name: string;
}

/** A user as these lists show one. */
export interface Holder {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly isActive: boolean;
  readonly isRadiusActivated: boolean;
  /** Their own one, whatever applies. */
  readonly profile: Named | null;
  readonly promotion: Named | null;
}

/** A promotion as the list of a profile's promotions shows one. */
export interface CarrierPromotion extends Named {
  readonly isActive: boolean;
  /** Inactive members too. */
  readonly userCount: number;
}

/** Beyond this many promotions of one profile, their members are one list that the database sorts. */
const PROMOTIONS_MERGED_MAX = 100;

/** Returns the active users whose effective profile a profile is (contract §0.10), their own or their promotion's, newest first. */
export async function pagedUsersOfProfile(
  { knex }: Database,
  profileId: number,
  remember: RememberCount,
): Promise<PagedRows<Holder>> {
  const promotions: { id: number }[] = await knex('promotions').where('profile_id', profileId).select('id');
  const promotionIds = promotions.map(({ id }) => id);
  const own = knex('users').where('is_active', true).where('profile_id', profileId);
  const all = [own, inheriting(knex, promotionIds)];
  // Each promotion by itself is a list that an index holds in order.
  const ordered = [own, ...promotionIds.map((id) => inheriting(knex, [id]))];
  const lists = promotionIds.length > PROMOTIONS_MERGED_MAX ? all : ordered;
  return {
    count: () => countLists(knex, all, `users of profile ${profileId}`, remember),
    rows: (window) => holdersIn(knex, lists, window),
  };
}

/** Returns the members of a promotion, inactive ones too, newest first. */
export function pagedMembers(
  { knex }: Database,
  promotionId: number,
  remember: RememberCount,
): PagedRows<Holder> {
  const members = knex('users').where('promotion_id', promotionId);
  const lists = [true, false].map((isActive) => members.clone().where('is_active', isActive));
  return {
    count: () => countLists(knex, [members], `members of promotion ${promotionId}`, remember),
    rows: (window) => holdersIn(knex, lists, window),
  };
}

function inheriting(knex: Knex, promotionIds: readonly number[]): Knex.QueryBuilder {
  return knex('users').where('is_active', true).whereNull('profile_id').whereIn('promotion_id', promotionIds);
}

/** Returns the active promotions that carry a profile, by name. */
export function pagedPromotionsOfProfile(
  { knex }: Database,
  profileId: number,
  remember: RememberCount,
): PagedRows<CarrierPromotion> {
  const promotions = knex('promotions').where('profile_id', profileId).where('is_active', true);
  return {
    count: () => countLists(knex, [promotions], `promotions of profile ${profileId}`, remember),
    rows: async (window) => {
      const ids = await idsInMergedWindow(knex, [promotions], BY_NAME, window);
      const found: CarrierRow[] = await knex('promotions')
        .whereIn('id', ids)
        .select('id', 'name', 'is_active');
      const heads = { table: 'users', column: 'promotion_id', onlyActive: false } as const;
      const counts = await headCounts(knex, heads, ids, remember);
      return inOrderOf(ids, found).map(({ id, name, is_active }) => ({
        id,
        name,
        isActive: flag(is_active),
        userCount: counts.get(id) ?? 0,
      }));
    },
  };
}

async function holdersIn(
  knex: Knex,
  lists: readonly Knex.QueryBuilder[],
  window: ListWindow,
): Promise<Holder[]> {
  const ids = await idsInMergedWindow(knex, lists, NEWEST_FIRST, window);
  const rows: HolderRow[] = await knex('users')
    .leftJoin('profiles', 'profiles.id', 'users.profile_id')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .whereIn('users.id', ids)
    .select('users.*', 'profiles.name as profile_name', 'promotions.name as promotion_name');
  return inOrderOf(ids, rows).map(holderFromRow);
}

interface CarrierRow {
  readonly id: number;
  readonly name: string;
  readonly is_active: Flag;
}

interface HolderRow {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly is_active: Flag;
  readonly is_radius_activated: Flag;
  readonly profile_id: number | null;
  readonly profile_name: string | null;
  readonly promotion_id: number | null;
  readonly promotion_name: string | null;
}

function holderFromRow(row: HolderRow): Holder {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    firstName: row.first_name,
    lastName: row.last_name,
    isActive: flag(row.is_active),
    isRadiusActivated: flag(row.is_radius_activated),
    profile: named(row.profile_id, row.profile_name),
    promotion: named(row.promotion_id, row.promotion_name),
  };
}

function named(id: number | null, name: string | null): Named | null {
  return id === null || name === null ? null : { id, name };
}
