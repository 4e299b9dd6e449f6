/** Requests that another site made a browser send (CSRF): a cookie alone proves who somebody is, not that they want what is asked. */
import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';

/** RFC 9110 §9.2.1. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What only a page of this site, or a program, can send: a browser asks first before it lets another site send it, and is refused. */
const PROOF_HEADER = 'x-requested-with';

/** Whether a page of this site sent a request, as its headers tell. */
type Origin = 'own' | 'other' | 'unsaid';

/** Throws AppError `forbidden` for a request with a cookie that changes something and is not shown to come from this site or a program. */
export function refuseForged(request: FastifyRequest): void {
  if (SAFE_METHODS.has(request.method)) return;
  const origin = originOf(request);
  if (origin === 'own') return;
  if (origin === 'unsaid' && hasText(request.headers[PROOF_HEADER])) return;
  const reason = {
    other: 'the request comes from a page of another site',
    unsaid: 'send X-Requested-With beside the cookie, or an Authorization header in its place',
  };
  throw new AppError('forbidden', `CSRF Failed: ${reason[origin]}.`);
}

/** Throws AppError `forbidden` where a page of another site had a browser send a request, cookie or not: nobody shall be signed in as somebody else unawares. */
export function refuseOtherSites(request: FastifyRequest): void {
  if (originOf(request) !== 'other') return;
  throw new AppError('forbidden', 'CSRF Failed: the request comes from a page of another site.');
}

function originOf(request: FastifyRequest): Origin {
  // Fetch Metadata §2.4: browsers alone write it, and no page can. `none` is a person, not a page.
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'own' : 'other';
  const { origin } = request.headers;
  if (origin === undefined) return 'unsaid';
  return isOwn(origin, request.host) ? 'own' : 'other';
}

/** The scheme is left out: behind a proxy that ends TLS it differs, and what listens on both is one server. */
function isOwn(origin: string, host: string): boolean {
  return host !== '' && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function hasText(header: string | string[] | undefined): boolean {
  return header !== undefined && header.length > 0;
}
