/** Finding the ids of sessions, the newest first, by the primary key or an index that ends with it: no more of `radacct` is read than a page needs, or a bound allows. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';

/** Ids above one and up to another. */
export interface IdRange {
  readonly above: number;
  readonly upTo: number;
}

/** How to find them. */
export interface IdSearch {
  /** The columns an index begins with, and the values of each that are looked for; undefined: the primary key alone. */
  readonly index: Readonly<Record<string, readonly (string | number)[]>> | undefined;
  /** What else must hold. */
  readonly where: (query: Knex.QueryBuilder) => void;
  readonly range: IdRange;
  /** How many ids of the range are looked at, at most. */
  readonly width: number;
}

/** How many are needed, and from which end. */
export interface IdNeed {
  readonly limit: number;
  readonly isFromEnd: boolean;
}

export interface FoundIds {
  /** In the order they were looked for. */
  readonly ids: readonly number[];
  /** Whether the whole range was looked through; false where the limit or the width ended it. */
  readonly isComplete: boolean;
}

const FIRST_WIDTH_MIN = 2_000;
/** Most rows that are looked at fit, in the usual case. */
const WIDTH_PER_ROW = 4;
const WIDTH_GROWTH = 8;

/** Returns the ids nearest to one end. It looks in bands of ids, each wider than the one before, so that what is common is found at once and what is rare is not looked for row by row. */
export async function findIds(db: Database, search: IdSearch, need: IdNeed): Promise<FoundIds> {
  const ids: number[] = [];
  const { above, upTo } = boundedRange(search, need);
  let [low, high] = [above, upTo];
  for (let width = Math.max(FIRST_WIDTH_MIN, need.limit * WIDTH_PER_ROW); low < high; width *= WIDTH_GROWTH) {
    const band = need.isFromEnd
      ? { above: low, upTo: Math.min(high, low + width) }
      : { above: Math.max(low, high - width), upTo: high };
    const limit = need.limit - ids.length;
    const found = await idsInBand(db.knex, search, { ...band, limit, isFromEnd: need.isFromEnd });
    for (const id of found.slice(0, limit)) ids.push(id);
    if (need.isFromEnd) low = band.upTo;
    else high = band.above;
    if (ids.length >= need.limit) return { ids, isComplete: false };
  }
  return { ids, isComplete: above === search.range.above && upTo === search.range.upTo };
}

function boundedRange({ range, width }: IdSearch, { isFromEnd }: IdNeed): IdRange {
  return isFromEnd
    ? { above: range.above, upTo: Math.min(range.upTo, range.above + width) }
    : { above: Math.max(range.above, range.upTo - width), upTo: range.upTo };
}

async function idsInBand(
  knex: Knex,
  { index, where }: IdSearch,
  { above, upTo, limit, isFromEnd }: IdRange & IdNeed,
): Promise<number[]> {
  const query = knex('radacct')
    .select('radacct.radacctid as id')
    .where('radacct.radacctid', '>', above)
    .where('radacct.radacctid', '<=', upTo);
  for (const [column, values] of Object.entries(index ?? {})) query.whereIn(`radacct.${column}`, [...values]);
  where(query);
  // Asked for an order, a database may rather read the table from its end than the index; the band is the limit.
  if (index === undefined) query.orderBy('radacct.radacctid', isFromEnd ? 'asc' : 'desc').limit(limit);
  const rows: { id: number }[] = await query;
  return rows.map(({ id }) => id).sort((a, b) => (isFromEnd ? a - b : b - a));
}

/** Returns the range that holds all ids. */
export async function wholeRange({ knex }: Database): Promise<IdRange> {
  const [lowest]: { id: number | null }[] = await knex('radacct').min('radacctid as id');
  const [highest]: { id: number | null }[] = await knex('radacct').max('radacctid as id');
  return { above: (lowest?.id ?? 1) - 1, upTo: highest?.id ?? 0 };
}

/** So many rows of other programs are looked over. */
const PROBE_IDS = 1_000;

/** Returns, of a range, the ids that were given from an instant (epoch milliseconds) on, found by halving: ids are given in the order in which first records come in. */
export async function idsSince(db: Database, range: IdRange, instant: number): Promise<IdRange> {
  let [low, high] = [range.above + 1, range.upTo + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const next = await firstFrom(db, middle);
    if (next === undefined) high = middle;
    else if (next.at !== null && next.at >= instant) high = middle;
    else low = Math.min(high, next.id + 1);
  }
  return { above: low - 1, upTo: range.upTo };
}

/** Returns the first row from an id on, over whatever gap, and when its first record came; of rows of other programs, which were there before ours, the last one that was looked over, at null. */
async function firstFrom(
  { knex }: Database,
  id: number,
): Promise<{ id: number; at: number | null } | undefined> {
  const rows = () =>
    knex('radacct').select('radacctid as id', 'arrival_started_at as at').orderBy('radacctid').limit(1);
  const [first]: { id: number; at: number | null }[] = await rows().where('radacctid', '>=', id);
  if (first === undefined || first.at !== null) return first;
  const last = first.id + PROBE_IDS;
  const [ours]: { id: number; at: number }[] = await rows()
    .whereBetween('radacctid', [first.id, last])
    .whereNotNull('arrival_started_at');
  return ours ?? { id: last, at: null };
}
