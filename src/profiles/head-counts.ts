/** How many rows lists have: exact while they are few, remembered where counting takes long. */
import type { Knex } from 'knex';

/** Returns a count that may be up to a minute old; `count` finds it anew. HTTP remembers, commands need not. */
export type RememberCount = (list: string, count: () => Promise<number>) => Promise<number>;

/** For whoever wants the number of this moment and has the time. */
export const countNow: RememberCount = (_list, count) => count();

/** Up to here a count is of this moment, whoever remembers. */
export const EXACT_COUNT_MAX = 500;
/** SQLite joins 500 selects at most. */
const IDS_PER_STATEMENT = 100;

/** Whose heads are counted: the rows of `table` that `column` says are somebody's, all of them or the active ones. */
export interface Heads {
  readonly table: 'users' | 'promotions';
  readonly column: 'profile_id' | 'promotion_id';
  readonly onlyActive: boolean;
}

/** Returns the number of heads by id. */
export async function headCounts(
  knex: Knex,
  heads: Heads,
  ids: readonly number[],
  remember: RememberCount,
): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (let at = 0; at < ids.length; at += IDS_PER_STATEMENT) {
    const chunk = ids.slice(at, at + IDS_PER_STATEMENT);
    const few = await countEach(
      knex,
      chunk.map((id) => firstOf(knex, rowsOf(knex, heads, id))),
    );
    for (const [index, id] of chunk.entries()) counts.set(id, few[index] ?? 0);
  }
  const many = ids.filter((id) => (counts.get(id) ?? 0) > EXACT_COUNT_MAX);
  await Promise.all(
    many.map(async (id) => {
      const all = () => countSum(knex, [rowsOf(knex, heads, id)]);
      counts.set(id, await remember(listName(heads, id), all));
    }),
  );
  return counts;
}

/** Returns how many rows some queries without select have together; `list` names them for `remember`. */
export async function countLists(
  knex: Knex,
  lists: readonly Knex.QueryBuilder[],
  list: string,
  remember: RememberCount,
): Promise<number> {
  const few = await countSum(
    knex,
    lists.map((rows) => firstOf(knex, rows)),
  );
  return few <= EXACT_COUNT_MAX ? few : remember(list, () => countSum(knex, lists));
}

/** One row more than is counted exactly tells that there are more. */
function firstOf(knex: Knex, rows: Knex.QueryBuilder): Knex.QueryBuilder {
  const few = rows
    .clone()
    .select(knex.raw('1'))
    .limit(EXACT_COUNT_MAX + 1);
  return knex(few.as('few'));
}

function rowsOf(knex: Knex, { table, column, onlyActive }: Heads, id: number): Knex.QueryBuilder {
  const rows = knex(table).where(column, id);
  return onlyActive ? rows.where('is_active', true) : rows;
}

async function countSum(knex: Knex, lists: readonly Knex.QueryBuilder[]): Promise<number> {
  const counts = await countEach(knex, lists);
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Returns the number of rows of each query, in one statement. */
async function countEach(knex: Knex, lists: readonly Knex.QueryBuilder[]): Promise<number[]> {
  const [first, ...others] = lists.map((rows, index) =>
    rows
      .clone()
      // Not a binding: knex puts those of a derived table before those of the select.
      .select(knex.raw(`${index} as list`))
      .count('* as rows'),
  );
  if (first === undefined) return [];
  const found: { list: number; rows: number }[] = await first.unionAll(others);
  const counts = new Map(found.map(({ list, rows }) => [list, rows]));
  return lists.map((_rows, index) => counts.get(index) ?? 0);
}

function listName({ table, column, onlyActive }: Heads, id: number): string {
  return `${onlyActive ? 'active ' : ''}${table} of ${column} ${id}`;
}
