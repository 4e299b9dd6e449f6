/** The JSON of an API token, for the command line and HTTP alike. Pure. */
import { instantToText } from '../db/dialect.ts';
import { jsonInstant } from '../profiles/json-values.ts';
import type { ApiToken } from './token-queries.ts';

/** Returns a token's JSON, never what its bearer shows; `user_username` is absent where it is nobody's (contract §5). */
export function tokenShape(token: ApiToken) {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    user: token.userId,
    ...(token.username === null ? {} : { user_username: token.username }),
    created_at: instant(token.createdAt),
    expires_at: instantOrNull(token.expiresAt),
    last_used_at: instantOrNull(token.lastUsedAt),
    revoked_at: instantOrNull(token.revokedAt),
  };
}

function instantOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : instant(epochMs);
}

function instant(epochMs: number): string {
  return jsonInstant(instantToText(epochMs));
}
