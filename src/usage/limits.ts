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

/** Everything limits rest on. */
export interface LimitFacts {
  readonly terms: LimitTerms;
  /** Of the same user at the same instant. */
  readonly verdict: Pick<Verdict, 'isThrottled' | 'allowances' | 'validUntil'>;
  readonly nas: LimitAbilities;
  readonly interimIntervalSeconds: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A session that is about to run out on a NAS that takes neither an order nor a volume is looked at this often. */
const SHORTEST_LOOK_SECONDS = 300;

/** Returns the limits of a session that begins, or goes on, at `now`. */
export function limits(facts: LimitFacts): Limits {
  const { terms, verdict, interimIntervalSeconds } = facts;
  const timeout = timeoutSeconds(facts);
  return {
    sessionTimeoutSeconds: timeout,
    idleTimeoutSeconds: orNone(terms.idleTimeout),
    interimIntervalSeconds,
    ...bandwidth(terms, verdict.isThrottled),
    simultaneousUse: terms.simultaneousUse,
    volumeOctets: facts.nas.hasVolumeLimit ? remainder(facts, timeout) : null,
  };
}

/** What a session has used already, as its NAS counts it. */
export interface SessionUse {
  readonly sessionTimeSeconds: number;
  readonly octets: number;
}

/** Returns limits as a session in progress is told them: NASes count time and volume from its start, not from the CoA-Request on (vendors.md §2.2). */
export function limitsInProgress(remaining: Limits, used: SessionUse): Limits {
  const { sessionTimeoutSeconds: timeout, volumeOctets: volume } = remaining;
  return {
    ...remaining,
    sessionTimeoutSeconds: timeout === null ? null : timeout + used.sessionTimeSeconds,
    volumeOctets: volume === null ? null : volume + used.octets,
  };
}

/** Whoever is throttled keeps what the profile left unsaid. */
function bandwidth(terms: LimitTerms, isThrottled: boolean): Pick<Limits, 'uploadKbps' | 'downloadKbps'> {
  const { bandwidthUpload, bandwidthDownload, throttleUpload, throttleDownload } = terms;
  return isThrottled
    ? { uploadKbps: throttleUpload ?? bandwidthUpload, downloadKbps: throttleDownload ?? bandwidthDownload }
    : { uploadKbps: bandwidthUpload, downloadKbps: bandwidthDownload };
}

function timeoutSeconds(facts: LimitFacts): number | null {
  const { terms, verdict, nas, now } = facts;
  const ends = [orNone(terms.sessionTimeout), secondsUntil(verdict.validUntil, now)];
  if (!nas.canDisconnect && isCut(terms)) ends.push(...undisturbedEnds(facts));
  return leastOf(ends);
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
function remainder(facts: LimitFacts, timeout: number | null): number | null {
  const { terms, verdict, nas, now } = facts;
  if (!isCut(terms)) return null;
  const binding = verdict.allowances.filter(({ resetsAt }) => {
    if (resetsAt === null || !nas.canDisconnect) return true;
    return timeout !== null && now + timeout * 1000 <= resetsAt;
  });
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
