/** The real server: bytes that no client library would send, and fuzzed requests many at a time. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeEachDatabase } from '../../support/databases.ts';
import type { SignedInApi } from '../../support/signed-in-api.ts';
import { wholeApi } from '../../support/whole-api.ts';
import { seedEverything } from '../../support/whole-seed.ts';
import { rawExchange } from './raw-exchange.ts';
import { type TableWatch, watchTables } from './table-watch.ts';

const LIST = '/api/core/profiles?page_size=1';
const JSON_TYPE = 'Content-Type: application/json\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const SMUGGLED = 'POST /api/core/promotions HTTP/1.1\r\nHost: x\r\n\r\n{"name":"smuggled"}';

/** What is asked for by an administrator: the first line without version, headers beside those of everybody, a body; and the status of each answer. */
const CASES: readonly (readonly [
  name: string,
  line: string,
  headers: string,
  body: string,
  statuses: string,
])[] = [
  ['as it should be', `GET ${LIST}`, '', '', '200'],
  ['a second Authorization', `GET ${LIST}`, 'Authorization: Bearer x\r\n', '', '400'],
  ['the same Authorization twice', `GET ${LIST}`, '%AUTHORIZATION%', '', '400'],
  ['a second Host', `GET ${LIST}`, 'Host: y\r\n', '', '400'],
  ['a cookie beside the token', `GET ${LIST}`, 'Cookie: access_token=x\r\n', '', '200'],
  ['headers that are too large', `GET ${LIST}`, `X: ${'a'.repeat(20_000)}\r\n`, '', '431'],
  ['very many headers', `GET ${LIST}`, 'x: 1\r\n'.repeat(2_500), '', '431'],
  ['many headers', `GET ${LIST}`, 'x: 1\r\n'.repeat(500), '', '200'],
  ['a header over two lines', `GET ${LIST}`, 'X: a\r\n b\r\n', '', '400'],
  ['a header with NUL', `GET ${LIST}`, 'X: a\0b\r\n', '', '400'],
  ['a header without colon', `GET ${LIST}`, 'nonsense\r\n', '', '400'],
  ['another address as target', 'GET http://evil.example/api/core/profiles', '', '', '200'],
  ['an address that is none', `GET http://x:99999${LIST}`, '', '', '400'],
  ['an address without host', `GET http://${LIST}`, '', '', '400'],
  ['a star as target', 'OPTIONS *', '', '', '404'],
  ['octets beyond ASCII in the path', 'GET /api/core/explain/\u00e9', '', '', '400'],
  ['a blank in the path', 'GET /api/core/explain/a b', '', '', '400'],
  ['a control character in the path', 'GET /api/core/explain/\u0001', '', '', '400'],
  ['dots in the path', 'GET /api/core/../../etc/passwd', '', '', '404'],
  ['encoded dots in the path', 'GET /api/core/promotions/%2e%2e/users', '', '', '404'],
  ['two slashes', 'GET //api/core/profiles', '', '', '404'],
  ['slashes the wrong way', 'GET /api\\core\\profiles', '', '', '404'],
  ['a long path', `GET /api/core/explain/${'a'.repeat(12_000)}`, '', '', '414'],
  ['a path that is too long', `GET /${'a'.repeat(20_000)}`, '', '', '431'],
  ['a method in small letters', `get ${LIST}`, '', '', '400'],
  ['a method that is none', `FOO ${LIST}`, '', '', '400'],
  ['a method of others', `QUERY ${LIST}`, '', '', '405'],
  ['TRACE', `TRACE ${LIST}`, '', '', '405'],
  ['an upgrade', `GET ${LIST}`, 'Upgrade: websocket\r\n', '', '200'],
  [
    'an expectation',
    'POST /api/core/profiles',
    `${JSON_TYPE}Expect: 100-continue\r\nContent-Length: 2\r\n`,
    '{}',
    '100 400',
  ],
  [
    'a length of 20 digits',
    'POST /api/core/profiles',
    `${JSON_TYPE}Content-Length: 99999999999999999999\r\n`,
    '{}',
    '400',
  ],
  [
    'a length of a terabyte',
    'POST /api/core/profiles',
    `${JSON_TYPE}Content-Length: 1000000000000\r\n`,
    '{}',
    '413',
  ],
  ['a negative length', 'POST /api/core/profiles', `${JSON_TYPE}Content-Length: -1\r\n`, '{}', '400'],
  [
    'a length that is no number',
    'POST /api/core/profiles',
    `${JSON_TYPE}Content-Length: 1e3\r\n`,
    '{}',
    '400',
  ],
  [
    'two lengths',
    'POST /api/core/profiles',
    `${JSON_TYPE}Content-Length: 2\r\nContent-Length: 3\r\n`,
    '{}x',
    '400',
  ],
  ['a length behind a blank', 'POST /api/core/profiles', `${JSON_TYPE}Content-Length : 2\r\n`, '{}', '400'],
  [
    'a length and chunks',
    'POST /api/core/profiles',
    `${JSON_TYPE}${CHUNKED}Content-Length: 4\r\n`,
    `0\r\n\r\n${SMUGGLED}`,
    '400',
  ],
  [
    'a request behind its body',
    'POST /api/core/profiles',
    `${JSON_TYPE}Content-Length: 2\r\n`,
    `{}${SMUGGLED}`,
    '400',
  ],
  ['chunks that are none', 'POST /api/core/profiles', `${JSON_TYPE}${CHUNKED}`, 'zz\r\n\r\n', '400'],
  ['chunks without end', 'POST /api/core/profiles', `${JSON_TYPE}${CHUNKED}`, `${'F'.repeat(20)}\r\n`, '400'],
  ['no chunk', 'POST /api/core/profiles', `${JSON_TYPE}${CHUNKED}`, '0\r\n\r\n', '400'],
  [
    'a trailer that would prove more',
    'POST /api/core/profiles',
    `${JSON_TYPE}${CHUNKED}Trailer: Authorization\r\n`,
    '2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n',
    '400',
  ],
  [
    'an encoding that nobody reads',
    'POST /api/core/profiles',
    `${JSON_TYPE}Transfer-Encoding: gzip\r\n`,
    'zz',
    '400',
  ],
];

