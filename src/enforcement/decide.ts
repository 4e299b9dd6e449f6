/** What is to be done with an open session, given how its user stands and what was decided about it before. Pure. */
import type { Reason, ReasonCode } from '../usage/verdict.ts';
import type { IntentKind } from './intent.ts';
import { isThrottledPrint, type Standing } from './standing.ts';

/** An open session with what was told it and decided about it. Instants are epoch milliseconds. */
export interface SessionState {
  readonly sessionId: number;
  readonly userId: number;
  /** The print of the limits it was told; undefined where nobody knows them. */
  readonly limitsTold: number | undefined;
  readonly live: { readonly intentId: number; readonly kind: IntentKind } | undefined;
  /** Disconnections that ended, and the session went on. */
  readonly endedCount: number;
  readonly endedAt: number | undefined;
  /** Whether its NAS cannot be told to end it. */
  readonly isUnsupported: boolean;
  /** What was decided while nothing was sent. */
  readonly hasUnsentDisconnect: boolean;
  readonly hasUnsentChange: boolean;
}

/** Why a session is to be changed. */
export const CHANGE_REASONS = ['throttled', 'restored', 'limits_changed'] as const;
export type ChangeReason = (typeof CHANGE_REASONS)[number];

/** What is to be written; nothing where all of it is undefined. */
export interface Decision {
  readonly intent: { readonly kind: IntentKind; readonly reason: ReasonCode | ChangeReason } | undefined;
  /** The live intent it takes the place of. */
  readonly supersededId: number | undefined;
  /** The print of the limits that the session is told from now on, where it changes. */
  readonly limitsTold: number | undefined;
}

const NOTHING: Decision = { intent: undefined, supersededId: undefined, limitsTold: undefined };

/** After a disconnection that ended without the session's end the next one waits this long, the last wait for ever. */
const AGAIN_AFTER_MS = [60_000, 300_000, 900_000] as const;
const LAST_WAIT_MS = 900_000;
/** A NAS that takes no orders takes none a minute later either. */
const UNSUPPORTED_WAIT_MS = 86_400_000;

/** Returns what is to be done; `isSending` says whether decisions are carried out here at all. */
export function decide(
  session: SessionState,
  standing: Standing,
  { now, isSending }: { readonly now: number; readonly isSending: boolean },
): Decision {
  const reason = cuttingReason(standing);
  return reason === undefined
    ? decideChange(session, standing, isSending)
    : decideDisconnect(session, reason.code, { now, isSending });
}

/** Returns the first reason that cuts a user off; undefined where they may stay online. */
export function cuttingReason({ verdict }: Standing): Reason | undefined {
  return verdict?.reasons.find(({ effect }) => effect === 'cut');
}

/** Returns when the next disconnection is due of a session whose last one ended; epoch milliseconds. */
export function againAt({
  endedCount,
  endedAt,
  isUnsupported,
}: Pick<SessionState, 'endedCount' | 'endedAt' | 'isUnsupported'>): number {
  if (endedAt === undefined) return Number.NEGATIVE_INFINITY;
  if (isUnsupported) return endedAt + UNSUPPORTED_WAIT_MS;
  return endedAt + (AGAIN_AFTER_MS[endedCount - 1] ?? LAST_WAIT_MS);
}

function decideDisconnect(
  session: SessionState,
  reason: ReasonCode,
  { now, isSending }: { readonly now: number; readonly isSending: boolean },
): Decision {
  if (session.live?.kind === 'disconnect') return NOTHING;
  if (!isSending && session.hasUnsentDisconnect) return NOTHING;
  if (session.live === undefined && now < againAt(session)) return NOTHING;
  return {
    intent: { kind: 'disconnect', reason },
    supersededId: session.live?.intentId,
    limitsTold: undefined,
  };
}

function decideChange(session: SessionState, standing: Standing, isSending: boolean): Decision {
  const { limitsTold, live } = session;
  const { limitsPrint } = standing;
  // What it was told by somebody else is taken to be what holds now.
  if (limitsTold === undefined) return { ...NOTHING, limitsTold: limitsPrint };
  if (limitsTold === limitsPrint || live?.kind === 'disconnect') return NOTHING;
  if (standing.isSameButBegun(limitsTold)) return { ...NOTHING, limitsTold: limitsPrint };
  if (!isSending && session.hasUnsentChange) return NOTHING;
  return {
    intent: { kind: 'coa', reason: changeReason(limitsTold, limitsPrint) },
    supersededId: live?.intentId,
    limitsTold: isSending ? limitsPrint : undefined,
  };
}

function changeReason(before: number, after: number): ChangeReason {
  if (isThrottledPrint(before) === isThrottledPrint(after)) return 'limits_changed';
  return isThrottledPrint(after) ? 'throttled' : 'restored';
}
