/** Counting the users over a quota. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../db/database.ts';

/** Some milliseconds' worth, for which nobody's batch notices that it waits. */
const CHUNK_ROWS = 2_000;

/** Returns how many active users were over a quota when their usage last changed; a chunk at a time, with pauses as long as the chunks, as an index on a flag would be rewritten with the usage. An aborted signal ends it with what was counted so far. */
export async function countExceededUsers({ knex }: Database, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (let afterId = 0; signal?.aborted !== true; ) {
    const beganAt = performance.now();
    const chunk = knex('user_profile_usage')
      .select('id', 'is_active', 'is_exceeded')
      .where('id', '>', afterId)
      .orderBy('id')
      .limit(CHUNK_ROWS)
      .as('chunk');
    const [row]: ChunkRow[] = await knex(chunk).select({
      last_id: knex.raw('MAX(id)'),
      rows: knex.raw('COUNT(*)'),
      exceeded: knex.raw('SUM(CASE WHEN is_active = 1 AND is_exceeded = 1 THEN 1 ELSE 0 END)'),
    });
    count += Number(row?.exceeded ?? 0);
    if (row?.last_id == null || row.rows < CHUNK_ROWS) break;
    afterId = row.last_id;
    await sleep(performance.now() - beganAt, undefined, { ref: false });
  }
  return count;
}

interface ChunkRow {
  readonly last_id: number | null;
  readonly rows: number;
  readonly exceeded: number | null;
}
