/** How the application answers what is not there, not allowed, not valid, or goes wrong: by literals of contract §4, never by an inner name. */
import { Type } from 'typebox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { buildApp } from '../../src/http/app.ts';
import type { HttpApp } from '../../src/http/http-app.ts';
import { type LogLines, logLines } from '../support/log-lines.ts';

const SECRET = 'mysql://radmeter:hunter2@db';
const Plan = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    limit: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])),
    kind: Type.Optional(Type.Union([Type.Literal('limited'), Type.Literal('unlimited')])),
    times: Type.Optional(Type.Object({ idle: Type.Integer() }, { additionalProperties: false })),
  },
  { additionalProperties: false },
);

let app: HttpApp;
let log: LogLines;

beforeEach(async () => {
  log = logLines();
  app = await buildApp({ routes: [testRoutes], logger: log.logger });
});
afterEach(() => app.close());

function testRoutes(root: HttpApp): void {
  root.get('/thing', () => ({ ok: true }));
  root.put('/thing', () => ({ ok: true }));
  root.post('/plans', { schema: { body: Plan } }, ({ body }) => body);
  root.get(
    '/plans/:id',
    { schema: { params: Type.Object({ id: Type.String({ pattern: '^[0-9]+$' }) }) } },
    ({ params }) => params,
  );
  root.get(
    '/search',
    { schema: { querystring: Type.Object({ page: Type.Optional(Type.String({ pattern: '^[0-9]+$' })) }) } },
    () => ({ ok: true }),
  );
  // A part with a prefix, as routes behind a credential will be.
  root.register(async (part: HttpApp) => part.get('/deep', () => ({ ok: true })), { prefix: '/api' });
  for (const code of ['invalid', 'unauthorized', 'not_found', 'conflict', 'unavailable'] as const) {
    root.get(`/fails/${code}`, () => {
      throw new AppError(code, code === 'unavailable' ? `${SECRET} is away` : `what is ${code}`);
    });
  }
  root.get('/fails/unforeseen', () => {
    throw new TypeError(`cannot read ${SECRET}`);
  });
  root.get('/fails/by-a-text', async () => Promise.reject(SECRET));
  root.get('/fails/claiming-200', () => {
    throw Object.assign(new Error(SECRET), { statusCode: 200 });
  });
}

describe('a path', () => {
  it.each(['/thing', '/thing/', '/api/deep', '/api/deep/'])(
    '%s is found with and without its last slash',
    async (url) => {
      const answer = await app.inject(url);
      expect([answer.statusCode, answer.json()]).toEqual([200, { ok: true }]);
    },
  );

  it.each(['/', '/things', '/thing/1', '/api', '/plans/abc', '/plans/1%2F2', '/../etc/passwd'])(
    '%s that names nothing is a 404',
    async (url) => {
      const answer = await app.inject(url);
      expect([answer.statusCode, answer.json()]).toEqual([404, { detail: 'Not found.' }]);
    },
  );

  it.each(['/%zz', '/plans/%c0', `/plans/${'1'.repeat(400)}`])(
    '%s that cannot be read is a 4xx',
    async (url) => {
      const answer = await app.inject(url);
      expect([400, 404, 414]).toContain(answer.statusCode);
      expect(answer.json()).toEqual({ detail: expect.any(String) });
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
    },
  );

  it.each([
    ['POST', '/thing', 'GET, HEAD, PUT'],
    ['DELETE', '/thing/', 'GET, HEAD, PUT'],
    ['OPTIONS', '/plans/7', 'GET, HEAD'],
    ['PATCH', '/api/deep', 'GET, HEAD'],
  ] as const)(
    'refuses a method it does not have, %s %s, and says which it has',
    async (method, url, allow) => {
      // The body is broken: it must not be looked at.
      const answer = await app.inject({
        method,
        url,
        headers: { 'content-type': 'application/json' },
        payload: '{',
      });
      expect([answer.statusCode, answer.headers.allow, answer.json()]).toEqual([
        405,
        allow,
        { detail: `Method "${method}" not allowed.` },
      ]);
    },
  );

  it.each(['a b', 'a:b:c', 'x:99999', '[::1', '%zz', 'a/b?c#d', 'user@host', '\\evil', '<b>'])(
    'of a host that is none, %s, is a 400',
    async (host) => {
      const answer = await app.inject({ url: '/thing', headers: { host } });
      expect([answer.statusCode, answer.json()]).toEqual([
        400,
        { detail: 'The Host header cannot be read.' },
      ]);
    },
  );

  it.each(['example.org', 'EXAMPLE.org:8080', '127.0.0.1', '[::1]:80', 'été.example', ''])(
    'is found on the host %s',
    async (host) => {
      expect((await app.inject({ url: '/thing', headers: { host } })).statusCode).toBe(200);
    },
  );

  it('answers HEAD as GET, without the body', async () => {
    const answer = await app.inject({ method: 'HEAD', url: '/thing' });
    expect([answer.statusCode, answer.body, answer.headers['content-length']]).toEqual([200, '', '11']);
  });
});

