/** Counting the users over a quota. */
import type { Database } from '../db/database.ts';
import { gently } from '../db/gently.ts';

/** Some milliseconds' worth, for which nobody's batch notices that it waits. */
const CHUNK_ROWS = 2_000;

/** Returns how many active users were over a quota when their usage last changed; chunk by chunk, as an index on a flag would be rewritten with the usage. An aborted signal ends it with what was counted so far. */
export async function countExceededUsers(db: Database, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for (let afterId = 0; signal?.aborted !== true; ) {
    const { lastId, rows, exceeded } = await gently(() => countChunk(db, afterId));
    count += exceeded;
    if (lastId === null || rows < CHUNK_ROWS) break;
    afterId = lastId;
  }
  return count;
}

async function countChunk(
  { knex }: Database,
  afterId: number,
): Promise<{ lastId: number | null; rows: number; exceeded: number }> {
  const chunk = knex('user_profile_usage')
    .select('id', 'is_active', 'is_exceeded')
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(CHUNK_ROWS)
    .as('chunk');
  const [row]: { last_id: number | null; row_count: number; exceeded: number | null }[] = await knex(
    chunk,
  ).select({
    last_id: knex.raw('MAX(id)'),
    row_count: knex.raw('COUNT(*)'),
    exceeded: knex.raw('SUM(CASE WHEN is_active = 1 AND is_exceeded = 1 THEN 1 ELSE 0 END)'),
  });
  return {
    lastId: row?.last_id ?? null,
    rows: Number(row?.row_count ?? 0),
    exceeded: Number(row?.exceeded ?? 0),
  };
}
