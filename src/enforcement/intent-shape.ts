/** The JSON of an intent, for the command line and HTTP alike. Pure. */
import type { IntentListing } from './intent-queries.ts';

/** Returns an intent's JSON; `user_username` is absent, not null, where there is no user (contract §5). */
export function intentShape(intent: IntentListing) {
  return {
    id: intent.id,
    session: intent.sessionId,
    user: intent.userId,
    ...(intent.username === null ? {} : { user_username: intent.username }),
    kind: intent.kind,
    reason: intent.reason,
    status: intent.status,
    is_live: intent.isLive,
    attempts: intent.attemptCount,
    due_at: instant(intent.dueAt),
    detail: intent.detail,
    outcome: intent.outcome,
    created_at: instant(intent.createdAt),
    finished_at: intent.finishedAt === null ? null : instant(intent.finishedAt),
  };
}

/** As every other instant in JSON: UTC, without a fraction when it is zero (contract §5). */
function instant(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}
