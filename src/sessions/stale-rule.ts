/** When a session that says nothing more is taken for over (design: stops and silence). Pure. */
import { SLACK_SECONDS } from './run.ts';

/** An open session as its silence is judged. Instants are epoch milliseconds on our clock. */
export interface HeardSession {
  /** When its newest record arrived, less that record's Acct-Delay-Time. */
  readonly lastHeardAt: number;
  /** When it began, by the arrival of its records. */
  readonly startedAt: number;
  readonly hasInterim: boolean;
  /** What was learned of the time between its Interim-Updates; undefined before two of them were seen. */
  readonly intervalSeconds: number | undefined;
}

/** What else silence is judged by. */
export interface SilenceTerms {
  /** The least silence after which a session of this NAS is taken for over. */
  readonly floorSeconds: number;
  /** The user's; undefined = none, or nobody's session. */
  readonly sessionTimeoutSeconds: number | undefined;
  /** Since when silence counts, epoch milliseconds: nobody is silent while nobody listens. */
  readonly countsSince: number;
}

/** One Interim-Update may be lost, and the next, and nobody is gone yet. */
const INTERVALS = 3;
/** Until two Interim-Updates were seen. Half an hour is the longest that is usual, and one may be lost. */
const UNLEARNED_SILENCE_SECONDS = 3_600;
const WITHOUT_INTERIM_SECONDS = 86_400;
/** Up to here a longer interval is believed at once, beyond it is doubled at most. */
const BELIEVED_INTERVAL_SECONDS = 1_800;

/**
 * Returns the instant (epoch milliseconds) from which on a session is silent, if it is not heard of before.
 *
 * One that sends Interim-Updates is silent after three intervals, never before the NAS's floor. One that sends none can
 * only be expected to end: at its Session-Timeout (RFC 2865 §5.27), else a day after its last record; its Stop, which
 * may have to be sent again, has the floor's time from then, and from when we began to listen.
 */
export function silentAt(session: HeardSession, terms: SilenceTerms): number {
  const { lastHeardAt, startedAt, hasInterim, intervalSeconds } = session;
  const { floorSeconds, sessionTimeoutSeconds, countsSince } = terms;
  const heardAt = Math.max(lastHeardAt, countsSince);
  if (hasInterim) {
    const silence = intervalSeconds === undefined ? UNLEARNED_SILENCE_SECONDS : INTERVALS * intervalSeconds;
    return heardAt + Math.max(silence, floorSeconds) * 1000;
  }
  const floorMs = floorSeconds * 1000;
  if (sessionTimeoutSeconds !== undefined) {
    return Math.max(startedAt + sessionTimeoutSeconds * 1000, heardAt) + floorMs;
  }
  return Math.max(lastHeardAt + WITHOUT_INTERIM_SECONDS * 1000, heardAt + floorMs);
}

/**
 * Returns the interval learned from the seconds between two Interim-Updates and what was known before.
 *
 * A gap is no interval where a report was lost, where nobody reported for hours, or where one came out of turn because
 * an address changed. So what is known at most doubles beyond the usual and at most halves: one odd gap never makes a
 * session silent too early, nor keeps it for long.
 */
export function learnInterval(knownSeconds: number | undefined, gapSeconds: number): number | undefined {
  if (gapSeconds <= SLACK_SECONDS || knownSeconds === undefined) {
    return gapSeconds <= SLACK_SECONDS ? knownSeconds : gapSeconds;
  }
  const most = Math.max(knownSeconds * 2, BELIEVED_INTERVAL_SECONDS);
  return Math.min(Math.max(gapSeconds, Math.ceil(knownSeconds / 2)), most);
}
