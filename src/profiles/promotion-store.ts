/** The table `promotions`: cohorts of users that can carry a profile, and every write to it. */
import type { Transaction } from '../db/database.ts';
import { instantToText, lockRows, shareRows } from '../db/dialect.ts';
import { columnsOf } from './field-rules.ts';
import type { Promotion, PromotionFields } from './promotion.ts';
import { findByReference, type Referable, type Reference } from './reference.ts';
import { type Flag, flag, wholeNumberOf } from './row-values.ts';

/** A row as the driver hands it out. */
export interface PromotionRow {
  readonly id: number;
  readonly name: string;
  readonly is_active: Flag;
  readonly profile_id: number | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export const PROMOTIONS: Referable<PromotionRow> = {
  kind: 'promotion',
  table: 'promotions',
  nameColumn: 'name',
};

/** A promotion that the field `promotion` refers to. */
export const GIVEN_PROMOTION: Referable<PromotionRow> = { ...PROMOTIONS, field: 'promotion' };

export function promotionFromRow(row: PromotionRow): Promotion {
  return {
    id: row.id,
    name: row.name,
    isActive: flag(row.is_active),
    profileId: row.profile_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Returns a promotion and locks its row until the transaction ends, and with it who its members are and what they inherit; throws AppError `not_found`. */
export async function lockPromotion({ dialect, trx }: Transaction, reference: Reference): Promise<Promotion> {
  return promotionFromRow(await findByReference(trx, PROMOTIONS, reference, lockRows[dialect]));
}

/** Returns a user's promotion, theirs or the one they are to get, and keeps what it gives its members as it is until the transaction ends; throws AppError `not_found`, naming the field. */
export async function keepPromotion({ dialect, trx }: Transaction, reference: Reference): Promise<Promotion> {
  return promotionFromRow(await findByReference(trx, GIVEN_PROMOTION, reference, shareRows[dialect]));
}

/** Adds a promotion and returns its id. */
export async function insertPromotion({ trx, now }: Transaction, fields: PromotionFields): Promise<number> {
  const at = instantToText(now);
  const [id] = await trx('promotions').insert({ ...columnsOf(fields), created_at: at, updated_at: at });
  return wholeNumberOf(id, 'promotions.id');
}

/** Overwrites the given fields of a promotion. */
export async function updatePromotionRow(
  { trx, now }: Transaction,
  id: number,
  fields: Partial<PromotionFields>,
): Promise<void> {
  await trx('promotions')
    .where({ id })
    .update({ ...columnsOf(fields), updated_at: instantToText(now) });
}

/** Deletes a promotion; its members stay, without one. */
export async function deletePromotionRow({ trx, now }: Transaction, id: number): Promise<void> {
  await trx('users')
    .where('promotion_id', id)
    .update({ promotion_id: null, updated_at: instantToText(now) });
  await trx('promotions').where({ id }).delete();
}
