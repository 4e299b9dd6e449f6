/** Writing a change of profiles into the history by hand, such as one that happened elsewhere. */
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction, type Transaction } from '../db/database.ts';
import { instantToText, lockRows } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import type { CommandContext } from './command-context.ts';
import { wholeNumberOf } from './row-values.ts';

export const CHANGE_TYPES = ['assigned', 'updated', 'removed'] as const;
export type ChangeType = (typeof CHANGE_TYPES)[number];

/** A change to write down. */
export interface NewHistory {
  readonly userId: number;
  readonly oldProfileId: number | null;
  readonly newProfileId: number | null;
  readonly changeType: ChangeType;
  readonly reason: string | null;
}

/** Adds a change, made now by whoever asks, and returns its id; the user keeps their profile and usage. Throws AppError `invalid`, naming the field, for an unknown user or profile. */
export function createHistory(context: CommandContext, change: NewHistory): Promise<number> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    const oldName = await lockedName(transaction, PROFILE, { field: 'old_profile', id: change.oldProfileId });
    const newName = await lockedName(transaction, PROFILE, { field: 'new_profile', id: change.newProfileId });
    await lockedName(transaction, USER, { field: 'user', id: change.userId });
    const row = {
      user_id: change.userId,
      old_profile_id: change.oldProfileId,
      new_profile_id: change.newProfileId,
      old_profile_name: oldName,
      new_profile_name: newName,
      change_type: change.changeType,
      reason: change.reason,
    };
    const [inserted] = await transaction.trx('profile_history').insert({
      ...row,
      changed_by_id: context.actor.userId,
      changed_by_name: context.actor.name,
      changed_at: instantToText(transaction.now),
    });
    const id = wholeNumberOf(inserted, 'profile_history.id');
    await recordAudit(transaction, context.actor, {
      action: 'create',
      objectType: 'history',
      objectId: id,
      after: row,
    });
    return id;
  });
}

const PROFILE = { table: 'profiles', nameColumn: 'name' } as const;
const USER = { table: 'users', nameColumn: 'username' } as const;

/** Returns the name of a row and locks it, so that nobody deletes it meanwhile; null for none. */
async function lockedName(
  { dialect, trx }: Transaction,
  { table, nameColumn }: typeof PROFILE | typeof USER,
  { field, id }: { readonly field: string; readonly id: number | null },
): Promise<string | null> {
  if (id === null) return null;
  const [row]: { name: string }[] = await lockRows[dialect](
    trx(table).where('id', id).select({ name: nameColumn }),
  );
  if (row !== undefined) return row.name;
  throw new AppError('invalid', `Invalid pk "${id}" - object does not exist.`, { field });
}
