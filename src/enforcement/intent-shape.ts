/** The JSON of an intent, for the command line and HTTP alike. Pure. */
import { instantJson } from '../clock.ts';
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
    due_at: instantJson(intent.dueAt),
    detail: intent.detail,
    outcome: intent.outcome,
    created_at: instantJson(intent.createdAt),
    finished_at: instantJson(intent.finishedAt),
  };
}

/** Returns an intent's JSON as users see it about their own sessions: addresses of the network, and what its NASes say, are none of their business. */
export function ownIntentShape(intent: IntentListing) {
  return { ...intentShape(intent), detail: null, outcome: null };
}
