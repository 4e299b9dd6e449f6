/** Writing down senders that somebody else has heard. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { saveSender } from './nas-store.ts';
import { bySender, type Sender } from './sender.ts';

/** Writes senders down; what radmeter has heard of them itself, and later, stays. */
export async function saveSenders(
  { db, clock }: { readonly db: Database; readonly clock: Clock },
  senders: readonly Sender[],
): Promise<void> {
  if (senders.length === 0) return;
  await inTransaction(db, clock, async (transaction) => {
    for (const sender of senders.toSorted(bySender)) await saveSender(transaction, sender);
  });
}
