/** Which profiles and promotions a change rests on, locked in one order: profiles before promotions and those before users, each by id. Two changes that cross would otherwise wait for each other. */
import type { Transaction } from '../db/database.ts';
import { shareRows } from '../db/dialect.ts';
import { GIVEN_PROFILE } from './profile-store.ts';
import { GIVEN_PROMOTION, PROMOTIONS } from './promotion-store.ts';
import { findByReference, type Referable, type Reference } from './reference.ts';
import { USERS } from './user-row.ts';

/** What a user is to get: null for none, undefined where nothing is said about it. */
export interface GivenTerms {
  readonly profile: Reference | null | undefined;
  readonly promotion: Reference | null | undefined;
}

/**
 * Keeps, until the transaction ends, what a user has (null: who is yet to be) and is to get: the profiles, and the
 * promotions with what these carry. They are looked up without locks, so whoever reads them afterwards asks again;
 * whatever came meanwhile is locked then, out of order. Throws AppError `not_found`.
 */
export async function keepTermsOfUser(
  transaction: Transaction,
  user: Reference | null,
  { profile, promotion }: GivenTerms,
): Promise<void> {
  const { trx } = transaction;
  const givenProfile = await idOf(transaction, GIVEN_PROFILE, profile);
  const givenPromotion = await idOf(transaction, GIVEN_PROMOTION, promotion);
  const row = user === null ? undefined : await findByReference(trx, USERS, user);
  const promotionIds = known([givenPromotion, row?.promotion_id]);
  const carried: (number | null)[] =
    promotionIds.length === 0 ? [] : await trx('promotions').whereIn('id', promotionIds).pluck('profile_id');
  await keep(transaction, 'profiles', known([givenProfile, row?.profile_id, ...carried]));
  await keep(transaction, 'promotions', promotionIds);
}

/** Keeps, until the transaction ends, the profile that a promotion carries and the one it is to get. Throws AppError `not_found`. */
export async function keepTermsOfPromotion(
  transaction: Transaction,
  promotion: Reference,
  profile?: Reference | null,
): Promise<void> {
  const given = await idOf(transaction, GIVEN_PROFILE, profile);
  const row = await findByReference(transaction.trx, PROMOTIONS, promotion);
  await keep(transaction, 'profiles', known([given, row.profile_id]));
}

async function idOf<Row extends { readonly id: number }>(
  { trx }: Transaction,
  of: Referable<Row>,
  reference: Reference | null | undefined,
): Promise<number | undefined> {
  return reference === null || reference === undefined
    ? undefined
    : (await findByReference(trx, of, reference)).id;
}

function known(ids: readonly (number | null | undefined)[]): number[] {
  return [...new Set(ids.filter((id) => id !== null && id !== undefined))].sort((one, other) => one - other);
}

/** One statement each: what order a statement locks its rows in is the database's affair. */
async function keep({ dialect, trx }: Transaction, table: string, ids: readonly number[]): Promise<void> {
  for (const id of ids) await shareRows[dialect](trx(table).where('id', id).select('id'));
}
