/** Pages of lists: which rows each holds where the count is older than the rows, and the addresses of other pages. */
import type { FastifyRequest } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/http/app.ts';
import { setTokenCookie } from '../../src/http/cookies.ts';
import type { HttpApp } from '../../src/http/http-app.ts';
import { type PagedList, pageOf } from '../../src/http/pages.ts';
import { createLogger } from '../../src/logger.ts';

let rows: number[];
let count: number;
let app: HttpApp;

const list: PagedList<number> = {
  count: async () => count,
  rows: async ({ offset, limit, isFromEnd }) => {
    const found = (isFromEnd ? rows.toReversed() : rows).slice(offset, offset + limit);
    return isFromEnd ? found.toReversed() : found;
  },
};

beforeEach(async () => {
  rows = Array.from({ length: 60 }, (_, at) => at);
  count = 60;
  app = await buildApp({
    logger: createLogger('silent'),
    trustedProxies: ['127.0.0.1'],
    routes: [
      (root) => {
        root.get('/rows', (request: FastifyRequest<{ Querystring: Record<string, string> }>, reply) => {
          setTokenCookie(reply, 'x', 1_000);
          return pageOf(request, request.query, list, (row) => row);
        });
      },
    ],
  });
});
afterEach(() => app.close());

async function page(name: string): Promise<number[]> {
  const answer = await app.inject({ url: `/rows?page=${name}` });
  const body: { results: number[] } = answer.json();
  return body.results;
}

describe('while rows were added since they were counted', () => {
  it('numbered pages hold every row once up to the last of them', async () => {
    rows = Array.from({ length: 67 }, (_, at) => at);
    const shown = [...(await page('1')), ...(await page('2')), ...(await page('3'))];
    expect(shown).toEqual(rows.slice(0, 60));
  });

  it('the page called last ends with the last row', async () => {
    rows = Array.from({ length: 67 }, (_, at) => at);
    expect((await page('last')).at(-1)).toBe(66);
  });
});

it('the page called last begins where the one before it ends', async () => {
  rows = rows.slice(0, 53);
  count = 53;
  expect(await page('last')).toEqual(rows.slice(40));
});

describe('the address of the next page', () => {
  it.each([
    ['https', 'https://localhost/rows?page=2', true],
    ['HTTPS', 'https://localhost/rows?page=2', true],
    ['http', 'http://localhost/rows?page=2', false],
    ...['foo bar', 'http:', 'ht%tp', 'javascript', 'ws', ''].map((said): [string, string, boolean] => [
      said,
      'http://localhost/rows?page=2',
      false,
    ]),
  ])('where a trusted proxy says %j is %s', async (said, next, isSecure) => {
    const headers = { host: 'localhost', 'x-forwarded-proto': said };
    const answer = await app.inject({ url: '/rows', headers });
    expect([answer.statusCode, answer.json().next]).toEqual([200, next]);
    expect(String(answer.headers['set-cookie']).includes('Secure')).toBe(isSecure);
  });
});
