/** The columns of `users` that signing in owns: `password` and `last_login`. */
import type { Transaction } from '../db/database.ts';
import { instantToText, lockRows } from '../db/dialect.ts';
import { noteForFreeradius } from '../profiles/freeradius-changes.ts';
import { findHolderById, type PasswordHolder } from './password-queries.ts';
import type { SecretBox } from './secret-box.ts';
import { type KnownPassword, writeSecret } from './stored-secret-store.ts';

/** Returns a user and locks their row until the transaction ends; undefined where they are gone. */
export function lockHolder(
  { dialect, trx }: Transaction,
  userId: number,
): Promise<PasswordHolder | undefined> {
  return findHolderById(trx, userId, lockRows[dialect]);
}

/** Notes that a user signed in, as Django does. */
export async function writeLastLogin({ trx, now }: Transaction, userId: number): Promise<void> {
  await trx('users')
    .where('id', userId)
    .update({ last_login: instantToText(now) });
}

/** Replaces the hash of a password that stays the same. */
export async function writeRehash(transaction: Transaction, userId: number, hash: string): Promise<void> {
  await transaction.trx('users').where('id', userId).update({ password: hash });
  await noteForFreeradius(transaction, { kind: 'user', id: userId });
}

/** Gives a user another password, and CHAP what it needs of it; a secret of the one before is gone whether there is a box or not. Returns what became of the secret. */
export async function writePassword(
  transaction: Transaction,
  box: SecretBox | undefined,
  known: KnownPassword,
): Promise<'stored' | 'removed' | 'none'> {
  const { trx, now } = transaction;
  await trx('users')
    .where('id', known.userId)
    .update({
      password: known.passwordHash,
      // The one in clear that the Django application kept is from now on a wrong one (contract §4, BUG).
      cleartext_password: null,
      updated_at: instantToText(now),
    });
  await noteForFreeradius(transaction, { kind: 'user', id: known.userId });
  return writeSecret(transaction, box, known);
}
