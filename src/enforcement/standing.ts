/** How a user stands at an instant, as far as open sessions depend on it: whether they may go on, and under which limits. Pure. */
import type { ProfileTerms } from '../profiles/profile.ts';
import type { Subscriber } from '../profiles/subscriber.ts';
import type { Counters } from '../usage/counters.ts';
import type { LimitTerms } from '../usage/limits.ts';
import { isExceeded } from '../usage/quota.ts';
import { validUntil } from '../usage/validity.ts';
import { type Verdict, type VerdictPeriods, type VerdictTerms, verdict } from '../usage/verdict.ts';

/** What holds for sessions: of a profile, or of the default one. */
export type SessionTerms = VerdictTerms & LimitTerms;

/** Everything a standing rests on. */
export interface StandingFacts {
  readonly subscriber: Pick<Subscriber, 'isActive' | 'isRadiusEnabled' | 'isPromotionActive' | 'terms'>;
  /** As stored; undefined = nothing was ever used. */
  readonly counters: Counters | undefined;
  readonly defaultTerms: SessionTerms;
  readonly periods: VerdictPeriods;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface Standing {
  /** Undefined where nothing is to be said against the user, which is so for nearly everybody. */
  readonly verdict: Verdict | undefined;
  readonly mayStayOnline: boolean;
  /** Stands for the limits of a session apart from what is left: the same number, the same limits. */
  readonly limitsPrint: number;
  /** Whether a session that was told these limits need not be told what holds now: they are the same but for the use that has begun since, and the validity with it. */
  readonly isSameButBegun: (limitsTold: number) => boolean;
}

/** What is left of the default profile's settings, as terms (contract §0.2): no quota, no expiry. */
export interface DefaultLimits {
  readonly sessionTimeoutSeconds: number;
  readonly idleTimeoutSeconds: number | null;
  readonly bandwidthUploadKbps: number;
  readonly bandwidthDownloadKbps: number;
  readonly simultaneousUse: number;
}

/** Returns what holds for sessions of users without a profile. */
export function defaultSessionTerms(profile: DefaultLimits): SessionTerms {
  return {
    quotaType: 'unlimited',
    dataVolume: 0,
    dailyLimit: null,
    weeklyLimit: null,
    monthlyLimit: null,
    validityDuration: null,
    overQuotaAction: 'disconnect',
    throttleUpload: null,
    throttleDownload: null,
    sessionTimeout: profile.sessionTimeoutSeconds,
    idleTimeout: profile.idleTimeoutSeconds ?? 0,
    bandwidthUpload: profile.bandwidthUploadKbps,
    bandwidthDownload: profile.bandwidthDownloadKbps,
    simultaneousUse: profile.simultaneousUse,
  };
}

/** Returns how a user stands; the whole verdict is asked only where something is against them. */
export function standingOf(facts: StandingFacts): Standing {
  const { subscriber, counters, defaultTerms, now } = facts;
  const terms = subscriber.terms ?? defaultTerms;
  const until = counters === undefined ? null : validUntil(validityOf(counters, terms));
  const isUndisturbed =
    subscriber.isActive &&
    subscriber.isRadiusEnabled &&
    subscriber.isPromotionActive !== false &&
    // Counters of a period that has ended say too much, never too little.
    !isExceeded(counters ?? NOTHING_USED, subscriber.terms) &&
    (until === null || now <= until);
  const given = isUndisturbed ? undefined : verdictOf(facts, terms);
  const isThrottled = given?.isThrottled ?? false;
  const activationDate = counters?.activationDate ?? null;
  return {
    verdict: given,
    mayStayOnline: given?.mayStayOnline ?? true,
    limitsPrint: limitsPrint(terms, { isThrottled, validUntil: until, activationDate }),
    isSameButBegun: (limitsTold) => !isThrottled && limitsTold === limitsPrint(terms, NOT_BEGUN),
  };
}

/** Before the first octets nothing is activated, so that nothing ends either. */
const NOT_BEGUN = { isThrottled: false, validUntil: null, activationDate: null } as const;

const NOTHING_USED = { usedToday: 0, usedWeek: 0, usedMonth: 0, usedTotal: 0 };

function verdictOf(facts: StandingFacts, terms: SessionTerms): Verdict {
  const { subscriber, counters, periods, now } = facts;
  return verdict({
    user: { isActive: subscriber.isActive, isRadiusEnabled: subscriber.isRadiusEnabled },
    terms,
    isPromotionActive: subscriber.isPromotionActive,
    counters: counters ?? null,
    // How many there are keeps nobody from staying.
    openSessions: 0,
    periods,
    now,
  });
}

function validityOf(
  { activationDate }: Counters,
  { validityDuration }: Pick<SessionTerms, 'validityDuration'>,
) {
  return { activationDate, validityDays: validityDuration };
}

/** What limits rest on beside the terms; instants are epoch milliseconds. */
interface LimitState {
  readonly isThrottled: boolean;
  readonly validUntil: number | null;
  readonly activationDate: number | null;
}

/**
 * Returns 31 bits that stand for limits. What is left of an allowance is not among them: it changes with every record,
 * and whoever is told a volume is told what the allowance was (design §6). The lowest bit says whether they are
 * throttled, so that it can be told from a number alone what changed.
 */
export function limitsPrint(terms: SessionTerms, state: LimitState): number {
  const { isThrottled } = state;
  let hash = FNV_OFFSET;
  for (const value of [
    (isThrottled ? terms.throttleUpload : null) ?? terms.bandwidthUpload,
    (isThrottled ? terms.throttleDownload : null) ?? terms.bandwidthDownload,
    terms.sessionTimeout,
    terms.idleTimeout,
    state.validUntil ?? NONE,
    ...volumesTold(terms, state),
  ]) {
    hash = mixed(mixed(hash, value % WORD), Math.floor(value / WORD));
  }
  return ((hash >>> 1) & ~1) | (isThrottled ? THROTTLED_BIT : 0);
}

/** Returns whether limits that a number stands for are those of somebody throttled. */
export function isThrottledPrint(print: number): boolean {
  return (print & THROTTLED_BIT) !== 0;
}

/** A NAS is told volumes only of those whom it is to cut at their end. */
function volumesTold(
  terms: Pick<
    ProfileTerms,
    'overQuotaAction' | 'quotaType' | 'dataVolume' | 'dailyLimit' | 'weeklyLimit' | 'monthlyLimit'
  >,
  { activationDate }: LimitState,
): number[] {
  if (terms.overQuotaAction !== 'disconnect') return [];
  const total = terms.quotaType === 'limited' ? [terms.dataVolume, activationDate ?? NONE] : [NONE];
  return [
    ...total,
    ...[terms.dailyLimit, terms.weeklyLimit, terms.monthlyLimit].map((limit) => limit ?? NONE),
  ];
}

const WORD = 2 ** 32;
const NONE = -1;
const THROTTLED_BIT = 1;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, a word at a time. */
function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, FNV_PRIME);
  return product ^ (product >>> 15);
}
