/** An intent: a decision to disconnect a session or to change it, written down before it is carried out (design §7). */

/** What is to be done with the session: RFC 5176 §2.1 Disconnect, or §2.2 a change of its authorization. */
export const INTENT_KINDS = ['disconnect', 'coa'] as const;
export type IntentKind = (typeof INTENT_KINDS)[number];

/** Where a new intent stands, and one that is to be tried again. */
export const PENDING = 'pending';
/** The NAS has said yes; the Stop that proves it is waited for. */
export const ACKNOWLEDGED = 'acknowledged';
/** What an intent ends as that another one took the place of, or that what it was for is over. */
export const SUPERSEDED = 'superseded';
/** What an intent ends as that was decided where nothing is sent. */
export const NOT_SENT = 'not-sent';

/**
 * What an intent that was carried out ends as. `confirmed`: the session's Stop followed; `unconfirmed`: the NAS said yes
 * and the session goes on; `done`: the NAS took the new limits; `refused`: it said no; `no-answer`; `unsupported`: its
 * kind cannot do it, so nothing was sent; `gone`: it knows no such session.
 */
export const ENDS = [
  'confirmed',
  'unconfirmed',
  'done',
  'refused',
  'no-answer',
  'unsupported',
  'gone',
  SUPERSEDED,
  NOT_SENT,
] as const;
export type IntentEnd = (typeof ENDS)[number];

/** `user_id` of an intent about a session that is nobody's: no user has this id. */
export const NOBODY = 0;

/** One intent. Instants are epoch milliseconds. */
export interface Intent {
  readonly id: number;
  readonly sessionId: number;
  /** Null where the session is nobody's. */
  readonly userId: number | null;
  readonly kind: IntentKind;
  /** A word such as `manual` or `quota_daily`. */
  readonly reason: string;
  readonly status: string;
  /** Whether it is still to be carried out; a session has one such intent at most. */
  readonly isLive: boolean;
  readonly attemptCount: number;
  /** When it is to be tried next. */
  readonly dueAt: number;
  readonly detail: string | null;
  /** What came of it; null before. */
  readonly outcome: string | null;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

/** Returns the key that a session's live intent holds, and that keeps a second one out. */
export function liveKeyOf(sessionId: number): string {
  return `session:${sessionId}`;
}
