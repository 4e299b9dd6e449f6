/** One page of a long list, found by an index from the nearer end. */
import type { Knex } from 'knex';

/** Which rows of an ordered list a page shows, counted from its start, or from its end. */
export interface ListWindow {
  readonly offset: number;
  readonly limit: number;
  readonly isFromEnd: boolean;
}

/** A column of the ordering, the most significant first; the last one must be unique, so that pages neither repeat nor lose rows. */
export interface Ordering {
  readonly column: string;
  readonly order: 'asc' | 'desc';
}

/** Returns the ordering by a column of instants, the newest first, and by id where instants are the same. */
export function newestFirst(column: string): readonly Ordering[] {
  return [
    { column, order: 'desc' },
    { column: 'id', order: 'desc' },
  ];
}

/** Returns an ordering as the rows of a page are read: backward where they are counted from the end. */
export function directed(
  ordering: readonly Ordering[],
  { isFromEnd }: Pick<ListWindow, 'isFromEnd'>,
): Ordering[] {
  const backward = { asc: 'desc', desc: 'asc' } as const;
  return ordering.map(({ column, order }) => ({ column, order: isFromEnd ? backward[order] : order }));
}

/** Returns the ids of a page in the list's order. `ids` selects `id` of the rows, filtered and unordered; only an index that begins with the ordering makes this fast. */
export async function idsInWindow(
  ids: Knex.QueryBuilder,
  ordering: readonly Ordering[],
  { offset, limit, isFromEnd }: ListWindow,
): Promise<number[]> {
  const directly = directed(ordering, { isFromEnd });
  const rows: { id: number }[] = await ids.orderBy(directly).offset(offset).limit(limit);
  const found = rows.map(({ id }) => id);
  return isFromEnd ? found.reverse() : found;
}

/** Returns rows in the order of their ids; an id whose row is gone meanwhile is left out. */
export function inOrderOf<Row extends { readonly id: number }>(
  ids: readonly number[],
  rows: readonly Row[],
): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
