/** Deciding, within the transaction that changed something, what is to be done with the open sessions of users. */
import type { BatchTransaction } from '../db/batch.ts';
import type { ReasonCode } from '../usage/verdict.ts';
import { type Language, verdictSentence } from '../usage/verdict-texts.ts';
import {
  insertDisconnections,
  insertIntents,
  type OpenSession,
  saveLimitsTold,
  selectOpenDisconnections,
  selectOpenSessions,
  supersedeIntents,
} from './batch-store.ts';
import { againAt, cuttingReason, type Decision, decide } from './decide.ts';
import type { Standing } from './standing.ts';

/** A user whose open sessions are to be looked at. */
export interface JudgedUser {
  readonly userId: number;
  readonly username: string;
  readonly standing: Standing;
}

export interface DecidingOptions {
  /** Whether decisions are carried out; where not, they are written down as such. */
  readonly isSending: boolean;
  /** What the disconnection log is written in, and the zone of its instants. */
  readonly language: Language;
  readonly timezone: string;
}

/** What was decided about the open sessions of users. */
export interface Decided {
  /** Users whose sessions are to be disconnected or changed from now on. */
  readonly userIds: ReadonlySet<number>;
  readonly intentCount: number;
  /** Users about whom nothing is to be decided before that instant (epoch milliseconds), whatever their sessions report. */
  readonly quietUntil: ReadonlyMap<number, number>;
}

/** What people change meanwhile must not wait for long. */
const QUIET_MS_MAX = 60_000;
/** So long at least a decision takes to be carried out. */
const LIVE_WAIT_MS = 5_000;

/**
 * Decides about every open session of some users, not only those that reported, and writes it down; the sessions' rows
 * as this transaction left them count. One more round trip. The caller holds the users' usage.
 */
export async function decideForUsers(
  batch: BatchTransaction,
  users: readonly JudgedUser[],
  options: DecidingOptions,
): Promise<Decided> {
  const userIds = users.map(({ userId }) => userId).sort((a, b) => a - b);
  const refused = users.filter(({ standing }) => !standing.mayStayOnline);
  const sessionsOf = selectOpenSessions(batch, userIds);
  const cutOff = selectOpenDisconnections(
    batch,
    refused.map(({ userId }) => userId),
  );
  await batch.flush();
  const byUser = new Map(users.map((user) => [user.userId, user]));
  const terms = { now: batch.now, isSending: options.isSending };
  const decided = sessionsOf().flatMap((session) => {
    const user = byUser.get(session.userId);
    return user === undefined ? [] : [{ session, user, decision: decide(session, user.standing, terms) }];
  });
  write(batch, decided, options);
  if (options.isSending) writeDisconnections(batch, decided, { cutOff: cutOff(), options });
  const acted = decided.filter(({ decision }) => decision.intent !== undefined);
  const actedUserIds = new Set(acted.map(({ user }) => user.userId));
  return {
    userIds: actedUserIds,
    intentCount: acted.length,
    quietUntil: quietUntil(
      userIds.filter((id) => !actedUserIds.has(id)),
      { decided, now: batch.now },
    ),
  };
}

function quietUntil(
  userIds: readonly number[],
  { decided, now }: { readonly decided: readonly DecidedSession[]; readonly now: number },
): Map<number, number> {
  const until = new Map(userIds.map((userId) => [userId, now + QUIET_MS_MAX]));
  for (const { session, user } of decided) {
    const known = until.get(user.userId);
    if (known === undefined) continue;
    const next = session.live === undefined ? againAt(session) : now + LIVE_WAIT_MS;
    // What never ended has no next time: nothing was to be done.
    if (next > now) until.set(user.userId, Math.min(known, next));
  }
  return until;
}

interface DecidedSession {
  readonly session: OpenSession;
  readonly user: JudgedUser;
  readonly decision: Decision;
}

const UNSENT = 'Nothing was sent: this radmeter only watches (setting enforce).';

function write(
  batch: BatchTransaction,
  decided: readonly DecidedSession[],
  { isSending }: DecidingOptions,
): void {
  // The keys of those that end must be free before others take them.
  supersedeIntents(
    batch,
    decided.flatMap(({ decision }) => (decision.supersededId === undefined ? [] : [decision.supersededId])),
  );
  insertIntents(
    batch,
    decided.flatMap(({ session: { sessionId, userId }, decision: { intent } }) =>
      intent === undefined
        ? []
        : [{ ...intent, sessionId, userId, unsentBecause: isSending ? undefined : UNSENT }],
    ),
  );
  saveLimitsTold(
    batch,
    decided.flatMap(({ session: { sessionId }, decision: { limitsTold } }) =>
      limitsTold === undefined ? [] : [{ sessionId, limitsTold }],
    ),
  );
}

/** One entry for each user who is cut, and reason, as long as it is open. */
function writeDisconnections(
  batch: BatchTransaction,
  decided: readonly DecidedSession[],
  {
    cutOff,
    options,
  }: {
    readonly cutOff: readonly { readonly userId: number; readonly reason: string }[];
    readonly options: DecidingOptions;
  },
): void {
  const open = new Set(cutOff.map(({ userId, reason }) => `${userId} ${reason}`));
  const entries = decided.flatMap(({ session, user, decision }) => {
    const { verdict } = user.standing;
    const cause = cuttingReason(user.standing);
    if (decision.intent?.kind !== 'disconnect' || verdict === undefined || cause === undefined) return [];
    const reason = LOG_REASONS[cause.code];
    const key = `${user.userId} ${reason}`;
    if (open.has(key)) return [];
    open.add(key);
    return [
      {
        userId: user.userId,
        reason,
        description: verdictSentence(verdict, { ...options, username: user.username }),
        quotaUsed: cause.used ?? undefined,
        quotaLimit: cause.limit ?? undefined,
        sessionSeconds: session.sessionSeconds,
      },
    ];
  });
  insertDisconnections(batch, entries);
}

/** The words of `user_disconnection_logs` (contract §12) for our reasons. */
const LOG_REASONS: Readonly<Record<ReasonCode, string>> = {
  disabled: 'manual',
  radius_disabled: 'manual',
  promotion_inactive: 'manual',
  expired: 'validity_expired',
  quota_total: 'quota_exceeded',
  quota_monthly: 'monthly_limit',
  quota_weekly: 'weekly_limit',
  quota_daily: 'daily_limit',
  simultaneous_use: 'session_expired',
};
