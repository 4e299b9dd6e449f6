import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Calendar } from '../../src/usage/period.ts';
import { isExceeded } from '../../src/usage/quota.ts';
import {
  REASON_CODES,
  type Verdict,
  type VerdictFacts,
  verdict,
  verdictPeriods,
} from '../../src/usage/verdict.ts';

const DAY_MS = 86_400_000;
/** Thursday 11 December 2025, noon. */
const NOW = Date.parse('2025-12-11T12:00:00Z');
const THIS_DAY = Date.parse('2025-12-11T00:00:00Z');
const THIS_WEEK = Date.parse('2025-12-08T00:00:00Z');
const THIS_MONTH = Date.parse('2025-12-01T00:00:00Z');
const calendar = new Calendar('UTC');

/** `now` is noon unless it is given. */
function judge(facts: Omit<VerdictFacts, 'now' | 'periods'> & { now?: number }): Verdict {
  const now = facts.now ?? NOW;
  return verdict({ ...facts, now, periods: verdictPeriods(calendar, now) });
}

const codesOf = ({ reasons }: Verdict) => reasons.map(({ code }) => code);

const octets = fc.constantFrom(0, 1, 99, 100, 101, 2 ** 52);
const limit = fc.constantFrom(null, 0, 1, 100);
const anyFacts = fc.record({
  user: fc.record({ isActive: fc.boolean(), isRadiusEnabled: fc.boolean() }),
  terms: fc.record({
    quotaType: fc.constantFrom('limited' as const, 'unlimited' as const),
    dataVolume: fc.constantFrom(0, 100),
    dailyLimit: limit,
    weeklyLimit: limit,
    monthlyLimit: limit,
    simultaneousUse: fc.integer({ min: 1, max: 3 }),
    overQuotaAction: fc.constantFrom('disconnect' as const, 'throttle' as const, 'notify' as const),
    validityDuration: fc.constantFrom(null, 7, 30, 365),
  }),
  isPromotionActive: fc.constantFrom(null, true, false),
  counters: fc.record({
    usedToday: octets,
    usedWeek: octets,
    usedMonth: octets,
    usedTotal: octets,
    lastDailyReset: fc.constantFrom(NOW - 9 * DAY_MS, THIS_DAY, NOW),
    lastWeeklyReset: fc.constantFrom(NOW - 9 * DAY_MS, THIS_WEEK, NOW),
    lastMonthlyReset: fc.constantFrom(NOW - 40 * DAY_MS, THIS_MONTH, NOW),
    activationDate: fc.integer({ min: NOW - 400 * DAY_MS, max: NOW }),
  }),
  openSessions: fc.integer({ min: 0, max: 3 }),
});

describe('whatever the facts', () => {
  it('a quota is a reason exactly where the stored flag would say exceeded', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const { starts } = verdictPeriods(calendar, NOW);
        const { counters } = facts;
        const current = {
          usedToday: counters.lastDailyReset < starts.day ? 0 : counters.usedToday,
          usedWeek: counters.lastWeeklyReset < starts.week ? 0 : counters.usedWeek,
          usedMonth: counters.lastMonthlyReset < starts.month ? 0 : counters.usedMonth,
          usedTotal: counters.usedTotal,
        };
        const hasQuota = codesOf(judge(facts)).some((code) => code.startsWith('quota_'));
        expect(hasQuota).toBe(isExceeded(current, facts.terms));
      }),
    );
  });

  it('reasons keep their order, none comes twice, and the flags follow from them', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const judged = judge(facts);
        const codes = codesOf(judged);
        expect(codes).toEqual(REASON_CODES.filter((code) => codes.includes(code)));
        const effects = judged.reasons.map(({ effect }) => effect);
        expect(judged.mayStayOnline).toBe(!effects.includes('cut'));
        expect(judged.isAllowed).toBe(judged.mayStayOnline && !effects.includes('refuse'));
      }),
    );
  });

  it('using more never lets anybody in', () => {
    fc.assert(
      fc.property(anyFacts, octets, (facts, more) => {
        const { counters } = facts;
        const after = {
          ...counters,
          usedToday: counters.usedToday + more,
          usedWeek: counters.usedWeek + more,
          usedMonth: counters.usedMonth + more,
          usedTotal: counters.usedTotal + more,
        };
        if (!judge(facts).isAllowed) expect(judge({ ...facts, counters: after }).isAllowed).toBe(false);
      }),
    );
  });

  it('a refusal ends when it says so, and not a millisecond earlier', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const { allowedAt, isAllowed } = judge(facts);
        if (isAllowed) expect(allowedAt).toBeNull();
        if (allowedAt === null) return;
        expect(allowedAt).toBeGreaterThan(NOW);
        expect(judge({ ...facts, now: allowedAt }).isAllowed).toBe(true);
        expect(judge({ ...facts, now: allowedAt - 1 }).isAllowed).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
