/** Storing and forgetting what CHAP and MS-CHAPv2 need of a user, apart from setting their password. */
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction } from '../db/database.ts';
import { noteForFreeradius } from '../profiles/freeradius-changes.ts';
import { findByReference, type Reference } from '../profiles/reference.ts';
import { USERS } from '../profiles/user-row.ts';
import { lockHolder } from './password-store.ts';
import type { SignInContext } from './sign-in-context.ts';
import { storedSecretOf } from './stored-secret-queries.ts';
import { type KnownPassword, keepSecret, removeSecret } from './stored-secret-store.ts';

/** What these commands work with. */
export type SecretContext = Pick<SignInContext, 'db' | 'reader' | 'clock' | 'secretBox'>;

/** Stores what CHAP needs of a password that was just proven right, if a key is set, it is not stored yet, and the user's hash is still the one it was right for. */
export async function learnSecret(context: SecretContext, proven: KnownPassword): Promise<void> {
  const { db, reader, clock, secretBox } = context;
  if (secretBox === undefined) return;
  // Looked at before anything is locked: nearly always it is there.
  const { found } = await storedSecretOf(reader.knex, secretBox, proven.userId);
  if (found) return;
  await inTransaction(db, clock, async (transaction) => {
    const holder = await lockHolder(transaction, proven.userId);
    if (holder?.password === proven.passwordHash) await keepSecret(transaction, secretBox, proven);
  });
}

/** Removes what is stored of a user for CHAP and MS-CHAPv2; their password stays, and their next login with it stores it again where a key is set. Throws AppError `not_found`. */
export async function forgetSecret(
  { db, reader, clock }: Pick<SecretContext, 'db' | 'reader' | 'clock'>,
  { user, actor }: { readonly user: Reference; readonly actor: Actor },
): Promise<{ readonly username: string; readonly wasStored: boolean }> {
  const { id, username } = await findByReference(reader.knex, USERS, user);
  const wasStored = await inTransaction(db, clock, async (transaction) => {
    await lockHolder(transaction, id);
    const isRemoved = await removeSecret(transaction, id);
    const entry = { action: 'forget_secret', objectType: 'user', objectId: id } as const;
    if (isRemoved) {
      await noteForFreeradius(transaction, { kind: 'user', id });
      await recordAudit(transaction, actor, entry);
    }
    return isRemoved;
  });
  return { username, wasStored };
}
