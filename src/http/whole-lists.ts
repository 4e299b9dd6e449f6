/** Lists that clients know whole (contract §6): without `page` up to a thousand rows, however many there are, else a page. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { addressWith, type PagedList, type PageQuery, pageOf, pageParameters } from './pages.ts';

const WHOLE_MAX = 1_000;
/** What pages go on with where a whole list ends. */
const NEXT_PAGE_SIZE = 100;

const Address = Type.Union([Type.String(), Type.Null()]);

export const wholeListParameters = {
  ...pageParameters,
  page: Type.Optional(
    Type.String({
      description: `The page, from 1, or \`last\`; without it and \`page_size\` the first ${WHOLE_MAX} rows.`,
      examples: ['1', 'last'],
    }),
  ),
};

/** What such lists have beside their rows. */
export const wholeListFields = {
  total_count: Type.Integer({
    minimum: 0,
    description: 'All rows, shown or not; of very many up to a minute old.',
  }),
  next: Address,
  previous: Address,
};

/** Returns the rows a request asks for, and where those before and after them are; throws AppError `not_found` for a page that is not there. */
export async function wholeOrPageOf<Row, Shape>(
  request: FastifyRequest,
  query: PageQuery,
  list: PagedList<Row>,
  shape: (row: Row) => Shape,
): Promise<{ rows: Shape[]; total_count: number; next: string | null; previous: string | null }> {
  if (query.page !== undefined || query.page_size !== undefined) {
    const { results, count, next, previous } = await pageOf(request, query, list, shape);
    return { rows: results, total_count: count, next, previous: previous && withPage(request, previous) };
  }
  const count = await list.count();
  const rows = await list.rows({ offset: 0, limit: WHOLE_MAX, isFromEnd: false });
  return {
    rows: rows.map(shape),
    total_count: count,
    next: count > WHOLE_MAX ? nextAddress(request) : null,
    previous: null,
  };
}

function nextAddress(request: FastifyRequest): string {
  const page = String(WHOLE_MAX / NEXT_PAGE_SIZE + 1);
  return addressWith(request, { page, page_size: String(NEXT_PAGE_SIZE) });
}

/** The address of a first page leaves `page` out, which here would ask for the whole list. */
function withPage(request: FastifyRequest, address: string): string {
  return new URL(address).searchParams.has('page') ? address : addressWith(request, { page: '1' });
}
