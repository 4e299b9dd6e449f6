/** Reading another server's `radacct` in pieces, each of them short: it may hold tens of millions of rows. */
import type { Knex } from 'knex';
import type { Dialect } from '../db/dialect.ts';
import { sessionTimeMs } from '../db/session-time.ts';
import type { SourceDatabase, SourceRow } from './source-database.ts';

const TABLE = 'radacct';
const ROWS_TOGETHER = 200;
/** So many rows are looked over at once for those that are wanted. */
const WINDOW_ROWS = 5_000;

/** SQL that holds where a session ended since an instant; columns stand bare, so that an index serves it. */
interface Since {
  readonly sql: string;
  readonly values: readonly (number | string)[];
}

/** FreeRADIUS writes seconds since 1970 on SQLite, and others text in UTC, which sorts behind all numbers. */
const ENDED_SINCE: Record<Dialect, (since: number) => Since> = {
  mysql: (since) => ({ sql: 'acctstoptime >= FROM_UNIXTIME(?)', values: [since / 1000] }),
  sqlite: (since) => ({
    // A day has several spellings behind its date; the function tells those apart.
    sql: `((acctstoptime >= ? AND acctstoptime < '') OR acctstoptime >= ?) AND ${sessionTimeMs.sqlite('acctstoptime')} >= ?`,
    values: [Math.floor(since / 1000), new Date(since).toISOString().slice(0, 10), since],
  }),
};

/** Returns how many sessions are open or ended since an instant (epoch milliseconds; undefined: all there are); undefined where counting takes too long. */
export async function countSessions(
  source: SourceDatabase,
  since: number | undefined,
): Promise<number | undefined> {
  try {
    const [row]: { sessions: number }[] = await wanted(source, since).count('* as sessions');
    return Number(row?.sessions ?? 0);
  } catch {
    // Only whoever watches wants the number; a database that is away will be heard of by what reads on.
    return undefined;
  }
}

/** Yields those sessions in the order of their ids, a chunk at a time, with their instants as `started_ms`, `updated_ms` and `stopped_ms`. */
export async function* sessionRows(
  source: SourceDatabase,
  since: number | undefined,
): AsyncGenerator<readonly SourceRow[]> {
  let after = since === undefined ? 0 : await idBefore(source, since);
  for (;;) {
    const end = since === undefined ? undefined : await windowEnd(source, after);
    for (;;) {
      const rows = await rowsBetween(source, since, { after, end });
      if (rows.length > 0) yield rows;
      after = Number(rows.at(-1)?.['radacctid'] ?? after);
      if (rows.length < ROWS_TOGETHER) break;
    }
    if (end === undefined) return;
    after = end;
  }
}

function wanted({ reader: { knex, dialect } }: SourceDatabase, since: number | undefined) {
  const query = knex(TABLE);
  if (since === undefined) return query;
  const { sql, values } = ENDED_SINCE[dialect](since);
  return query.where((either) => either.whereNull('acctstoptime').orWhereRaw(`(${sql})`, [...values]));
}

/** Returns an id before all of those sessions; 0 where no index tells it soon enough. */
async function idBefore({ reader: { knex, dialect } }: SourceDatabase, since: number): Promise<number> {
  const { sql, values } = ENDED_SINCE[dialect](since);
  const lowest = async (query: Knex.QueryBuilder): Promise<number> => {
    // Of the bare key SQLite takes the first row that fits, however far that is.
    const [row]: { id: number | null }[] = await query.select(knex.raw('MIN(radacctid + 0) AS id'));
    return row?.id ?? Number.MAX_SAFE_INTEGER;
  };
  try {
    const open = await lowest(knex(TABLE).whereNull('acctstoptime'));
    const ended = await lowest(knex(TABLE).whereRaw(sql, [...values]));
    return Math.min(open, ended) - 1;
  } catch {
    return 0;
  }
}

/** Returns the last id of the window behind an id; undefined where all that is left is one. */
async function windowEnd({ reader: { knex } }: SourceDatabase, after: number): Promise<number | undefined> {
  const [row]: { radacctid: number }[] = await knex(TABLE)
    .where('radacctid', '>', after)
    .orderBy('radacctid')
    .offset(WINDOW_ROWS - 1)
    .limit(1)
    .select('radacctid');
  return row?.radacctid;
}

async function rowsBetween(
  source: SourceDatabase,
  since: number | undefined,
  { after, end }: { after: number; end: number | undefined },
): Promise<SourceRow[]> {
  const { knex, dialect } = source.reader;
  const instant = (column: string, name: string) => knex.raw(`${sessionTimeMs[dialect](column)} AS ${name}`);
  const query = wanted(source, since).where('radacctid', '>', after);
  if (end !== undefined) query.where('radacctid', '<=', end);
  return query
    .orderBy('radacctid')
    .limit(ROWS_TOGETHER)
    .select('*')
    .select(instant('acctstarttime', 'started_ms'))
    .select(instant('acctupdatetime', 'updated_ms'))
    .select(instant('acctstoptime', 'stopped_ms'));
}
