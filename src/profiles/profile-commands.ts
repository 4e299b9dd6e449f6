/** Changing profiles. */
import { changedFields } from '../audit/changed-fields.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { refuseTakenName } from './assignable.ts';
import { noteChangedTerms } from './changed-terms.ts';
import type { CommandContext } from './command-context.ts';
import { columnsOf, givenFields } from './field-rules.ts';
import { checkProfile, NEW_PROFILE, type Profile, type ProfileFields } from './profile.ts';
import {
  applyLimitsChange,
  applyProfileChange,
  type ProfileChange,
  usersOfProfile,
} from './profile-change.ts';
import { countProfileUse, type ProfileUse } from './profile-queries.ts';
import { PROFILES } from './profile-row.ts';
import {
  alertsOfProfile,
  deleteProfileRow,
  insertProfile,
  lockProfile,
  updateProfileRow,
} from './profile-store.ts';
import type { Reference } from './reference.ts';

/** Creates a profile, with the contract's defaults for what is not given, and returns its id; throws AppError `invalid` for a bad field, `conflict` for a taken name. */
export function createProfile(
  context: CommandContext,
  given: Partial<ProfileFields> & Pick<ProfileFields, 'name'>,
): Promise<number> {
  const fields: ProfileFields = { name: given.name.trim(), ...NEW_PROFILE, ...trimmed(given) };
  checkProfile(fields);
  return inTransaction(context.db, context.clock, async (transaction) => {
    await refuseTakenName(transaction, PROFILES, fields.name);
    const id = await insertProfile(transaction, fields, context.actor.userId);
    await recordAudit(transaction, context.actor, {
      action: 'create',
      objectType: 'profile',
      objectId: id,
      after: columnsOf(fields),
    });
    return id;
  });
}

/** Changes the given fields of a profile; changed limits are in force for all its users at once (contract §0.7). Throws AppError `not_found`, `invalid`, `conflict`. */
export function updateProfile(
  context: CommandContext,
  reference: Reference,
  given: Partial<ProfileFields>,
): Promise<void> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    const before = await lockProfile(transaction, reference);
    const fields = trimmed(given);
    checkProfile({ ...fieldsOf(before), ...fields });
    if (fields.name !== undefined) {
      await refuseTakenName(transaction, PROFILES, fields.name, before.id);
    }
    await updateProfileRow(transaction, before.id, fields);
    if (changesLimits(before, fields)) {
      await applyLimitsChange(transaction, before.id, context.periodStartsAt(transaction.now));
    }
    const changes = changedFields(columnsOf(fieldsOf(before)), columnsOf(fields));
    if (changes === undefined) return;
    await noteChangedTerms(transaction, { kind: 'profile', id: before.id });
    await recordAudit(transaction, context.actor, {
      action: 'update',
      objectType: 'profile',
      objectId: before.id,
      ...changes,
    });
  });
}

/** How a profile is deleted. */
export interface ProfileDeletion {
  /** Deletes it although users or promotions carry it: they fall back to what is left (contract §0.15). */
  readonly force: boolean;
  /** How whoever asks says `force`, for the message. */
  readonly forcedBy?: string;
  readonly reason?: string | undefined;
}

/** Deletes a profile and returns who carried it; throws AppError `conflict` when somebody does and `force` is false, with the words of `forcedBy` for how to force it; `not_found`. */
export function deleteProfile(
  context: CommandContext,
  reference: Reference,
  { force, forcedBy, reason }: ProfileDeletion,
): Promise<ProfileUse> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    const profile = await lockProfile(transaction, reference);
    const use = await countProfileUse(transaction.trx, profile.id);
    if (!force && use.userCount + use.promotionCount > 0) throw inUse(profile, use, forcedBy);
    const users = usersOfProfile(transaction.trx, profile.id);
    const change: ProfileChange = {
      users,
      oldProfileId: profile.id,
      newProfileId: transaction.trx.raw('NULLIF(promotions.profile_id, ?)', [profile.id]),
    };
    await applyProfileChange(transaction, change, {
      actor: context.actor,
      reason: reason ?? null,
      starts: context.periodStartsAt(transaction.now),
    });
    const alerts = await alertsOfProfile(transaction, profile.id);
    await deleteProfileRow(transaction, profile);
    // Whose it was, nobody can tell any more.
    await noteChangedTerms(transaction, { kind: 'all' });
    await recordAudit(transaction, context.actor, {
      action: 'delete',
      objectType: 'profile',
      objectId: profile.id,
      before: {
        ...columnsOf(fieldsOf(profile)),
        users_count: use.userCount,
        promotions_count: use.promotionCount,
        alerts,
      },
    });
    return use;
  });
}

function inUse(profile: Profile, use: ProfileUse, forcedBy: string | undefined): AppError {
  const carriers = [counted(use.userCount, 'user'), counted(use.promotionCount, 'promotion')].flat();
  return new AppError(
    'conflict',
    `profile ${JSON.stringify(profile.name)} is in use by ${carriers.join(' and ')}; give them another one first, or force the deletion${forcedBy === undefined ? '' : ` (${forcedBy})`}`,
    { reason: 'profile_in_use' },
  );
}

function counted(count: number, noun: string): string[] {
  return count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`];
}

/** The API trims blanks around names (contract §1). */
function trimmed(given: Partial<ProfileFields>): Partial<ProfileFields> {
  const fields = givenFields(given);
  return fields.name === undefined ? fields : { ...fields, name: fields.name.trim() };
}

function fieldsOf(profile: Profile): ProfileFields {
  const {
    id: _id,
    createdById: _createdById,
    createdAt: _createdAt,
    updatedAt: _updatedAt,
    ...fields
  } = profile;
  return fields;
}

function changesLimits(before: Profile, fields: Partial<ProfileFields>): boolean {
  const limits = ['quotaType', 'dataVolume', 'dailyLimit', 'weeklyLimit', 'monthlyLimit'] as const;
  return limits.some((field) => fields[field] !== undefined && fields[field] !== before[field]);
}
