/** `/api/freeradius/`: what rlm_rest of a FreeRADIUS in front asks; only for whoever knows the setting `freeradius-secret`. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import { type RestAttribute, restAttributes } from '../freeradius/rest-attributes.ts';
import type { RestAnswer, RestDesk } from '../freeradius/rest-desk.ts';
import type { HttpApp, Routes } from './http-app.ts';
import { Refusal } from './refusal.ts';

export interface FreeradiusRoutesOptions {
  readonly secret: string;
  /** Returns what answers; undefined until it is there. */
  readonly desk: () => RestDesk | undefined;
}

const PREFIX = '/api/freeradius';

type Answer = (desk: RestDesk, attributes: readonly RestAttribute[]) => Promise<RestAnswer>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/authorize': (desk, attributes) => desk.authorize(attributes),
  '/post-auth': (desk, attributes) => desk.postAuth(attributes),
  '/accounting': (desk, attributes) => desk.accounting(attributes),
};

/** Returns the routes. They stand beside the API: no token opens them, and the secret opens nothing else. */
export function freeradiusRoutes({ secret, desk }: FreeradiusRoutesOptions): Routes {
  const admit = secretGuard(secret);
  return (app) => {
    const add = async (part: HttpApp) => {
      readOctets(part);
      part.addHook('onRequest', admit);
      for (const [path, answer] of Object.entries(ANSWERS)) {
        part.post(path, { schema: { hide: true } }, async (request, reply) => {
          const there = desk();
          if (there === undefined) throw new AppError('unavailable', 'not everything is there yet');
          const { status, body } = await answer(there, restAttributes(request.body));
          return reply.code(status).send(body);
        });
      }
    };
    app.register(add, { prefix: PREFIX });
  };
}

/** One character for each octet: a User-Name need not be UTF-8. */
function readOctets(app: HttpApp): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => {
    try {
      done(null, JSON.parse(bytes.toString('latin1')));
    } catch (cause) {
      // JSON.parse's only way to say that it is none.
      done(new AppError('invalid', 'JSON parse error - the body is not valid JSON.', { cause }), undefined);
    }
  });
}

/** Returns what refuses whoever does not know the secret: as the password of Basic (RFC 7617), whatever the name, or as a Bearer (RFC 6750). */
function secretGuard(secret: string): (request: FastifyRequest) => Promise<void> {
  const known = digest(secret);
  return async ({ headers: { authorization = '' } }) => {
    const [, scheme = '', credentials = ''] = /^(Basic|Bearer) +(.+?) *$/i.exec(authorization) ?? [];
    const shown = scheme.toLowerCase() === 'basic' ? basicPassword(credentials) : credentials;
    if (timingSafeEqual(digest(shown), known)) return;
    throw new Refusal(
      401,
      { detail: 'Authentication credentials were not provided, or are not freeradius-secret.' },
      { 'www-authenticate': 'Basic realm="freeradius"' },
    );
  };
}

function basicPassword(credentials: string): string {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

/** Of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
