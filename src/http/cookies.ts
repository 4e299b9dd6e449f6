/** The one cookie: an access token that scripts of a page cannot read and other sites cannot make a browser send (contract §0.20). */
import '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { schemeOf } from './caller-address.ts';

/** The name clients of the Django application know (contract §4). */
const NAME = 'access_token';

/** Returns the token of the cookie; undefined where there is none. */
export function cookieTokenOf(request: FastifyRequest): string | undefined {
  return request.cookies[NAME];
}

/** Gives a browser its access token, for as long as that lives. */
export function setTokenCookie(reply: FastifyReply, token: string, lifetimeMs: number): void {
  reply.setCookie(NAME, token, { ...attributesFor(reply), maxAge: Math.floor(lifetimeMs / 1000) });
}

/** Takes it away. */
export function clearTokenCookie(reply: FastifyReply): void {
  reply.clearCookie(NAME, attributesFor(reply));
}

function attributesFor({ request }: FastifyReply) {
  return {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    // Over TLS of ours, or where a trusted proxy says that there is TLS before it.
    secure: schemeOf(request) === 'https',
  } as const;
}
