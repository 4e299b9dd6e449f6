/** Routes of the API behind real sign-ins, on a real listening server: every request shows a token that the database knows. */
import { scrypt } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { Database } from '../../src/db/database.ts';
import type { Api } from '../../src/http/api.ts';
import { buildApp } from '../../src/http/app.ts';
import type { Role } from '../../src/http/caller.ts';
import { coreRoutes } from '../../src/http/core-routes.ts';
import type { HttpApp, Routes } from '../../src/http/http-app.ts';
import { ListCounts } from '../../src/http/list-counts.ts';
import { HttpServer } from '../../src/http/server.ts';
import { type SignInParts, signInParts } from '../../src/http/sign-in-parts.ts';
import { createLogger, type Logger } from '../../src/logger.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import { HASH_FUNCTIONS } from '../../src/sign-in/password-hash.ts';
import { Passwords } from '../../src/sign-in/passwords.ts';
import type { SecretBox } from '../../src/sign-in/secret-box.ts';
import type { SignInContext } from '../../src/sign-in/sign-in-context.ts';
import { createToken } from '../../src/sign-in/token-commands.ts';
import { commandContext, type TestClock } from './command-context.ts';

/** What came back, body included. */
export interface FullAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** JSON; undefined where there was none. */
  readonly body: unknown;
  /** The attributes of the cookie that was set, its name and value first; empty where none was. */
  readonly cookie: readonly string[];
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Who asks: `admin` and `viewer` by an API token of nobody, a user by one of their own. */
export type TokenBearer = Exclude<Role, 'user'> | { readonly userId: number };

export interface SignedInApi {
  /** For `inject`. */
  readonly app: HttpApp;
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly clock: TestClock;
  readonly signIn: SignInContext;
  /** Sends a request as it is; `path` begins after `/api/core/`. */
  readonly send: (method: Method, path: string, sent?: Sent) => Promise<FullAnswer>;
  /** Returns a real API token. */
  readonly tokenOf: (bearer: TokenBearer) => Promise<string>;
  /** Sends a request with a real token. */
  readonly as: (bearer: TokenBearer, method: Method, path: string, body?: unknown) => Promise<FullAnswer>;
  readonly close: () => Promise<void>;
}

export interface SignedInOptions {
  readonly trustedProxies?: readonly string[];
  /** Hash as slowly as in earnest. */
  readonly isSlow?: boolean;
  /** What secrets for CHAP are stored under; nothing is stored if not given. */
  readonly secretBox?: SecretBox;
  /** What routes read from; the database itself if not given. */
  readonly reader?: Database;
  /** Routes beside those of the API. */
  readonly beside?: (parts: SignInParts) => readonly Routes[];
  /** Serve the OpenAPI document, of a radmeter of this version. */
  readonly version?: string;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

/** Returns the API of some routes, those of signing in among them, at 2025-12-11T12:00:00Z; close it after use. */
export async function signedInApi(
  db: Database,
  routes: (api: Api, signIn: SignInContext) => readonly Routes[] = () => [],
  options: SignedInOptions = {},
): Promise<SignedInApi> {
  const { reader = db, logger = createLogger('silent'), trustedProxies = [], version } = options;
  const { metrics = createMetrics() } = options;
  const { clock, periodStartsAt } = commandContext(db);
  const api: Api = { reader, db, clock, periodStartsAt, listCounts: new ListCounts() };
  const signIn = { ...signInContext(db, clock, options.isSlow), secretBox: options.secretBox };
  const { passwords, lifetimes, secretBox } = signIn;
  const parts = signInParts({
    ...{ api, lifetimes, logger, passwords, secretBox, metrics },
    nowMs: () => clock.now(),
  });
  const core = coreRoutes({ ...parts, signedIn: [...parts.signedIn, ...routes(api, signIn)] });
  const app = await buildApp({
    routes: [...(options.beside?.(parts) ?? []), core],
    logger,
    trustedProxies,
    ...(version === undefined ? {} : { version }),
  });
  const server = new HttpServer({ app, listen: { address: '127.0.0.1', port: 0 }, logger });
  await server.start();
  const url = `http://127.0.0.1:${server.address?.port}`;
  const send = sender(url);
  const tokenOf = tokenStock(db, clock);
  return {
    app,
    url,
    clock,
    signIn,
    send,
    tokenOf,
    as: async (bearer, method, path, body) =>
      send(method, path, { headers: { authorization: `Bearer ${await tokenOf(bearer)}` }, body }),
    close: () => server.close(),
  };
}

/** Returns what signing in works with; hashing is real, but cheap unless a test asks for more. */
export function signInContext(db: Database, clock: TestClock, isSlow = false): SignInContext {
  const cheap = promisify<string, string, number, { N: number }, Buffer>(scrypt);
  const functions = {
    ...HASH_FUNCTIONS,
    scrypt: (password: string, salt: string) => cheap(password, salt, 64, { N: 16 }),
  };
  const passwords = new Passwords({
    pbkdf2Iterations: async () => 0,
    functions: isSlow ? HASH_FUNCTIONS : functions,
  });
  const lifetimes = { accessMs: 3_600_000, refreshMs: 86_400_000 };
  return { db, reader: db, clock, passwords, lifetimes, secretBox: undefined };
}

/** Makes each token once, and again where tests have emptied its table since. */
function tokenStock(db: Database, clock: TestClock) {
  const made = new Map<string, { readonly text: string; readonly id: number }>();
  return async (bearer: TokenBearer): Promise<string> => {
    const key = typeof bearer === 'string' ? bearer : `user ${bearer.userId}`;
    const known = made.get(key);
    if (known !== undefined && (await db.knex('api_tokens').where('id', known.id).first())) return known.text;
    const context = { db, clock, actor: { name: 'cli:tester', userId: null } };
    const { text, token } = await createToken(context, {
      name: key,
      role: typeof bearer === 'string' ? bearer : 'user',
      user: typeof bearer === 'string' ? null : bearer.userId,
      expiresAt: null,
    });
    made.set(key, { text, id: token.id });
    return text;
  };
}

function sender(url: string): SignedInApi['send'] {
  return async (method, path, { headers = {}, body } = {}) => {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const type = payload === undefined ? {} : { 'content-type': 'application/json' };
    const sent = request(`${url}/api/core/${path}`, {
      method,
      agent: false,
      headers: { ...type, ...headers },
    });
    const answered = once(sent, 'response');
    sent.end(payload);
    const [answer] = await answered;
    const content = await text(answer);
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: content === '' ? undefined : JSON.parse(content),
      cookie: String(answer.headers['set-cookie']?.[0] ?? '')
        .split('; ')
        .filter((part) => part !== ''),
    };
  };
}

/** The tokens of a sign-in. */
export interface TokenPair {
  readonly access: string;
  readonly refresh: string;
}

/** Returns the tokens of an answer that must have them. */
export function tokensIn({ body }: Pick<FullAnswer, 'body'>): TokenPair {
  const given: unknown = typeof body === 'object' && body !== null && 'tokens' in body ? body.tokens : body;
  if (typeof given === 'object' && given !== null && 'access' in given && 'refresh' in given) {
    return { access: String(given.access), refresh: String(given.refresh) };
  }
  throw new Error(`no tokens in ${JSON.stringify(body)}`);
}
