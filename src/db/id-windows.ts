/** Walking a table by its primary key in windows of a bounded number of rows, so that no statement reads the whole of it. */
import type { Database } from './database.ts';

/** A range of ids: `low` and `high` belong to it. */
export interface IdWindow {
  readonly low: number;
  readonly high: number;
}

/** Yields the ids of a table from the highest down, `rows` of them to a window. What is added meanwhile is not seen. */
export async function* windowsDown(db: Database, table: string, rows: number): AsyncGenerator<IdWindow> {
  let below = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const window = await edges(db, table, { order: 'desc', compare: '<', from: below, rows });
    if (window === undefined) return;
    yield window;
    below = window.low;
  }
}

/** Yields the ids of a table from the lowest up, or from above one, `rows` of them to a window. */
export async function* windowsUp(
  db: Database,
  table: string,
  { rows, id = 'id', above = Number.MIN_SAFE_INTEGER }: { rows: number; id?: string; above?: number },
): AsyncGenerator<IdWindow> {
  for (let from = above; ; ) {
    const window = await edges(db, table, { order: 'asc', compare: '>', from, rows, id });
    if (window === undefined) return;
    yield window;
    from = window.high;
  }
}

async function edges(
  { knex }: Database,
  table: string,
  options: { order: 'asc' | 'desc'; compare: '<' | '>'; from: number; rows: number; id?: string },
): Promise<IdWindow | undefined> {
  const { order, compare, from, rows, id = 'id' } = options;
  const ids = knex(table).where(id, compare, from).orderBy(id, order).limit(rows).select({ id });
  const [row]: { low: number | null; high: number | null }[] = await knex(ids.as('ids'))
    .min('ids.id as low')
    .max('ids.id as high');
  return row === undefined || row.low === null || row.high === null
    ? undefined
    : { low: row.low, high: row.high };
}
