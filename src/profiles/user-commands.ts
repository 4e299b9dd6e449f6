/** Changing users: who they are, which profile and which promotion they have. */
import { changedFields, hiddenSecret } from '../audit/changed-fields.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction, type Transaction } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { refuseInactive, refuseTakenName } from './assignable.ts';
import { noteChangedTerms } from './changed-terms.ts';
import type { CommandContext } from './command-context.ts';
import { columnsOf, givenFields } from './field-rules.ts';
import { noteForFreeradius } from './freeradius-changes.ts';
import { applyProfileChange } from './profile-change.ts';
import { keepGiven } from './profile-store.ts';
import type { Promotion } from './promotion.ts';
import { keepPromotion } from './promotion-store.ts';
import type { Reference } from './reference.ts';
import { revokeSignInsOf } from './revoke-sign-ins.ts';
import { keepTermsOfUser } from './terms-locks.ts';
import {
  checkEnteredFields,
  NEW_USER,
  refuseActorName,
  USER_RULES,
  type User,
  type UserFields,
} from './user.ts';
import { USERS } from './user-row.ts';
import { deleteUserRow, insertUser, lockUser, updateUserRow } from './user-store.ts';

/** What people may change on a user; profile and promotion by name or id, null for none. */
export type UserChanges = { readonly [F in PlainField]?: UserFields[F] | undefined } & {
  readonly profile?: Reference | null | undefined;
  readonly promotion?: Reference | null | undefined;
};

type PlainField = Exclude<keyof UserFields, 'profileId' | 'promotionId'>;

/** A user to be. */
export type NewUser = UserChanges & {
  readonly username: string;
  /** The hash of their password; without one they cannot sign in with any. */
  readonly passwordHash?: string | undefined;
};

/** Creates a user and returns their id; with a profile, their own or their promotion's, usage starts now. What `alongside` writes takes place in the same transaction. Throws AppError `invalid`, `conflict` for a taken name, `not_found`. */
export function createUser(
  context: CommandContext,
  { profile: profileGiven, promotion: promotionGiven, passwordHash, ...given }: NewUser,
  alongside?: ChangeTerms['alongside'],
): Promise<number> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    await keepTermsOfUser(transaction, null, { profile: profileGiven, promotion: promotionGiven });
    const profile = (await keepGiven(transaction, profileGiven)) ?? null;
    const promotion = (await keepGivenPromotion(transaction, promotionGiven)) ?? null;
    refuseInactive(profile, null);
    const fields: UserFields = {
      username: given.username,
      ...NEW_USER,
      ...givenFields(given),
      profileId: profile?.id ?? null,
      promotionId: promotion?.id ?? null,
    };
    checkEnteredFields(fields);
    refuseActorName(fields.username);
    await refuseTakenName(transaction, USERS, fields.username);
    const id = await insertUser(transaction, fields, passwordHash);
    const after = fields.profileId ?? promotion?.profileId ?? null;
    await changeOne({ context, transaction, id, before: null, after, reason: undefined });
    await noteForFreeradius(transaction, { kind: 'user', id });
    await recordAudit(transaction, context.actor, {
      action: 'create',
      objectType: 'user',
      objectId: id,
      after: {
        ...columnsOf(fields),
        ...(passwordHash === undefined ? {} : { password: hiddenSecret(passwordHash) }),
      },
    });
    await alongside?.(transaction, id);
    return id;
  });
}

/** Changes the given fields of a user, history and usage included where the effective profile changes; whoever is deactivated or active again is signed in nowhere. Throws AppError `invalid`, `conflict`, `not_found`. */
export function updateUser(
  context: CommandContext,
  reference: Reference,
  changes: UserChanges,
  reason?: string,
): Promise<void> {
  return changeUser(context, reference, changes, { reason });
}

/** As updateUser; what `alongside` writes for the user with this id takes place in the same transaction, so both do or neither. */
export function updateUserAlong(
  context: CommandContext,
  reference: Reference,
  changes: UserChanges,
  alongside: (transaction: Transaction, userId: number) => Promise<void>,
): Promise<void> {
  return changeUser(context, reference, changes, { alongside });
}

/** Under which circumstances a user is changed. */
interface ChangeTerms {
  readonly reason?: string | undefined;
  /** The change is refused where the user's own profile is not this one. */
  readonly ownProfileId?: number | undefined;
  readonly alongside?: (transaction: Transaction, userId: number) => Promise<void>;
}

