/** The limits of a session: its profile's, less what is used and what is over soon (design §6). Pure. */
import type { LimitAbilities, Limits } from '../profiles/limits.ts';
import type { ProfileTerms } from '../profiles/profile.ts';
import type { Verdict } from './verdict.ts';

/** What a profile, or the default one, says about sessions: kbit/s and seconds, a timeout of 0 = none. */
export type LimitTerms = Pick<
  ProfileTerms,
  | 'bandwidthUpload'
  | 'bandwidthDownload'
  | 'sessionTimeout'
  | 'idleTimeout'
  | 'simultaneousUse'
  | 'overQuotaAction'
  | 'throttleUpload'
  | 'throttleDownload'
>;

/** What a session has used already, as its NAS counts it: NASes count time and volume from its start on, not from a CoA-Request (vendors.md §2.2). */
export interface SessionUse {
  readonly sessionTimeSeconds: number;
  /** Of both directions. */
  readonly octets: number;
}

/** Everything limits rest on. */
export interface LimitFacts {
  readonly terms: LimitTerms;
  /** Of the same user at the same instant. */
  readonly verdict: Pick<Verdict, 'isThrottled' | 'allowances' | 'validUntil'>;
  readonly nas: LimitAbilities;
  readonly interimIntervalSeconds: number;
  /** Of a session in progress; absent for one that begins. */
  readonly used?: SessionUse;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A session that is about to run out on a NAS that takes neither an order nor a volume is looked at this often. */
const SHORTEST_LOOK_SECONDS = 300;

/** Returns the limits of a session that begins, or goes on, at `now`, counted from its start. */
export function limits(facts: LimitFacts): Limits {
  const { terms, verdict, interimIntervalSeconds, used = NOTHING_USED } = facts;
  const timeout = timeoutSeconds(facts, used);
  const rest = facts.nas.hasVolumeLimit ? remainder(facts, timeout, used) : null;
  return {
    sessionTimeoutSeconds: timeout,
    idleTimeoutSeconds: orNone(terms.idleTimeout),
    interimIntervalSeconds,
    ...bandwidth(terms, verdict.isThrottled),
    simultaneousUse: terms.simultaneousUse,
    volumeOctets: rest === null ? null : rest + used.octets,
  };
}

const NOTHING_USED: SessionUse = { sessionTimeSeconds: 0, octets: 0 };

/** Whoever is throttled keeps what the profile left unsaid. */
function bandwidth(terms: LimitTerms, isThrottled: boolean): Pick<Limits, 'uploadKbps' | 'downloadKbps'> {
  const { bandwidthUpload, bandwidthDownload, throttleUpload, throttleDownload } = terms;
  return isThrottled
    ? { uploadKbps: throttleUpload ?? bandwidthUpload, downloadKbps: throttleDownload ?? bandwidthDownload }
    : { uploadKbps: bandwidthUpload, downloadKbps: bandwidthDownload };
}

function timeoutSeconds(facts: LimitFacts, { sessionTimeSeconds }: SessionUse): number | null {
  const { terms, verdict, nas, now } = facts;
  const ends = [secondsUntil(verdict.validUntil, now)];
  if (!nas.canDisconnect && isCut(terms)) ends.push(...undisturbedEnds(facts));
  const fromNow = leastOf(ends);
  return leastOf([orNone(terms.sessionTimeout), fromNow === null ? null : fromNow + sessionTimeSeconds]);
}

/**
 * A NAS that cannot be told later is told now: a periodic remainder holds until its period ends, and where not even a
 * volume can be said, the session comes back for a new decision about when the rest could be used up.
 */
function undisturbedEnds(facts: LimitFacts): (number | null)[] {
  const { verdict, nas, now } = facts;
  const resets = verdict.allowances.map(({ resetsAt }) => secondsUntil(resetsAt, now));
  if (nas.hasVolumeLimit) return resets;
  const { uploadKbps, downloadKbps } = bandwidth(facts.terms, verdict.isThrottled);
  const octetsPerSecond = ((uploadKbps + downloadKbps) * 1000) / 8;
  const rest = leastOf(verdict.allowances.map(({ remaining }) => remaining));
  const used = rest === null ? null : Math.max(SHORTEST_LOOK_SECONDS, Math.ceil(rest / octetsPerSecond));
  return [...resets, used];
}

/** Yesterday's remainder must not cut today's user: a periodic one is said only where its session ends before the period does, or nothing could be said later. */
function remainder(
  { terms, verdict, nas, now }: LimitFacts,
  timeout: number | null,
  { sessionTimeSeconds }: SessionUse,
): number | null {
  if (!isCut(terms)) return null;
  const endsAt = timeout === null ? Number.POSITIVE_INFINITY : now + (timeout - sessionTimeSeconds) * 1000;
  const binding = verdict.allowances.filter(
    ({ resetsAt }) => resetsAt === null || !nas.canDisconnect || endsAt <= resetsAt,
  );
  return leastOf(binding.map(({ remaining }) => remaining));
}

/** A NAS would cut whoever is only to be slowed down, or told. */
function isCut({ overQuotaAction }: LimitTerms): boolean {
  return overQuotaAction === 'disconnect';
}

/** At least a second: 0 would mean for ever to some. */
function secondsUntil(instant: number | null, now: number): number | null {
  return instant === null ? null : Math.max(1, Math.floor((instant - now) / 1000));
}

function orNone(seconds: number): number | null {
  return seconds === 0 ? null : seconds;
}

function leastOf(values: readonly (number | null)[]): number | null {
  const said = values.filter((value) => value !== null);
  return said.length === 0 ? null : Math.min(...said);
}
