/** Counting the open sessions without reading the whole of `radacct`. */
import type { Database } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import { closeKindCode } from './run-codes.ts';
import { nextSource } from './stale-queries.ts';

/** Returns how many sessions are open, source by source over the index of sources: what it reads grows with the sources and the open sessions, not with those of the past. An aborted signal ends it with what was counted so far. */
export async function countOpenSessions(db: Database, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (let source = await nextSource(db, ''); source !== undefined; source = await nextSource(db, source)) {
    if (signal?.aborted === true) break;
    const sourceAddress = source;
    count += await gently(() => countOfSource(db, sourceAddress));
  }
  return count;
}

async function countOfSource({ knex }: Database, sourceAddress: string): Promise<number> {
  const [row]: { sessions: number }[] = await knex('radacct')
    .where({ source_address: sourceAddress, close_kind: closeKindCode('open') })
    .count({ sessions: '*' });
  return Number(row?.sessions ?? 0);
}
