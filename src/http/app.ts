/** The HTTP application: its routes, what is refused before them, and how errors are answered; knows nothing of sockets. */
import cookie from '@fastify/cookie';
import { type FastifyBaseLogger, fastify, LogController } from 'fastify';
import type { Logger } from '../logger.ts';
import { addApiDocument } from './api-document.ts';
import { type ErrorAnswer, errorAnswer, NOT_FOUND } from './error-answers.ts';
import { FailureLog } from './failure-log.ts';
import type { HttpApp, Routes, TypeBoxProvider } from './http-app.ts';
import { refuseOtherMethods } from './other-methods.ts';
import { readBodies } from './request-bodies.ts';
import { refuseAmbiguousHead } from './request-head.ts';

export interface AppOptions {
  readonly routes: readonly Routes[];
  readonly logger: Logger;
  /** Addresses and prefixes of peers that may say for whom they ask (X-Forwarded-For, -Proto, -Host); nobody else is believed. */
  readonly trustedProxies?: readonly string[];
  /** What the OpenAPI document says it is of; without it there is no document. */
  readonly version?: string;
}

/** Far above any body of a route's schema. */
const BODY_BYTES_MAX = 64 * 1024;
const ANSWER_TIMEOUT_MS = 30_000;
const PARAMETER_LENGTH_MAX = 300;

/** For answers that no browser shows, frames, keeps or runs; a route that has pages sets its own. */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Where people look who know the address alone. */
const ABOVE_ROUTES = /^\/(api(\/core)?)?\/?(\?|$)/;
const POINTER = { detail: 'Not found. What there is, /api/docs/ tells.' };

/** Returns the application, all routes in it and ready for `inject` and for a server. */
export async function buildApp({
  routes,
  logger,
  trustedProxies = [],
  version,
}: AppOptions): Promise<HttpApp> {
  const loggerInstance: FastifyBaseLogger = logger;
  const app: HttpApp = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    handlerTimeout: ANSWER_TIMEOUT_MS,
    // What is under way when everything stops is answered; /readyz says that nothing new should come.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PARAMETER_LENGTH_MAX },
    // A wrong type is said, never guessed at; an unknown field is refused, never dropped in silence (contract §0.17).
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true, verbose: true } },
    // A URL that cannot be read reaches no route, and no error handler either.
    frameworkErrors: (error, _request, reply) => {
      const { status, body } = errorAnswer(error);
      reply.raw.writeHead(status, { ...SECURITY_HEADERS, 'content-type': 'application/json; charset=utf-8' });
      reply.raw.end(JSON.stringify(body));
    },
  }).withTypeProvider<TypeBoxProvider>();
  readBodies(app);
  app.register(cookie);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    refuseAmbiguousHead(request);
  });
  app.setNotFoundHandler(({ url }, reply) =>
    reply
      .code(NOT_FOUND.status)
      .send(version !== undefined && ABOVE_ROUTES.test(url) ? POINTER : NOT_FOUND.body),
  );
  answerErrors(app, logger);
  if (version !== undefined) await addApiDocument(app, version);
  refuseOtherMethods(app, () => {
    for (const add of routes) add(app);
  });
  await app.ready();
  return app;
}

/** The one place where a failed request ends: it is answered, and what is not the sender's fault is logged, at a bounded rate. */
function answerErrors(app: HttpApp, logger: Logger): void {
  const failures = new FailureLog(logger);
  app.setErrorHandler((error, request, reply) => {
    const answer = errorAnswer(error, request.headers['content-type']);
    // The route's pattern and not the URL, which may name a user.
    const failed = { method: request.method, route: request.routeOptions.url };
    if (answer.severity !== 'none') failures.note(answer.severity, error, failed);
    return reply.code(answer.status).headers(headersOf(answer)).send(answer.body);
  });
}

/** RFC 9110 §11.6.1: a 401 says what would be accepted. */
function headersOf({ status, headers }: ErrorAnswer): Record<string, string> {
  return { ...(status === 401 ? { 'www-authenticate': 'Bearer realm="api"' } : {}), ...headers };
}
