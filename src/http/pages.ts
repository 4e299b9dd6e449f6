/** Lists in pages, as clients of the Django application know them (contract §5). */
import type { FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import type { ListWindow } from '../db/list-window.ts';
import { AppError } from '../errors.ts';
import { EXACT_COUNT_MAX } from '../profiles/head-counts.ts';
import { schemeOf } from './caller-address.ts';

const PAGE_SIZE = 20;
/** Contract §0. */
const PAGE_SIZE_MAX = 100;

/** The parameters of every list; whole numbers are checked here and not by the schema, since a bad page is a 404 and not a 400. */
export const pageParameters = {
  page: Type.Optional(Type.String({ description: 'The page, from 1, or `last`.', examples: ['1', 'last'] })),
  page_size: Type.Optional(
    Type.String({ description: `Rows per page, 1 to ${PAGE_SIZE_MAX}; ${PAGE_SIZE} without it.` }),
  ),
};

/** Returns the schema of a page of rows. */
export function PageOf<Row extends TSchema>(row: Row) {
  return Type.Object({
    count: Type.Integer({
      minimum: 0,
      description: `All rows; where they are more than ${EXACT_COUNT_MAX}, the figure may be a minute old.`,
    }),
    next: Type.Union([Type.String(), Type.Null()]),
    previous: Type.Union([Type.String(), Type.Null()]),
    results: Type.Array(row),
  });
}

/** What a client asked for. */
export interface PageQuery {
  readonly page?: string | undefined;
  readonly page_size?: string | undefined;
}

/** A list: how many rows it has, and some of them. */
export interface PagedList<Row> {
  readonly count: () => Promise<number>;
  readonly rows: (window: ListWindow) => Promise<readonly Row[]>;
}

/** Returns the page a request asks for; throws AppError `not_found` for one that is not there. Addresses of other pages keep the request's filters. */
export async function pageOf<Row, Shape>(
  request: FastifyRequest,
  query: PageQuery,
  list: PagedList<Row>,
  shape: (row: Row) => Shape,
): Promise<{ count: number; next: string | null; previous: string | null; results: Shape[] }> {
  const size = pageSizeOf(query.page_size);
  const count = await list.count();
  const last = Math.max(1, Math.ceil(count / size));
  const page = pageNumberOf(query.page, last);
  const rows = await list.rows(windowOf(page, { size, count, isLast: query.page === 'last' }));
  return {
    count,
    next: page < last ? pageUrl(request, page + 1) : null,
    previous: page > 1 ? pageUrl(request, page - 1) : null,
    results: rows.map(shape),
  };
}

/** A count may be older than the rows: numbered pages are counted from the start alone, so that they meet without a gap, and none but `last` from the end. */
function windowOf(
  page: number,
  { size, count, isLast }: { size: number; count: number; isLast: boolean },
): ListWindow {
  const offset = (page - 1) * size;
  return isLast
    ? { offset: 0, limit: Math.max(0, count - offset), isFromEnd: true }
    : { offset, limit: size, isFromEnd: false };
}

function pageNumberOf(text: string | undefined, last: number): number {
  if (text === undefined) return 1;
  if (text === 'last') return last;
  const page = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (page < 1 || page > last) throw new AppError('not_found', 'Invalid page.');
  return page;
}

/** As Django's paginator: a size that is none is the usual one, and a large one is the largest. */
function pageSizeOf(text: string | undefined): number {
  const size = text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  return size < 1 ? PAGE_SIZE : Math.min(size, PAGE_SIZE_MAX);
}

/** The first page's address has no `page` (contract §5). */
function pageUrl(request: FastifyRequest, page: number): string {
  return addressWith(request, { page: page === 1 ? undefined : String(page) });
}

/** Returns the address of a request with other parameters; undefined leaves one out. */
export function addressWith(
  request: FastifyRequest,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const url = new URL(request.url, `${schemeOf(request)}://${request.host || 'localhost'}`);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.href;
}
