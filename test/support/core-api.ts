/** Routes of the API over a test database, and a caller of each role. */
import type { Database } from '../../src/db/database.ts';
import { AppError } from '../../src/errors.ts';
import type { Api } from '../../src/http/api.ts';
import { buildApp } from '../../src/http/app.ts';
import type { Caller, Role } from '../../src/http/caller.ts';
import { coreRoutes } from '../../src/http/core-routes.ts';
import type { HttpApp, Routes } from '../../src/http/http-app.ts';
import { ListCounts } from '../../src/http/list-counts.ts';
import { createLogger } from '../../src/logger.ts';
import { commandContext, type TestClock } from './command-context.ts';

/** What an answer was: its status and its JSON, undefined where it had no body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface CoreApi {
  readonly app: HttpApp;
  readonly clock: TestClock;
  /** Sends a request as somebody; `path` begins after `/api/core/`. */
  readonly as: (
    caller: Role | { readonly userId: number },
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ) => Promise<Answer>;
}

/** Returns the API of some routes at 2025-12-11T12:00:00Z; close `app` after use. */
export async function coreApi(db: Database, routes: (api: Api) => readonly Routes[]): Promise<CoreApi> {
  const { clock, periodStartsAt } = commandContext(db);
  const api: Api = { reader: db, db, clock, periodStartsAt, listCounts: new ListCounts() };
  const app = await buildApp({
    routes: [coreRoutes({ authenticate, open: [], signedIn: routes(api) })],
    logger: createLogger('silent'),
  });
  return {
    app,
    clock,
    as: async (caller, method, path, body) => {
      const role = typeof caller === 'string' ? caller : `user:${caller.userId}`;
      const answer = await app.inject({
        method,
        url: `/api/core/${path}`,
        headers: {
          authorization: `Bearer ${role}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
    },
  };
}

/** Takes the caller's word for who they are: routes are tested by role here, proofs of identity elsewhere. */
async function authenticate(request: {
  headers: { authorization?: string | undefined };
  ip: string;
}): Promise<Caller> {
  const [, role, id] =
    /^Bearer (admin|viewer|user)(?::(\d+))?$/.exec(request.headers.authorization ?? '') ?? [];
  if (role !== 'admin' && role !== 'viewer' && role !== 'user')
    throw new AppError('unauthorized', 'Authentication credentials were not provided.');
  return {
    name: id === undefined ? `token:${role}` : `user ${id}`,
    userId: id === undefined ? null : Number(id),
    role,
    tokenId: 1,
    address: request.ip,
  };
}
