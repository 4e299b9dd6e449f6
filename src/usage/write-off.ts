/** Writing down what users were charged for in sessions that are forgotten. */
import type { Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { addForgotten } from './forgotten-store.ts';

/** Keeps the octets of forgotten sessions, by user, so that `verify` can prove the days without them; lock the sessions first. */
export async function writeOffSessions(
  transaction: Transaction,
  octetsByUser: ReadonlyMap<number, number>,
): Promise<void> {
  const { dialect, trx } = transaction;
  const userIds = [...octetsByUser.keys()];
  await lockRows[dialect](
    trx('user_profile_usage').whereIn('user_id', userIds).orderBy('user_id').select('id'),
  );
  await addForgotten(
    transaction,
    [...octetsByUser].map(([userId, sessionOctets]) => ({ userId, sessionOctets, dayOctets: 0 })),
  );
}
