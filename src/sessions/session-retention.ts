/** Forgetting sessions that ended long ago. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import { type IdWindow, windowsUp } from '../db/id-windows.ts';
import { forgetSessions, forgettable, isYoung, nextImported } from './session-retention-store.ts';

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

/** Forgets sessions a piece at a time and returns how many those were. Rows that other programs wrote are left alone. */
export async function retainSessions(options: SessionRetentionOptions): Promise<number> {
  let count = 0;
  for (let above: number | undefined = Number.MIN_SAFE_INTEGER; above !== undefined; ) {
    const { forgotten, youngUntil } = await forgetUntilYoung(options, above);
    count += forgotten;
    // What was brought over from elsewhere is as old as it was there, among ids that are as young as the import.
    const next = youngUntil === undefined ? undefined : await nextImported(options.db, youngUntil);
    above = next === undefined ? undefined : next - 1;
  }
  return count;
}

/** Ids follow the time, so that what is young ends it: `youngUntil` is the last id that was seen to be young. */
async function forgetUntilYoung(
  options: SessionRetentionOptions,
  above: number,
): Promise<{ readonly forgotten: number; readonly youngUntil: number | undefined }> {
  const { db, before, signal, onForgotten } = options;
  let forgotten = 0;
  for await (const window of windowsUp(db, 'radacct', { rows: WINDOW_ROWS, id: 'radacctid', above })) {
    if (signal.aborted) break;
    const count = await gently(() => forgetWindow(options, window));
    forgotten += count;
    if (count > 0) onForgotten(count);
    else if (await isYoung(db, window, before)) return { forgotten, youngUntil: window.high };
  }
  return { forgotten, youngUntil: undefined };
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
