/** Who sent a request, and what each role may do. */
import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import type { Role } from '../sign-in/role.ts';

export type { Role };

/** Whoever proved by a token who they are. */
export interface Caller {
  /** A username, or `token:` and the name of an API token that belongs to nobody. */
  readonly name: string;
  /** Null for such a token. */
  readonly userId: number | null;
  readonly role: Role;
  /** The row of `api_tokens` they came with. */
  readonly tokenId: number;
  /** The IP address they came from. */
  readonly address: string;
}

/** Fastify's requests are not ours to widen for everybody: what belongs to one is kept beside it. */
const callers = new WeakMap<object, Caller>();

/** Says once per request, before anything else looks, who sent it. */
export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** Returns who sent a request; throws AppError `unauthorized` where nobody has proved it. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) {
    throw new AppError('unauthorized', 'Authentication credentials were not provided.');
  }
  return caller;
}

/** Returns a route's `onRequest` that lets these roles pass and answers others 403 before the body is read (contract §4). */
function allow(...roles: readonly Role[]): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const { role } = callerOf(request);
    if (!roles.includes(role)) {
      throw new AppError('forbidden', 'Access denied: Administrator privileges required.');
    }
  };
}

/** For what shows other people's data. */
export const readersOnly = allow('admin', 'viewer');
/** For what changes anything. */
export const adminsOnly = allow('admin');
