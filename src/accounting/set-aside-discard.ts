/** Deleting what was set aside and nobody needs any more. */
import type { Actor } from '../audit/actor.ts';
import { onlyOne, recordAudit } from '../audit/record-audit.ts';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { type SetAsideSelection, setAsideIds } from './set-aside-queries.ts';

/** How many requests are gone for good, or would be. */
export interface Discarded {
  readonly count: number;
  /** Those of them whose octets were never metered. */
  readonly neverReplayed: number;
}

export interface DiscardContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly actor: Actor;
}

const DELETED_TOGETHER = 500;

/** Deletes the selected requests; a dry run only counts them. `onProgress` hears how many there are so far. Throws AppError `not_found` for ids that are not there, before anything is deleted. */
export async function discardSetAside(
  { db, clock, actor }: DiscardContext,
  selection: SetAsideSelection,
  { isDryRun, onProgress }: { isDryRun: boolean; onProgress?: (count: number) => void },
): Promise<Discarded> {
  let count = 0;
  let neverReplayed = 0;
  for await (const ids of setAsideIds(db, selection, DELETED_TOGETHER)) {
    const found = await inTransaction(db, clock, async (transaction) => {
      const rows = await lockFound(transaction, ids);
      if (!isDryRun) await deleteFound(transaction, actor, rows);
      return rows;
    });
    count += found.length;
    neverReplayed += neverReplayedOf(found).length;
    onProgress?.(count);
  }
  return { count, neverReplayed };
}

interface FoundRow {
  readonly id: number;
  readonly replayed_at: number | null;
}

async function lockFound({ dialect, trx }: Transaction, ids: readonly number[]): Promise<FoundRow[]> {
  return lockRows[dialect](trx('set_aside').whereIn('id', ids).orderBy('id').select('id', 'replayed_at'));
}

/** One entry for all that go together: a misconfigured NAS fills the table by the million. */
async function deleteFound(transaction: Transaction, actor: Actor, rows: readonly FoundRow[]): Promise<void> {
  if (rows.length === 0) return;
  const ids = rows.map(({ id }) => id);
  await transaction.trx('set_aside').whereIn('id', ids).delete();
  await recordAudit(transaction, actor, {
    action: 'discard',
    objectType: 'set_aside',
    objectId: onlyOne(ids),
    before: { ids, never_replayed: neverReplayedOf(rows) },
  });
}

function neverReplayedOf(rows: readonly FoundRow[]): number[] {
  return rows.flatMap(({ id, replayed_at }) => (replayed_at === null ? [id] : []));
}
