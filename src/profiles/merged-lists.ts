/** Lists a page at a time, also where the rows come from several lists each of which an index holds in order. */
import type { Knex } from 'knex';
import { directed, idsInWindow, type ListWindow, newestFirst, type Ordering } from '../db/list-window.ts';

/** A list: how many rows it has, and some of them. */
export interface PagedRows<Row> {
  readonly count: () => Promise<number>;
  readonly rows: (window: ListWindow) => Promise<Row[]>;
}

/** By name, as contract §1 sorts profiles and promotions. */
export const BY_NAME: readonly Ordering[] = [
  { column: 'name', order: 'asc' },
  { column: 'id', order: 'asc' },
];

/** By username, which is unique: with the id behind it MariaDB would sort what the index holds in order. */
export const BY_USERNAME: readonly Ordering[] = [{ column: 'username', order: 'asc' }];

/** Newest first, as contract §1 sorts users. */
export const NEWEST_FIRST = newestFirst('created_at');

/** Returns the ids of a page of several lists put in one order. Each list is a query of one table without select and order; only so much of it is read as the page may need. */
export async function idsInMergedWindow(
  knex: Knex,
  lists: readonly Knex.QueryBuilder[],
  ordering: readonly Ordering[],
  window: ListWindow,
): Promise<number[]> {
  const columns = [...new Set(['id', ...ordering.map(({ column }) => column)])];
  const [first, ...others] = lists.map((list) => {
    const head = list.clone().select(columns).orderBy(directed(ordering, window));
    return knex(head.limit(window.offset + window.limit).as('list')).select(columns);
  });
  if (first === undefined) return [];
  return idsInWindow(knex(first.unionAll(others).as('merged')).select('id'), ordering, window);
}
