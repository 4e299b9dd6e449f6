/** `auth/login/`, `auth/token/refresh/` and `auth/logout/`: getting a credential, renewing it, and giving it up (contract §0.20, §4). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findUserId } from '../profiles/user-id-query.ts';
import { getUser } from '../profiles/user-queries.ts';
import { userShape } from '../profiles/user-shape.ts';
import { refreshTokens, signIn, signOut, signOutByRefreshToken } from '../sign-in/sign-in.ts';
import type { SignInContext } from '../sign-in/sign-in-context.ts';
import { problemAnswers } from './answers.ts';
import {
  LoginAnswer,
  LoginBody,
  LogoutBody,
  MessageAnswer,
  RefreshAnswer,
  RefreshBody,
} from './auth-schemas.ts';
import type { FindBearer } from './authenticate.ts';
import { addressOf } from './caller-address.ts';
import { clearTokenCookie, cookieTokenOf, setTokenCookie } from './cookies.ts';
import { refuseOtherSites } from './csrf.ts';
import type { HttpApp, Routes } from './http-app.ts';
import type { LimitAttempt } from './limit-attempts.ts';
import { invalidCredentials, Refusal, refreshTokenNotValid, userInactive } from './refusal.ts';

export interface AuthRoutesOptions {
  readonly signIn: SignInContext;
  readonly limitAttempt: LimitAttempt;
  readonly findBearer: FindBearer;
}

const tags = ['auth'];

/** Returns the routes for whoever has no credential, or one that is about to end. */
export function authRoutes(options: AuthRoutesOptions): Routes {
  return (app) => {
    loginRoute(app, options);
    refreshRoute(app, options);
    logoutRoute(app, options);
  };
}

function loginRoute(app: HttpApp, { signIn: context, limitAttempt }: AuthRoutesOptions): void {
  const schema = {
    tags,
    summary: 'Sign in',
    description: 'Five attempts a minute for each user name and address, a hundred for each address.',
    security: [],
    body: LoginBody,
    response: { 200: LoginAnswer, ...problemAnswers },
  };
  app.post('/auth/login', { schema, ...OPEN }, async (request, reply) => {
    const { username = '', password = '' } = request.body;
    if (username === '' || password === '') {
      throw new Refusal(400, { error: 'Please provide both username and password' });
    }
    limitAttempt(request, username);
    const signedIn = await signIn(context, { username, password });
    if (signedIn === undefined) {
      // A name that is nobody's may be a password in the wrong field.
      const isKnown = (await findUserId(context.reader, username)) !== undefined;
      request.log.info({ address: addressOf(request), ...(isKnown ? { username } : {}) }, 'sign-in refused');
      throw invalidCredentials();
    }
    const { tokens, userId } = signedIn;
    setTokenCookie(reply, tokens.access, context.lifetimes.accessMs);
    // Not the reader: it may not have seen yet what the sign-in wrote.
    const user = userShape(await getUser(context.db, userId));
    return { user, tokens, message: 'Login successful', auth_method: 'cookie' as const };
  });
}

function refreshRoute(app: HttpApp, { signIn: context }: AuthRoutesOptions): void {
  const schema = {
    tags,
    summary: 'Renew the tokens of a sign-in',
    description: 'A refresh token is good for once; whoever uses one again ends the whole sign-in.',
    security: [],
    body: RefreshBody,
    response: { 200: RefreshAnswer, ...problemAnswers },
  };
  app.post('/auth/token/refresh', { schema, ...OPEN }, async (request, reply) => {
    const refreshed = await refreshTokens(context, request.body.refresh);
    if (refreshed.outcome === 'user_inactive') throw userInactive();
    if (refreshed.outcome === 'blacklisted') throw refreshTokenNotValid('Token is blacklisted');
    if (refreshed.outcome !== 'refreshed') throw refreshTokenNotValid('Token is invalid or expired');
    const { access, refresh } = refreshed.tokens;
    setTokenCookie(reply, access, context.lifetimes.accessMs);
    return { access, refresh };
  });
}

function logoutRoute(app: HttpApp, options: AuthRoutesOptions): void {
  const schema = {
    tags,
    summary: 'Sign out',
    description: 'Ends the sign-in of the refresh token given, else that of the access token shown.',
    security: [{}, { token: [] }],
    body: LogoutBody,
    response: { 200: MessageAnswer, ...problemAnswers },
  };
  app.post('/auth/logout', { schema, ...OPEN }, async (request, reply) => {
    await endSignIn(options, request, reply);
    return { message: 'Logout successful' };
  });
}

async function endSignIn(
  { signIn: context, findBearer }: AuthRoutesOptions,
  request: FastifyRequest<{ Body: { refresh_token?: string } }>,
  reply: FastifyReply,
): Promise<void> {
  const { refresh_token: refreshToken } = request.body;
  if (refreshToken !== undefined) {
    if (!(await signOutByRefreshToken(context, refreshToken))) {
      throw new Refusal(400, { error: 'Token is invalid or expired' });
    }
    clearTokenCookie(reply);
    return;
  }
  if (request.headers.authorization === undefined && cookieTokenOf(request) === undefined) {
    throw new Refusal(400, { error: 'Refresh token is required' });
  }
  const { signInId } = await findBearer(request);
  if (signInId === null) {
    throw new Refusal(400, { error: 'An API token does not sign out; it is revoked' });
  }
  await signOut(context, signInId);
  clearTokenCookie(reply);
}

/** For routes that anybody may ask: not through a page of another site. */
const OPEN = {
  onRequest: async (request: FastifyRequest): Promise<void> => refuseOtherSites(request),
};
