/** The table `user_secrets`: every write to it. */
import type { Transaction } from '../db/database.ts';
import { noteForFreeradius } from '../profiles/freeradius-changes.ts';
import { ntHash } from './nt-hash.ts';
import { SEAL_BYTES, type SecretBox } from './secret-box.ts';
import { storedSecretOf } from './stored-secret-queries.ts';

/** A password a user has from now on, in clear and as `users` keeps it. */
export interface KnownPassword {
  readonly userId: number;
  readonly password: string;
  readonly passwordHash: string;
}

/** What the column holds. */
const SEALED_BYTES_MAX = 1024;

/** Stores what CHAP needs of a new password, or, where no key is set, removes what was stored of the one before; returns which. The user's row must be locked. */
export async function writeSecret(
  transaction: Transaction,
  box: SecretBox | undefined,
  { userId, password, passwordHash }: KnownPassword,
): Promise<'stored' | 'removed' | 'none'> {
  const { trx, now } = transaction;
  const wasStored = await removeSecret(transaction, userId);
  const clear = Buffer.from(password, 'utf8');
  // No NAS and no peer takes a password of that many octets.
  const fits = clear.length + SEAL_BYTES <= SEALED_BYTES_MAX;
  if (box === undefined || !fits) return wasStored ? 'removed' : 'none';
  const owner = { userId, passwordHash };
  await trx('user_secrets').insert({
    user_id: userId,
    secret: box.seal(clear, { ...owner, purpose: 'password' }),
    nt_hash: box.seal(ntHash(password), { ...owner, purpose: 'nt-hash' }),
    updated_at: now,
  });
  return 'stored';
}

/** Stores what CHAP needs of a password that was shown and is right, unless it is stored already. The user's row must be locked. */
export async function keepSecret(
  transaction: Transaction,
  box: SecretBox | undefined,
  known: KnownPassword,
): Promise<void> {
  if (box === undefined) return;
  const { found } = await storedSecretOf(transaction.trx, box, known.userId);
  if (found) return;
  await writeSecret(transaction, box, known);
  await noteForFreeradius(transaction, { kind: 'user', id: known.userId });
}

/** Removes a user's secret; returns whether there was one. */
export async function removeSecret({ trx }: Transaction, userId: number): Promise<boolean> {
  return (await trx('user_secrets').where('user_id', userId).delete()) > 0;
}
