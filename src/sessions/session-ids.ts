/** Finding the ids of sessions, the newest first, by the primary key or an index that ends with it: no more of `radacct` is read than a page needs, or a bound allows. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';

/** Ids above one and up to another. */
export interface IdRange {
  readonly above: number;
  readonly upTo: number;
}

/** How to find them: the equalities of an index, one set for each part of it that is read (one empty set: the primary key alone), what else must hold, and where they are. */
export interface IdSearch {
  readonly branches: readonly Readonly<Record<string, string | number>>[];
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
const BRANCHES_PER_STATEMENT = 100;

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
  { branches, where }: IdSearch,
  { above, upTo, limit, isFromEnd }: IdRange & IdNeed,
): Promise<number[]> {
  const order = isFromEnd ? 'asc' : 'desc';
  const inBranch = (equalities: IdSearch['branches'][number]) => {
    const query = knex('radacct')
      .select('radacct.radacctid as id')
      .where('radacct.radacctid', '>', above)
      .where('radacct.radacctid', '<=', upTo)
      .orderBy('radacct.radacctid', order)
      .limit(limit);
    for (const [column, value] of Object.entries(equalities)) query.where(`radacct.${column}`, value);
    where(query);
    return query;
  };
  const found: number[] = [];
  for (let at = 0; at < branches.length; at += BRANCHES_PER_STATEMENT) {
    const parts = branches
      .slice(at, at + BRANCHES_PER_STATEMENT)
      .map((branch) => knex.select('id').from(inBranch(branch).as('branch')));
    const [first, ...others] = parts;
    const rows: { id: number }[] = first === undefined ? [] : await first.unionAll(others);
    for (const { id } of rows) found.push(id);
  }
  return found.sort((a, b) => (isFromEnd ? a - b : b - a));
}

/** Returns the range that holds all ids. */
export async function wholeRange({ knex }: Database): Promise<IdRange> {
  const [lowest]: { id: number | null }[] = await knex('radacct').min('radacctid as id');
  const [highest]: { id: number | null }[] = await knex('radacct').max('radacctid as id');
  return { above: (lowest?.id ?? 1) - 1, upTo: highest?.id ?? 0 };
}

/** So many rows of other programs, or gaps, are looked over. */
const PROBE_ROWS = 1_000;

/** Returns, of a range, the ids that were given from an instant (epoch milliseconds) on, found by halving: ids are given in the order in which first records come in. */
export async function idsSince({ knex }: Database, range: IdRange, instant: number): Promise<IdRange> {
  let [low, high] = [range.above + 1, range.upTo + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row]: { id: number; at: number }[] = await knex('radacct')
      .select('radacctid as id', 'arrival_started_at as at')
      .where('radacctid', '>=', middle)
      .where('radacctid', '<', middle + PROBE_ROWS)
      .whereNotNull('arrival_started_at')
      .orderBy('radacctid')
      .limit(1);
    // What other programs wrote was there before.
    if (row === undefined) low = Math.min(high, middle + PROBE_ROWS);
    else if (row.at < instant) low = Math.min(high, row.id + 1);
    else high = middle;
  }
  return { above: low - 1, upTo: range.upTo };
}