describe('a body', () => {
  const post = (payload: string, type = 'application/json') =>
    app.inject({ method: 'POST', url: '/plans', headers: { 'content-type': type }, payload });

  it.each([
    ['{}', { name: ['This field is required.'] }],
    ['{"name":7}', { name: ['Expected text of 1 character or more, got 7.'] }],
    ['{"name":""}', { name: ['Expected text of 1 character or more, got "".'] }],
    ['{"name":"a","limit":"5"}', { limit: ['Expected a whole number from 0, or null, got "5".'] }],
    ['{"name":"a","limit":-1}', { limit: ['Expected a whole number from 0, or null, got -1.'] }],
    ['{"name":"a","color":"red"}', { color: ['This field is not known.'] }],
    [
      '{"name":"a","times":{"idle":"x","more":1}}',
      { 'times.idle': ['Expected a whole number, got "x".'], 'times.more': ['This field is not known.'] },
    ],
    [
      '{"limit":1.5,"color":1}',
      { name: ['This field is required.'], color: ['This field is not known.'], limit: expect.any(Array) },
    ],
    ['[]', { non_field_errors: ['Expected an object, got a list.'] }],
    ['"text"', { non_field_errors: ['Expected an object, got "text".'] }],
    ['null', { non_field_errors: ['Expected an object, got null.'] }],
  ])('%s is refused with each field and reason', async (payload, errors) => {
    const answer = await post(payload);
    expect([answer.statusCode, answer.json()]).toEqual([400, errors]);
  });

  it.each([
    ['{"name":', 'application/json', 400, 'JSON parse error - the body is not valid JSON.'],
    [
      '{"__proto__":{"x":1},"name":"a"}',
      'application/json',
      400,
      'JSON parse error - the body is not valid JSON.',
    ],
    ['<a/>', 'text/xml', 415, 'Unsupported media type "text/xml" in request.'],
    ['a', 'text/plain', 415, 'Unsupported media type "text/plain" in request.'],
    ['a', '', 415, 'Unsupported media type "" in request.'],
    [`{"name":"${'x'.repeat(70_000)}"}`, 'application/json', 413, 'The body is too large.'],
  ])('%.30s as %s is a %i', async (payload, type, status, detail) => {
    const answer = await post(payload, type);
    expect([answer.statusCode, answer.json()]).toEqual([status, { detail }]);
  });

  it('nested as deep as its size allows is a 4xx', async () => {
    const depth = 30_000;
    const answer = await post(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { non_field_errors: ['Expected an object, got a list.'] },
    ]);
  });

  it('that is valid is taken as it is', async () => {
    expect((await post('{"name":"a","limit":null}')).json()).toEqual({ name: 'a', limit: null });
  });
});

it('refuses a query by its field', async () => {
  const answer = await app.inject('/search?page=x');
  expect([answer.statusCode, answer.json()]).toEqual([
    400,
    { page: ['Expected text that matches ^[0-9]+$, got "x".'] },
  ]);
});

describe('what a route throws', () => {
  it.each([
    ['invalid', 400, 'what is invalid'],
    ['unauthorized', 401, 'what is unauthorized'],
    ['not_found', 404, 'what is not_found'],
    ['conflict', 409, 'what is conflict'],
  ])('%s is a %i with its message, and nothing for the log', async (code, status, detail) => {
    const answer = await app.inject(`/fails/${code}`);
    expect([answer.statusCode, answer.json(), log.lines]).toEqual([status, { detail }, []]);
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Bearer realm="api"' : undefined);
  });

  it.each([
    ['unavailable', 503, 'Service unavailable', 40],
    ['unforeseen', 500, 'Internal error', 50],
    ['by-a-text', 500, 'Internal error', 50],
    ['claiming-200', 500, 'Internal error', 50],
  ])(
    '%s is a %i that says nothing of inner things, and is logged once',
    async (name, status, detail, level) => {
      const answer = await app.inject(`/fails/${name}`);
      expect([answer.statusCode, answer.json()]).toEqual([status, { detail }]);
      expect(log.lines).toHaveLength(1);
      expect(log.lines[0]).toMatchObject({
        level,
        method: 'GET',
        route: `/fails/${name}`,
        msg: 'a request failed',
      });
    },
  );
});

it.each(['/thing', '/nowhere', '/fails/unforeseen'])('no browser runs, frames or keeps %s', async (url) => {
  expect((await app.inject(url)).headers).toMatchObject({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  });
});
