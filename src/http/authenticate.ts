/** Who sent a request: the bearer of a token, in the Authorization header or in the cookie. */
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { type TokenKind, tokenHash } from '../sign-in/token.ts';
import { type Bearer, judgeToken } from '../sign-in/token-queries.ts';
import type { TokenUse } from '../sign-in/token-use.ts';
import { addressOf } from './caller-address.ts';
import { cookieTokenOf } from './cookies.ts';
import type { Authenticate } from './core-routes.ts';
import { refuseForged } from './csrf.ts';
import { tokenNotValid, userInactive } from './refusal.ts';

export interface AuthenticateOptions {
  readonly reader: Database;
  readonly clock: Clock;
  readonly tokenUse: TokenUse;
}

/** Returns whoever a request proves somebody to be. Throws Refusal or AppError `unauthorized` where it proves nobody, AppError `forbidden` where another site had a browser send it. */
export type FindBearer = (request: FastifyRequest) => Promise<Bearer>;

/** A token, and the kinds that count where it stands. */
interface Shown {
  readonly text: string;
  readonly kinds: readonly TokenKind[];
}

/** Returns what finds out who sent a request, by access or API token. */
export function bearerFinder({ reader, clock, tokenUse }: AuthenticateOptions): FindBearer {
  return async (request) => {
    const { text, kinds } = shownBy(request);
    const hash = tokenHash(text, kinds);
    if (hash === undefined) throw tokenNotValid();
    const verdict = await judgeToken(reader, hash, clock.now());
    if (verdict.outcome === 'user_inactive') throw userInactive();
    if (verdict.outcome !== 'valid') throw tokenNotValid();
    tokenUse.note(verdict.bearer);
    return verdict.bearer;
  };
}

/** Returns the authentication of every route that asks for a credential. */
export function authenticateBy(findBearer: FindBearer): Authenticate {
  return async (request) => {
    const { name, userId, role, tokenId } = await findBearer(request);
    return { name, userId, role, tokenId, address: addressOf(request) };
  };
}

/** RFC 6750 §2.1. Where a header says who somebody is, the cookie is not looked at. */
function shownBy(request: FastifyRequest): Shown {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [, text] = /^Bearer +([^ ]+) *$/i.exec(authorization) ?? [];
    if (text === undefined) throw notProvided();
    return { text, kinds: ['access', 'api'] };
  }
  const cookie = cookieTokenOf(request);
  if (cookie === undefined || cookie === '') throw notProvided();
  refuseForged(request);
  return { text: cookie, kinds: ['access'] };
}

function notProvided(): AppError {
  return new AppError('unauthorized', 'Authentication credentials were not provided.');
}
