import { describe, expect, it } from 'vitest';
import type { Counters } from '../../src/usage/counters.ts';
import { Calendar } from '../../src/usage/period.ts';
import {
  defaultTerms,
  REASON_CODES,
  type Verdict,
  type VerdictFacts,
  type VerdictTerms,
  verdict,
  verdictPeriods,
} from '../../src/usage/verdict.ts';

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;
/** Thursday 11 December 2025, noon. */
const NOW = Date.parse('2025-12-11T12:00:00Z');
const calendar = new Calendar('UTC');

/** The seed's "Étudiant". */
const TERMS: VerdictTerms = {
  quotaType: 'limited',
  dataVolume: 50 * GIB,
  dailyLimit: 5 * GIB,
  weeklyLimit: 30 * GIB,
  monthlyLimit: 100 * GIB,
  validityDuration: 30,
  simultaneousUse: 1,
  overQuotaAction: 'disconnect',
};

const UNUSED: Counters = {
  usedToday: 0,
  usedWeek: 0,
  usedMonth: 0,
  usedTotal: 0,
  lastDailyReset: Date.parse('2025-12-11T00:00:00Z'),
  lastWeeklyReset: Date.parse('2025-12-08T00:00:00Z'),
  lastMonthlyReset: Date.parse('2025-12-01T00:00:00Z'),
  activationDate: Date.parse('2025-12-01T00:00:00Z'),
};

const periodsAt = (now: number) => verdictPeriods(calendar, now);

function judge(facts: Partial<VerdictFacts> = {}): Verdict {
  const now = facts.now ?? NOW;
  return verdict({
    user: { isActive: true, isRadiusEnabled: true },
    terms: TERMS,
    isPromotionActive: null,
    counters: UNUSED,
    openSessions: 0,
    periods: periodsAt(now),
    now,
    ...facts,
  });
}

const used = (octets: Partial<Counters>) => ({ counters: { ...UNUSED, ...octets } });
const terms = (changed: Partial<VerdictTerms>) => ({ terms: { ...TERMS, ...changed } });
const codesOf = ({ reasons }: Verdict) => reasons.map(({ code }) => code);

describe('a user may be online', () => {
  it.each<[string, Partial<VerdictFacts>]>([
    ['with nothing used', {}],
    [
      'one octet below every limit',
      used({
        usedToday: 5 * GIB - 1,
        usedWeek: 30 * GIB - 1,
        usedMonth: 50 * GIB - 1,
        usedTotal: 50 * GIB - 1,
      }),
    ],
    ['without a usage row', { counters: null }],
    ['with a day that ended spent', used({ usedToday: 9 * GIB, lastDailyReset: NOW - DAY_MS })],
    [
      'with a spent volume under an unlimited profile',
      { ...used({ usedTotal: 99 * GIB }), ...terms({ quotaType: 'unlimited' }) },
    ],
    ['with a limit that is null', { ...used({ usedToday: 9 * GIB }), ...terms({ dailyLimit: null }) }],
    ['at the very instant validity ends', used({ activationDate: NOW - 30 * DAY_MS })],
    ['in an active promotion', { isPromotionActive: true }],
    ['with one session fewer open than allowed', { openSessions: 1, ...terms({ simultaneousUse: 2 }) }],
    [
      'under the default profile, whatever was used when',
      {
        ...used({ usedTotal: 99 * GIB, usedToday: 99 * GIB, activationDate: 0 }),
        terms: defaultTerms({ simultaneousUse: 1 }),
      },
    ],
  ])('%s', (_name, facts) => {
    expect(judge(facts)).toMatchObject({
      isAllowed: true,
      mayStayOnline: true,
      isThrottled: false,
      reasons: [],
      allowedAt: null,
    });
  });
});

