/** Whose sessions somebody may look at: whoever reads everything any, users their own. */
import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import { type SessionListing, sessionsOf } from '../sessions/session-queries.ts';
import type { Api } from './api.ts';
import { type Caller, callerOf } from './caller.ts';

/** Returns whether somebody may look at other people's sessions. */
export function seesAll({ role }: Caller): boolean {
  return role !== 'user';
}

/** Returns a session; throws AppError `not_found`, also where it is another's and a user asks. */
export async function visibleSession(api: Api, request: FastifyRequest, id: number): Promise<SessionListing> {
  const caller = callerOf(request);
  const [session] = await sessionsOf(api.reader, [id]);
  const isVisible = session !== undefined && (seesAll(caller) || isOwn(caller, session.userId));
  if (!isVisible) throw new AppError('not_found', 'Not found.');
  return session;
}

function isOwn({ userId }: Caller, ofUserId: number | null): boolean {
  return userId !== null && userId === ofUserId;
}
