/** Deleting what was set aside and nobody needs any more. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { type SetAsideSelection, setAsideIds } from './set-aside-queries.ts';

/** How many requests are gone for good, or would be. */
export interface Discarded {
  readonly count: number;
  /** Those of them whose octets were never metered. */
  readonly neverReplayed: number;
}

const DELETED_TOGETHER = 500;

/** Deletes the selected requests; a dry run only counts them. `onProgress` hears how many there are so far. Throws AppError `not_found` for ids that are not there, before anything is deleted. */
export async function discardSetAside(
  { db, clock }: { readonly db: Database; readonly clock: Clock },
  selection: SetAsideSelection,
  { isDryRun, onProgress }: { isDryRun: boolean; onProgress?: (count: number) => void },
): Promise<Discarded> {
  let count = 0;
  let neverReplayed = 0;
  for await (const ids of setAsideIds(db, selection, DELETED_TOGETHER)) {
    const replayedAt = await inTransaction(db, clock, async ({ dialect, trx }) => {
      const rows: { replayed_at: number | null }[] = await lockRows[dialect](
        trx('set_aside').whereIn('id', ids).select('replayed_at'),
      );
      if (!isDryRun) await trx('set_aside').whereIn('id', ids).delete();
      return rows.map((row) => row.replayed_at);
    });
    count += replayedAt.length;
    neverReplayed += replayedAt.filter((at) => at === null).length;
    onProgress?.(count);
  }
  return { count, neverReplayed };
}