describe('a user may not be online', () => {
  const tomorrow = Date.parse('2025-12-12T00:00:00Z');
  const monday = Date.parse('2025-12-15T00:00:00Z');
  const january = Date.parse('2026-01-01T00:00:00Z');
  const cut = { effect: 'cut', used: null, limit: null, since: null, endsAt: null };

  it.each<[string, Partial<VerdictFacts>, object, number | null]>([
    [
      'whose account is inactive',
      { user: { isActive: false, isRadiusEnabled: true } },
      { ...cut, code: 'disabled' },
      null,
    ],
    [
      'whom RADIUS does not let in',
      { user: { isActive: true, isRadiusEnabled: false } },
      { ...cut, code: 'radius_disabled' },
      null,
    ],
    [
      'whose profile comes from an inactive promotion',
      { isPromotionActive: false },
      { ...cut, code: 'promotion_inactive' },
      null,
    ],
    [
      'a millisecond after validity ended',
      used({ activationDate: NOW - 30 * DAY_MS - 1 }),
      { ...cut, code: 'expired', since: NOW - 1 },
      null,
    ],
    [
      'who reached the daily limit exactly',
      used({ usedToday: 5 * GIB }),
      { ...cut, code: 'quota_daily', used: 5 * GIB, limit: 5 * GIB, endsAt: tomorrow },
      tomorrow,
    ],
    [
      'who passed the weekly limit',
      used({ usedWeek: 31 * GIB }),
      { ...cut, code: 'quota_weekly', used: 31 * GIB, limit: 30 * GIB, endsAt: monday },
      monday,
    ],
    [
      'who passed the monthly limit, but is no longer valid when it ends',
      used({ usedMonth: 100 * GIB }),
      { ...cut, code: 'quota_monthly', used: 100 * GIB, limit: 100 * GIB, endsAt: january },
      null,
    ],
    [
      'who passed the monthly limit and is valid for long',
      { ...used({ usedMonth: 100 * GIB }), ...terms({ validityDuration: 60 }) },
      { ...cut, code: 'quota_monthly', used: 100 * GIB, limit: 100 * GIB, endsAt: january },
      january,
    ],
    [
      'who used the whole volume',
      used({ usedTotal: 50 * GIB }),
      { ...cut, code: 'quota_total', used: 50 * GIB, limit: 50 * GIB },
      null,
    ],
    [
      'under a daily limit of 0, today and tomorrow',
      terms({ dailyLimit: 0 }),
      { ...cut, code: 'quota_daily', used: 0, limit: 0 },
      null,
    ],
    [
      'under a limit of 0 without a usage row',
      { counters: null, ...terms({ weeklyLimit: 0 }) },
      { ...cut, code: 'quota_weekly', used: 0, limit: 0 },
      null,
    ],
    [
      'over a periodic limit of an unlimited profile',
      { ...used({ usedToday: 6 * GIB }), ...terms({ quotaType: 'unlimited' }) },
      { ...cut, code: 'quota_daily', used: 6 * GIB, limit: 5 * GIB, endsAt: tomorrow },
      tomorrow,
    ],
  ])('%s', (_name, facts, reason, allowedAt) => {
    expect(judge(facts)).toMatchObject({
      isAllowed: false,
      mayStayOnline: false,
      isThrottled: false,
      reasons: [reason],
      allowedAt,
    });
  });

  it('again, but may stay, where all sessions allowed are open', () => {
    expect(judge({ openSessions: 1 })).toMatchObject({
      isAllowed: false,
      mayStayOnline: true,
      reasons: [{ code: 'simultaneous_use', effect: 'refuse', used: 1, limit: 1, endsAt: null }],
      allowedAt: null,
    });
  });

  it('for many reasons at once, what lasts longest first', () => {
    const facts: Partial<VerdictFacts> = {
      user: { isActive: false, isRadiusEnabled: false },
      isPromotionActive: false,
      ...used({
        usedToday: 99 * GIB,
        usedWeek: 99 * GIB,
        usedMonth: 100 * GIB,
        usedTotal: 100 * GIB,
        activationDate: 0,
      }),
      openSessions: 3,
    };
    expect(codesOf(judge(facts))).toEqual([...REASON_CODES]);
  });

  it('until the last of several quotas starts anew', () => {
    expect(judge(used({ usedToday: 6 * GIB, usedWeek: 30 * GIB }))).toMatchObject({ allowedAt: monday });
  });
});

describe('a spent quota', () => {
  it.each([
    ['throttle', true],
    ['notify', false],
  ] as const)('of a profile that says %s leaves the user online', (overQuotaAction, isThrottled) => {
    const judged = judge({ ...used({ usedToday: 6 * GIB }), ...terms({ overQuotaAction }) });
    expect(judged).toMatchObject({
      isAllowed: true,
      mayStayOnline: true,
      isThrottled,
      reasons: [{ code: 'quota_daily', effect: overQuotaAction }],
    });
  });

  it('does not slow anybody down who is cut for another reason', () => {
    const judged = judge({
      ...used({ usedToday: 6 * GIB, activationDate: 0 }),
      ...terms({ overQuotaAction: 'throttle' }),
    });
    expect(judged).toMatchObject({ mayStayOnline: false, isThrottled: false });
    expect(codesOf(judged)).toEqual(['expired', 'quota_daily']);
  });
});

describe('what is left', () => {
  it('is told for every limit in force, never below 0', () => {
    expect(judge(used({ usedToday: 6 * GIB, usedWeek: 10 * GIB, usedTotal: 20 * GIB })).allowances).toEqual([
      {
        period: 'daily',
        used: 6 * GIB,
        limit: 5 * GIB,
        remaining: 0,
        resetsAt: Date.parse('2025-12-12T00:00:00Z'),
      },
      {
        period: 'weekly',
        used: 10 * GIB,
        limit: 30 * GIB,
        remaining: 20 * GIB,
        resetsAt: Date.parse('2025-12-15T00:00:00Z'),
      },
      {
        period: 'monthly',
        used: 0,
        limit: 100 * GIB,
        remaining: 100 * GIB,
        resetsAt: Date.parse('2026-01-01T00:00:00Z'),
      },
      { period: 'total', used: 20 * GIB, limit: 50 * GIB, remaining: 30 * GIB, resetsAt: null },
    ]);
  });

  it('is nothing to tell where there is no limit', () => {
    expect(judge({ terms: defaultTerms({ simultaneousUse: 1 }) })).toMatchObject({
      allowances: [],
      validUntil: null,
    });
  });
});
