/** Changing promotions, and with them the effective profile of their members. */
import { changedFields } from '../audit/changed-fields.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction, type Transaction } from '../db/database.ts';
import { refuseInactive, refuseTakenName } from './assignable.ts';
import { noteChangedTerms } from './changed-terms.ts';
import type { CommandContext } from './command-context.ts';
import { columnsOf, givenFields } from './field-rules.ts';
import { applyProfileChange } from './profile-change.ts';
import { keepGiven } from './profile-store.ts';
import { checkPromotionFields, type Promotion, type PromotionFields } from './promotion.ts';
import {
  deletePromotionRow,
  insertPromotion,
  lockPromotion,
  PROMOTIONS,
  updatePromotionRow,
} from './promotion-store.ts';
import type { Reference } from './reference.ts';
import { keepTermsOfPromotion } from './terms-locks.ts';

/** What people may change on a promotion; its profile by name or id, null for none. */
export interface PromotionChanges {
  readonly name?: string | undefined;
  readonly isActive?: boolean | undefined;
  readonly profile?: Reference | null | undefined;
}

/** Creates a promotion and returns its id; throws AppError `invalid`, `conflict` for a taken name, `not_found` for an unknown profile. */
export function createPromotion(
  context: CommandContext,
  given: PromotionChanges & { readonly name: string },
): Promise<number> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    const profile = (await keepGiven(transaction, given.profile)) ?? null;
    refuseInactive(profile, null);
    const fields: PromotionFields = {
      name: given.name.trim(),
      isActive: given.isActive ?? true,
      profileId: profile?.id ?? null,
    };
    checkPromotionFields(fields);
    await refuseTakenName(transaction, PROMOTIONS, fields.name);
    const id = await insertPromotion(transaction, fields);
    await recordAudit(transaction, context.actor, {
      action: 'create',
      objectType: 'promotion',
      objectId: id,
      after: columnsOf(fields),
    });
    return id;
  });
}

/** Changes the given fields of a promotion and returns for how many members the effective profile changed; throws AppError `invalid`, `conflict`, `not_found`. */
export function updatePromotion(
  context: CommandContext,
  reference: Reference,
  changes: PromotionChanges,
  reason?: string,
): Promise<number> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    await keepTermsOfPromotion(transaction, reference, changes.profile);
    const profile = await keepGiven(transaction, changes.profile);
    const before = await lockPromotion(transaction, reference);
    refuseInactive(profile ?? null, before.profileId);
    const profileId = profile === undefined ? undefined : (profile?.id ?? null);
    const given = givenFields({ name: changes.name?.trim(), isActive: changes.isActive, profileId });
    checkPromotionFields(given);
    if (given.name !== undefined) await refuseTakenName(transaction, PROMOTIONS, given.name, before.id);
    const after = profileId === undefined ? before.profileId : profileId;
    const userCount = await changeMembers({ context, transaction, before, after, reason });
    await updatePromotionRow(transaction, before.id, given);
    const audited = changedFields(auditedFields(before), columnsOf(given));
    if (audited !== undefined) {
      await noteChangedTerms(transaction, { kind: 'promotion', id: before.id });
      await recordAudit(transaction, context.actor, {
        action: 'update',
        objectType: 'promotion',
        objectId: before.id,
        ...audited,
      });
    }
    return userCount;
  });
}

/** Gives a promotion a profile, or none (null), and returns for how many members the effective profile changed. */
export function assignProfileToPromotion(
  context: CommandContext,
  promotion: Reference,
  profile: Reference | null,
  reason?: string,
): Promise<number> {
  return updatePromotion(context, promotion, { profile }, reason);
}

/** Deletes a promotion and returns for how many members the effective profile changed; throws AppError `not_found`. */
export function deletePromotion(
  context: CommandContext,
  reference: Reference,
  reason?: string,
): Promise<number> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    await keepTermsOfPromotion(transaction, reference);
    const before = await lockPromotion(transaction, reference);
    const userCount = await changeMembers({ context, transaction, before, after: null, reason });
    await deletePromotionRow(transaction, before.id);
    // Whose it was, nobody can tell any more.
    await noteChangedTerms(transaction, { kind: 'all' });
    await recordAudit(transaction, context.actor, {
      action: 'delete',
      objectType: 'promotion',
      objectId: before.id,
      before: auditedFields(before),
    });
    return userCount;
  });
}

function auditedFields({ name, isActive, profileId }: Promotion) {
  return columnsOf({ name, isActive, profileId });
}

interface MembersChange {
  readonly context: CommandContext;
  readonly transaction: Transaction;
  readonly before: Promotion;
  /** The profile they inherit from now on. */
  readonly after: number | null;
  readonly reason: string | undefined;
}

/** Members with a profile of their own keep it (contract §2). */
function changeMembers({ context, transaction, before, after, reason }: MembersChange): Promise<number> {
  const inheriting = transaction
    .trx('users')
    .where('users.promotion_id', before.id)
    .whereNull('users.profile_id');
  return applyProfileChange(
    transaction,
    { users: inheriting, oldProfileId: before.profileId, newProfileId: after },
    { actor: context.actor, reason: reason ?? null, starts: context.periodStartsAt(transaction.now) },
  );
}