/** Whole requests, or what is none; and the status of each answer. */
const BYTES: readonly (readonly [name: string, bytes: string, statuses: string])[] = [
  ['no Host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', '400'],
  ['no Host in HTTP/1.0', 'GET /healthz HTTP/1.0\r\n\r\n', '200'],
  ['an empty Host', 'GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', '200'],
  [
    'an expectation that nobody meets',
    'GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: x\r\nConnection: close\r\n\r\n',
    '417',
  ],
  ['HTTP/9.9', 'GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n', '400'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '400'],
  ['lines without carriage return', 'GET /healthz HTTP/1.1\nHost: x\n\n', '400'],
  ['a tunnel', 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n', ''],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', '400'],
  ['RADIUS', '\x04\x01\x00\x14'.padEnd(20, '\0'), '400'],
  ['garbage behind a request', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n\0\0\0', '400'],
];

describeEachDatabase('the HTTP server', (getDatabase) => {
  let api: SignedInApi;
  let watch: TableWatch;

  beforeAll(async () => {
    const { db, dialect } = getDatabase();
    api = await wholeApi(db);
    watch = await watchTables[dialect](db);
  });
  afterAll(async () => {
    watch.close();
    await api.close();
  });
  beforeEach(() => seedEverything(getDatabase().db));

  /** Sends bytes, and checks what holds of every answer. */
  const statusesOf = async (bytes: string) => {
    const before = await watch.state();
    const answers = await rawExchange(Number(new URL(api.url).port), bytes);
    expect(await watch.state()).toBe(before);
    for (const { status, text } of answers) {
      expect(text).not.toMatch(/node_modules|\n +at |Error:/);
      if (status >= 400 && status !== 417) expect(JSON.parse(text)).toEqual(expect.any(Object));
    }
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
    return answers.map(({ status }) => status).join(' ');
  };

  it.each(CASES)('takes %s for what it is', async (_, line, headers, body, statuses) => {
    const authorization = `Authorization: Bearer ${await api.tokenOf('admin')}\r\n`;
    await getDatabase().db.knex('api_tokens').update({ last_used_at: api.clock.now() });
    const more = headers.replace('%AUTHORIZATION%', authorization);
    const head = `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${authorization}${more}\r\n`;
    expect(await statusesOf(head + body)).toBe(statuses);
  });

  it.each(BYTES)('takes %s for what it is', async (_, bytes, statuses) => {
    expect(await statusesOf(bytes)).toBe(statuses);
  });
});
