/** Whether a user may be online now, and if not, why and until when (contract §0.8). Pure. */
import type { OverQuotaAction, ProfileTerms } from '../profiles/profile.ts';
import { type Counters, rollOver } from './counters.ts';
import type { Calendar, PeriodStarts } from './period.ts';
import { isExpired, validUntil } from './validity.ts';

/** Why somebody is refused or slowed down, in the order in which reasons are given: what lasts longest comes first. */
export const REASON_CODES = [
  'disabled',
  'radius_disabled',
  'promotion_inactive',
  'expired',
  'quota_total',
  'quota_monthly',
  'quota_weekly',
  'quota_daily',
  'simultaneous_use',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** `cut`: no new session, and open ones end. `refuse`: no new session, open ones go on. `throttle`: all go on, slower. `notify`: all go on. */
export const REASON_EFFECTS = ['cut', 'refuse', 'throttle', 'notify'] as const;
export type ReasonEffect = (typeof REASON_EFFECTS)[number];

/** One reason. Instants are epoch milliseconds. */
export interface Reason {
  readonly code: ReasonCode;
  readonly effect: ReasonEffect;
  /** Octets of a quota, sessions of simultaneous use; null for the others. */
  readonly used: number | null;
  readonly limit: number | null;
  /** When it began, where that is known. */
  readonly since: number | null;
  /** When it ends by itself; null = not before somebody changes something. */
  readonly endsAt: number | null;
}

export const ALLOWANCE_PERIODS = ['daily', 'weekly', 'monthly', 'total'] as const;
export type AllowancePeriod = (typeof ALLOWANCE_PERIODS)[number];

/** One limit in force and what is left of it, octets. */
export interface Allowance {
  readonly period: AllowancePeriod;
  readonly used: number;
  readonly limit: number;
  readonly remaining: number;
  /** Epoch milliseconds; null for the total, which starts anew with an activation only. */
  readonly resetsAt: number | null;
}

export interface Verdict {
  /** Whether one more session may begin now. */
  readonly isAllowed: boolean;
  /** Whether the sessions that are open may go on. */
  readonly mayStayOnline: boolean;
  /** Whether they go on slower. */
  readonly isThrottled: boolean;
  /** In the order of REASON_CODES; empty where nothing is to be said. */
  readonly reasons: readonly Reason[];
  /** When one more session may begin, if nobody changes or uses anything; epoch milliseconds, null = never, or now already. */
  readonly allowedAt: number | null;
  /** Every limit in force, the shortest period first. */
  readonly allowances: readonly Allowance[];
  /** Epoch milliseconds; null = for ever. */
  readonly validUntil: number | null;
}

/** What a profile says about who may be online; `validityDuration` in days, null = for ever. */
export interface VerdictTerms
  extends Pick<
    ProfileTerms,
    | 'quotaType'
    | 'dataVolume'
    | 'dailyLimit'
    | 'weeklyLimit'
    | 'monthlyLimit'
    | 'simultaneousUse'
    | 'overQuotaAction'
  > {
  readonly validityDuration: number | null;
}

/** The first instants (epoch milliseconds) of the current periods and of those that follow. */
export interface VerdictPeriods {
  readonly starts: PeriodStarts;
  readonly ends: PeriodStarts;
}

/** Everything a verdict rests on. */
export interface VerdictFacts {
  readonly user: { readonly isActive: boolean; readonly isRadiusEnabled: boolean };
  /** Of the effective profile, else `defaultTerms`. */
  readonly terms: VerdictTerms;
  /** Of the promotion that the effective profile comes from; null where it comes from none. */
  readonly isPromotionActive: boolean | null;
  /** As stored: periods that have ended are rolled over here. Null = nothing was ever used. */
  readonly counters: Counters | null;
  readonly openSessions: number;
  readonly periods: VerdictPeriods;
  readonly now: number;
}

/** Returns the periods of an instant (epoch milliseconds) as a verdict needs them. */
export function verdictPeriods(calendar: Calendar, now: number): VerdictPeriods {
  const { day, week, month } = calendar.periodsOf(now);
  return {
    starts: { day: day.start, week: week.start, month: month.start },
    ends: { day: day.end, week: week.end, month: month.end },
  };
}

/** Returns what holds for users without an effective profile: no quota, no expiry (contract §0.2). */
export function defaultTerms({ simultaneousUse }: { readonly simultaneousUse: number }): VerdictTerms {
  return {
    quotaType: 'unlimited',
    dataVolume: 0,
    dailyLimit: null,
    weeklyLimit: null,
    monthlyLimit: null,
    simultaneousUse,
    overQuotaAction: 'disconnect',
    validityDuration: null,
  };
}

/** Returns whether a user may be online at `now`, every reason against it, and what is left. */
export function verdict(facts: VerdictFacts): Verdict {
  const { terms, now } = facts;
  const counters = facts.counters === null ? null : rollOver(facts.counters, facts.periods.starts);
  const until = counters === null ? null : validUntil(validityOf(counters, terms));
  const allowances = allowancesOf(counters, terms, facts.periods);
  const reasons = [
    ...standingReasons(facts),
    ...(counters !== null && isExpired({ ...validityOf(counters, terms), now })
      ? [{ ...NO_NUMBERS, code: 'expired' as const, since: until }]
      : []),
    ...quotaReasons(allowances, terms.overQuotaAction),
    ...sessionReasons(facts),
  ];
  const has = (...effects: ReasonEffect[]) => reasons.some(({ effect }) => effects.includes(effect));
  return {
    isAllowed: !has('cut', 'refuse'),
    mayStayOnline: !has('cut'),
    isThrottled: !has('cut') && has('throttle'),
    reasons,
    allowedAt: allowedAt(reasons, until),
    allowances,
    validUntil: until,
  };
}

const NO_NUMBERS = { effect: 'cut', used: null, limit: null, since: null, endsAt: null } as const;

/** What people have switched off. */
function standingReasons({ user, isPromotionActive }: VerdictFacts): Reason[] {
  const codes: ReasonCode[] = [];
  if (!user.isActive) codes.push('disabled');
  if (!user.isRadiusEnabled) codes.push('radius_disabled');
  if (isPromotionActive === false) codes.push('promotion_inactive');
  return codes.map((code) => ({ ...NO_NUMBERS, code }));
}

function validityOf({ activationDate }: Counters, { validityDuration }: VerdictTerms) {
  return { activationDate, validityDays: validityDuration };
}

/** Contract §0.8: null is no limit, and the periodic ones bind `unlimited` profiles too. */
function allowancesOf(counters: Counters | null, terms: VerdictTerms, { ends }: VerdictPeriods): Allowance[] {
  const limits = [
    { period: 'daily', used: counters?.usedToday, limit: terms.dailyLimit, resetsAt: ends.day },
    { period: 'weekly', used: counters?.usedWeek, limit: terms.weeklyLimit, resetsAt: ends.week },
    { period: 'monthly', used: counters?.usedMonth, limit: terms.monthlyLimit, resetsAt: ends.month },
    {
      period: 'total',
      used: counters?.usedTotal,
      limit: terms.quotaType === 'limited' ? terms.dataVolume : null,
      resetsAt: null,
    },
  ] as const;
  return limits.flatMap(({ period, used = 0, limit, resetsAt }) =>
    limit === null ? [] : [{ period, used, limit, remaining: Math.max(0, limit - used), resetsAt }],
  );
}

const OVER_QUOTA_EFFECTS = {
  disconnect: 'cut',
  throttle: 'throttle',
  notify: 'notify',
} as const satisfies Record<OverQuotaAction, ReasonEffect>;

/** Reaching a limit is exceeding it (contract §0.8); the total comes before the month, that before the week and the day. */
function quotaReasons(allowances: readonly Allowance[], action: OverQuotaAction): Reason[] {
  return allowances
    .filter(({ used, limit }) => used >= limit)
    .map(({ period, used, limit, resetsAt }) => ({
      code: `quota_${period}` as const,
      effect: OVER_QUOTA_EFFECTS[action],
      used,
      limit,
      since: null,
      // Nothing is allowed in the next period either.
      endsAt: limit === 0 ? null : resetsAt,
    }))
    .reverse();
}

function sessionReasons({ terms, openSessions }: VerdictFacts): Reason[] {
  if (openSessions < terms.simultaneousUse) return [];
  return [
    {
      code: 'simultaneous_use',
      effect: 'refuse',
      used: openSessions,
      limit: terms.simultaneousUse,
      since: null,
      endsAt: null,
    },
  ];
}

/** Every reason that refuses must have ended, and the profile must still be valid then. */
function allowedAt(reasons: readonly Reason[], until: number | null): number | null {
  const ends = reasons
    .filter(({ effect }) => effect === 'cut' || effect === 'refuse')
    .map(({ endsAt }) => endsAt ?? Number.POSITIVE_INFINITY);
  const last = Math.max(...ends);
  return ends.length > 0 && last <= (until ?? Number.MAX_VALUE) ? last : null;
}
