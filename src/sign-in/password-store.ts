/** The columns of `users` that signing in owns: `password` and `last_login`. */
import type { Transaction } from '../db/database.ts';
import { instantToText, lockRows } from '../db/dialect.ts';
import { findHolderById, type PasswordHolder } from './password-queries.ts';

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
export async function writeRehash({ trx }: Transaction, userId: number, hash: string): Promise<void> {
  await trx('users').where('id', userId).update({ password: hash });
}

/** Gives a user another password. */
export async function writePassword({ trx, now }: Transaction, userId: number, hash: string): Promise<void> {
  await trx('users')
    .where('id', userId)
    .update({
      password: hash,
      // The one in clear that the Django application kept is from now on a wrong one (contract §4, BUG).
      cleartext_password: null,
      updated_at: instantToText(now),
    });
}
