/** Forgetting sessions that ended long ago. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import { type IdWindow, windowsUp } from '../db/id-windows.ts';
import { forgetSessions, forgettable, isYoung } from './session-retention-store.ts';

export interface SessionRetentionOptions {
  readonly db: Database;
  readonly clock: Clock;
  /** Sessions that ended, and were last heard of, before this are forgotten; epoch milliseconds. */
  readonly before: number;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  /** Told of each piece: how many rows. */
  readonly onForgotten: (count: number) => void;
  /** Writes down, in the transaction that forgets sessions, what octets of each user stood in them. */
  readonly writeOff: (transaction: Transaction, octetsByUser: ReadonlyMap<number, number>) => Promise<void>;
}

const WINDOW_ROWS = 500;

/** Forgets sessions a piece at a time and returns how many those were. Rows that other programs wrote are left alone. Ids follow the time, so that what is young ends it. */
export async function retainSessions(options: SessionRetentionOptions): Promise<number> {
  const { db, before, signal } = options;
  let count = 0;
  for await (const window of windowsUp(db, 'radacct', { rows: WINDOW_ROWS, id: 'radacctid' })) {
    if (signal.aborted) break;
    const forgotten = await gently(() => forgetWindow(options, window));
    count += forgotten;
    if (forgotten > 0) options.onForgotten(forgotten);
    else if (await isYoung(db, window, before)) break;
  }
  return count;
}

async function forgetWindow(
  { db, clock, before, isDryRun, writeOff }: SessionRetentionOptions,
  window: IdWindow,
): Promise<number> {
  const ids = await forgettable(db, window, before);
  if (ids.length === 0 || isDryRun) return ids.length;
  return inTransaction(db, clock, async (transaction) => {
    const { count, octetsByUser } = await forgetSessions(transaction, ids, before);
    await writeOff(transaction, octetsByUser);
    return count;
  });
}