function changeUser(
  context: CommandContext,
  reference: Reference,
  { profile: profileGiven, promotion: promotionGiven, ...given }: UserChanges,
  { reason, ownProfileId, alongside }: ChangeTerms,
): Promise<void> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    await keepTermsOfUser(transaction, reference, { profile: profileGiven, promotion: promotionGiven });
    const profile = await keepGiven(transaction, profileGiven);
    const promotion = await keepGivenPromotion(transaction, promotionGiven);
    const before = await lockUser(transaction, reference);
    if (ownProfileId !== undefined) refuseOtherProfile(before, ownProfileId);
    const promotionBefore = await keepPromotionOf(transaction, before);
    refuseInactive(profile ?? null, before.profileId);
    const fields = givenFields({ ...given, profileId: idOf(profile), promotionId: idOf(promotion) });
    checkEnteredFields(fields, before);
    if (fields.username !== undefined && fields.username !== before.username) {
      refuseActorName(fields.username);
      await refuseTakenName(transaction, USERS, fields.username, before.id);
    }
    const promotionAfter = promotion === undefined ? promotionBefore : promotion;
    await changeOne({
      context,
      transaction,
      id: before.id,
      before: before.profileId ?? promotionBefore?.profileId ?? null,
      after: (profile === undefined ? before.profileId : idOf(profile)) ?? promotionAfter?.profileId ?? null,
      reason,
    });
    await updateUserRow(transaction, before, fields);
    // Both ways: whoever is active again signs in anew, also where another program had deactivated them.
    if ((fields.isActive ?? before.isActive) !== before.isActive) {
      await revokeSignInsOf(transaction, before.id);
    }
    const audited = changedFields(auditedFields(before), columnsOf(fields));
    if (audited !== undefined) {
      await noteChangedTerms(transaction, { kind: 'user', id: before.id });
      await recordAudit(transaction, context.actor, {
        action: 'update',
        objectType: 'user',
        objectId: before.id,
        ...audited,
      });
    }
    await alongside?.(transaction, before.id);
  });
}

/** Gives a user a profile of their own. */
export function assignProfileToUser(
  context: CommandContext,
  user: Reference,
  profile: Reference,
  reason?: string,
): Promise<void> {
  return updateUser(context, user, { profile }, reason);
}

/** Takes a user's own profile away; their promotion's, if there is one, applies from then on. With `ownProfileId` throws AppError `conflict` where they have another one. */
export function removeProfileFromUser(
  context: CommandContext,
  user: Reference,
  terms: { readonly reason?: string | undefined; readonly ownProfileId?: number } = {},
): Promise<void> {
  return changeUser(context, user, { profile: null }, terms);
}

/** Deletes a user with usage, history and credentials; their sessions stay in `radacct`. Throws AppError `not_found`. */
export function deleteUser(context: CommandContext, reference: Reference): Promise<void> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    const before = await lockUser(transaction, reference);
    await deleteUserRow(transaction, before);
    await noteForFreeradius(transaction, { kind: 'user', id: before.id });
    await recordAudit(transaction, context.actor, {
      action: 'delete',
      objectType: 'user',
      objectId: before.id,
      before: auditedFields(before),
    });
  });
}

function refuseOtherProfile(user: User, profileId: number): void {
  if (user.profileId === profileId) return;
  throw new AppError('conflict', "Cet utilisateur n'a pas ce profil assigné.", {
    reason: 'profile_mismatch',
  });
}

/** What people may set, and no more: columns of credentials are not among it. */
function auditedFields(user: User) {
  const set = Object.keys(USER_RULES);
  return columnsOf(Object.fromEntries(Object.entries(user).filter(([field]) => set.includes(field))));
}

interface OneChange {
  readonly context: CommandContext;
  readonly transaction: Transaction;
  readonly id: number;
  /** Effective profiles. */
  readonly before: number | null;
  readonly after: number | null;
  readonly reason: string | undefined;
}

async function changeOne({ context, transaction, id, before, after, reason }: OneChange): Promise<void> {
  if (before === after) return;
  await applyProfileChange(
    transaction,
    { users: transaction.trx('users').where('users.id', id), oldProfileId: before, newProfileId: after },
    { actor: context.actor, reason: reason ?? null, starts: context.periodStartsAt(transaction.now) },
  );
}

async function keepGivenPromotion(
  transaction: Transaction,
  reference: Reference | null | undefined,
): Promise<Promotion | null | undefined> {
  if (reference === null || reference === undefined) return reference;
  return keepPromotion(transaction, reference);
}

/** Kept although it may stay: what it gives its members must not change meanwhile. */
async function keepPromotionOf(transaction: Transaction, user: User): Promise<Promotion | null> {
  return user.promotionId === null ? null : keepPromotion(transaction, user.promotionId);
}

function idOf(row: { readonly id: number } | null | undefined): number | null | undefined {
  return row === undefined ? undefined : (row?.id ?? null);
}
