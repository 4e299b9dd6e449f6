/** The OpenAPI document of all routes, made of their schemas, and the pages to browse it with. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { preHandlerAsyncHookHandler } from 'fastify';
import type { HttpApp } from './http-app.ts';
import { BODY_TYPES } from './request-bodies.ts';

const DOCS_PATH = '/api/docs';
/** Where programs get the document. */
const DOCUMENT_PATH = `${DOCS_PATH}/json`;

const TAGS = [
  { name: 'auth', description: 'Signing in and out, and whoever is signed in.' },
  { name: 'tokens', description: 'Tokens of programs.' },
  { name: 'users', description: 'Subscribers and administrators.' },
  { name: 'promotions', description: 'Cohorts of users that can carry a profile.' },
  { name: 'profiles', description: 'Subscription plans: limits, quotas, validity.' },
  { name: 'profile-usage', description: 'The counters of each user.' },
  { name: 'profile-history', description: 'Who had which profile, and who changed it.' },
  { name: 'profile-alerts', description: 'Who is told what, and when.' },
  { name: 'notices', description: 'What alerts told whoever asks.' },
  { name: 'usage', description: 'Octets by day, and why a user can or cannot be online.' },
  { name: 'sessions', description: 'User connections, as accounting reported them.' },
  { name: 'disconnection-logs', description: 'Who was cut off, why, and who let them in again.' },
  { name: 'nas', description: 'Access points and other senders of accounting.' },
  { name: 'jobs', description: 'Runs of scheduled work.' },
  { name: 'audit-log', description: 'Who changed what.' },
  { name: 'operation', description: 'For whatever watches the service.' },
];

const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="40"><text x="0" y="28" font-family="sans-serif" font-size="26" font-weight="bold" fill="#fff">radmeter</text></svg>';

/** All that the pages load comes from here; they are served in clear, too, where a proxy speaks TLS for them. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'connect-src': ["'self'"],
  'font-src': ["'self'", 'data:'],
  'frame-ancestors': ["'none'"],
  'img-src': ["'self'", 'data:'],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
};

/** Collects every route that is added from here on, and serves the document and its pages; for whoever can reach the port, since it says nothing of a deployment. */
export async function addApiDocument(app: HttpApp, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'radmeter',
        version,
        description:
          'The administration of radmeter. Every path works with and without a slash at its end. Octets are counted in bytes, 1 Go = 1024³; instants are UTC.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      // Not where it happened to be asked: the document is the same for everybody.
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'An access token, or an API token.' },
        },
      },
      tags: TAGS,
      security: [{ token: [] }],
    },
    hideUntagged: true,
    transform: ({ schema, url, route }) => ({
      url,
      schema: {
        ...schema,
        operationId: operationIdOf(String(route.method), url),
        response: described(schema?.response),
        ...(schema?.body === undefined ? {} : { consumes: [...BODY_TYPES] }),
      },
    }),
  });
  await app.register(swaggerUi, {
    routePrefix: DOCS_PATH,
    uiHooks: { preHandler: documentAnswers(app) },
    staticCSP: CONTENT_SECURITY_POLICY,
    uiConfig: { deepLinking: true, docExpansion: 'none', persistAuthorization: false },
    theme: { title: 'radmeter' },
    logo: { type: 'image/svg+xml', content: LOGO },
  });
}

/** Answers with the document as bytes that are made once: whoever can reach the port could have it written out a thousand times at once otherwise. */
function documentAnswers(app: HttpApp): preHandlerAsyncHookHandler {
  const texts: Readonly<Record<string, { readonly type: string; readonly write: () => string }>> = {
    [DOCUMENT_PATH]: {
      type: 'application/json; charset=utf-8',
      write: () => JSON.stringify(app.swagger()),
    },
    [`${DOCS_PATH}/yaml`]: { type: 'application/x-yaml', write: () => app.swagger({ yaml: true }) },
  };
  const written = new Map<string, Buffer>();
  return async ({ routeOptions: { url = '' } }, reply) => {
    const text = texts[url];
    if (text === undefined) return undefined;
    const bytes = written.get(url) ?? Buffer.from(text.write());
    written.set(url, bytes);
    return reply.type(text.type).send(bytes);
  };
}

/** What an answer with a status is, in the few words that people read first. */
const ANSWERS: Readonly<Record<string, string>> = {
  200: 'What was asked for.',
  201: 'What was made.',
  202: 'What will be done.',
  204: 'Done; there is no body.',
  503: 'Not now, and why.',
  '4xx': 'Refused, and why.',
  '5xx': 'It failed.',
};

/** Returns the schemas of answers, each with a description of the answer; without one it would be "Default Response". */
function described(response: unknown): Record<string, unknown> {
  const schemas: [string, unknown][] = Object.entries(Object(response));
  return Object.fromEntries(
    schemas.map(([status, schema]) => [
      status,
      { ...Object(schema), 'x-response-description': ANSWERS[status] },
    ]),
  );
}

/** What programs call a route by: `GET /api/core/profiles/:id` is `get_profiles_id`. */
function operationIdOf(method: string, url: string): string {
  const words = url
    .replace('/api/core', '')
    .split(/[^a-zA-Z0-9]+/)
    .filter((word) => word !== '');
  return [method.toLowerCase(), ...words].join('_');
}
