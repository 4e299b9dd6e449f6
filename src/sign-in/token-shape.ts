/** The JSON of an API token, for the command line and HTTP alike. Pure. */
import { instantJson } from '../clock.ts';
import type { ApiToken } from './token-queries.ts';

/** Returns a token's JSON, never what its bearer shows; `user_username` is absent where it is nobody's (contract §5). */
export function tokenShape(token: ApiToken) {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    user: token.userId,
    ...(token.username === null ? {} : { user_username: token.username }),
    created_at: instantJson(token.createdAt),
    expires_at: instantJson(token.expiresAt),
    last_used_at: instantJson(token.lastUsedAt),
    revoked_at: instantJson(token.revokedAt),
  };
}
