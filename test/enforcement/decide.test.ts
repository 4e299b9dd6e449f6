/** What is to be done with open sessions, case by case. */
import { describe, expect, it } from 'vitest';
import { decide, type SessionState } from '../../src/enforcement/decide.ts';
import { nakMeaning } from '../../src/enforcement/nak.ts';
import { type OrderFacts, orderOf } from '../../src/enforcement/order.ts';
import { defaultSessionTerms, standingOf } from '../../src/enforcement/standing.ts';
import { NEW_PROFILE, type ProfileTerms } from '../../src/profiles/profile.ts';
import { freshCounters } from '../../src/usage/counters.ts';
import { Calendar } from '../../src/usage/period.ts';
import { verdict, verdictPeriods } from '../../src/usage/verdict.ts';
import { EPOCH } from '../support/records.ts';

const PERIODS = verdictPeriods(new Calendar('UTC'), EPOCH);
const DEFAULT_TERMS = defaultSessionTerms({
  sessionTimeoutSeconds: 3600,
  idleTimeoutSeconds: null,
  bandwidthUploadKbps: 10_000,
  bandwidthDownloadKbps: 10_000,
  simultaneousUse: 1,
});
const TERMS: ProfileTerms = { ...NEW_PROFILE, dailyLimit: 1000, throttleUpload: 64, throttleDownload: 64 };

function standing(usedToday: number, terms: Partial<ProfileTerms> = {}, isActive = true) {
  const counters = { ...freshCounters(PERIODS.starts, EPOCH - 1000), usedToday };
  return standingOf({
    subscriber: { isActive, isRadiusEnabled: true, isPromotionActive: null, terms: { ...TERMS, ...terms } },
    ...{ counters, defaultTerms: DEFAULT_TERMS, periods: PERIODS, now: EPOCH },
  });
}

const WITHIN = standing(0);
const OVER = standing(1000);
const SLOW = standing(1000, { overQuotaAction: 'throttle' });
const FAST = standing(0, { overQuotaAction: 'throttle' });
const SESSION: SessionState = {
  sessionId: 1,
  userId: 7,
  limitsTold: WITHIN.limitsPrint,
  live: undefined,
  endedCount: 0,
  endedAt: undefined,
  isUnsupported: false,
  hasUnsentDisconnect: false,
  hasUnsentChange: false,
};
const AT = { now: EPOCH, isSending: true };
const ended = (secondsAgo: number, endedCount: number) => ({
  endedCount,
  endedAt: EPOCH - secondsAgo * 1000,
});

describe('an open session', () => {
  it.each<[string, Partial<SessionState>, typeof OVER, typeof AT, string | undefined]>([
    ['of a user within every limit', {}, WITHIN, AT, undefined],
    ['of a user who is refused', {}, OVER, AT, 'disconnect quota_daily'],
    ['of a user who is disabled', {}, standing(0, {}, false), AT, 'disconnect disabled'],
    [
      'that is to be disconnected already',
      { live: { intentId: 3, kind: 'disconnect' } },
      OVER,
      AT,
      undefined,
    ],
    ['that is to be changed', { live: { intentId: 3, kind: 'coa' } }, OVER, AT, 'disconnect quota_daily'],
    ['59 s after the first try', ended(59, 1), OVER, AT, undefined],
    ['60 s after the first try', ended(60, 1), OVER, AT, 'disconnect quota_daily'],
    ['299 s after the second', ended(299, 2), OVER, AT, undefined],
    ['300 s after the second', ended(300, 2), OVER, AT, 'disconnect quota_daily'],
    ['899 s after the third', ended(899, 3), OVER, AT, undefined],
    ['900 s after the third', ended(900, 3), OVER, AT, 'disconnect quota_daily'],
    ['900 s after the tenth', ended(900, 10), OVER, AT, 'disconnect quota_daily'],
    ['of a NAS that takes no orders', { ...ended(900, 1), isUnsupported: true }, OVER, AT, undefined],
    ['that was told something else', { limitsTold: 4 }, WITHIN, AT, 'coa limits_changed'],
    ['that was told nothing known', { limitsTold: undefined }, WITHIN, AT, undefined],
    ['that is to be slowed down', { limitsTold: FAST.limitsPrint }, SLOW, AT, 'coa throttled'],
    ['that is fast again', { limitsTold: SLOW.limitsPrint }, FAST, AT, 'coa restored'],
    ['of one who is only told', {}, standing(1000, { overQuotaAction: 'notify' }), AT, 'coa limits_changed'],
    ['only watched', {}, OVER, { ...AT, isSending: false }, 'disconnect quota_daily'],
    ['only watched, again', { hasUnsentDisconnect: true }, OVER, { ...AT, isSending: false }, undefined],
    ['watched until now', { hasUnsentDisconnect: true }, OVER, AT, 'disconnect quota_daily'],
  ])('%s', (_what, state, how, at, expected) => {
    const { intent } = decide({ ...SESSION, ...state }, how, at);
    expect(intent === undefined ? undefined : `${intent.kind} ${intent.reason}`).toBe(expected);
  });

  it('is told, and noted as told, what changed', () => {
    expect(decide({ ...SESSION, limitsTold: 4 }, WITHIN, AT).limitsTold).toBe(WITHIN.limitsPrint);
    expect(decide({ ...SESSION, limitsTold: 4 }, WITHIN, { ...AT, isSending: false }).limitsTold).toBe(
      undefined,
    );
  });

  it('is told nothing because its first octets began the validity', () => {
    const facts = {
      subscriber: { isActive: true, isRadiusEnabled: true, isPromotionActive: null, terms: TERMS },
      ...{ defaultTerms: DEFAULT_TERMS, periods: PERIODS, now: EPOCH },
    };
    const { limitsPrint } = standingOf({ ...facts, counters: undefined });
    expect(limitsPrint).not.toBe(WITHIN.limitsPrint);
    expect(decide({ ...SESSION, limitsTold: limitsPrint }, WITHIN, AT)).toEqual({
      intent: undefined,
      supersededId: undefined,
      limitsTold: WITHIN.limitsPrint,
    });
  });
});

describe('a standing', () => {
  it('is what the whole verdict says, whoever it is about', () => {
    const flags = [true, false];
    for (const isActive of flags)
      for (const isRadiusEnabled of flags)
        for (const isPromotionActive of [true, false, null])
          for (const overQuotaAction of ['disconnect', 'throttle', 'notify'] as const)
            for (const usedToday of [0, 999, 1000])
              for (const days of [-1, 0, 29, 31]) {
                const terms = { ...TERMS, overQuotaAction };
                const counters = {
                  ...freshCounters(PERIODS.starts, EPOCH - days * 86_400_000),
                  usedToday,
                  usedTotal: usedToday,
                };
                const facts = { defaultTerms: DEFAULT_TERMS, periods: PERIODS, now: EPOCH, counters };
                const subscriber = { isActive, isRadiusEnabled, isPromotionActive, terms };
                const whole = verdict({
                  ...{ ...facts, terms, isPromotionActive, openSessions: 0 },
                  user: { isActive, isRadiusEnabled },
                });
                const { mayStayOnline, limitsPrint } = standingOf({ ...facts, subscriber });
                expect(mayStayOnline).toBe(whole.mayStayOnline);
                expect(limitsPrint & 1).toBe(whole.isThrottled ? 1 : 0);
              }
  });

  it.each<[string, Partial<ProfileTerms>]>([
    ['upload', { bandwidthUpload: 1 }],
    ['download', { bandwidthDownload: 1 }],
    ['session timeout', { sessionTimeout: 1 }],
    ['idle timeout', { idleTimeout: 1 }],
    ['validity', { validityDuration: 1 }],
    ['total', { dataVolume: 1 + TERMS.dataVolume }],
    ['a total 4 GiB larger', { dataVolume: 2 ** 32 + TERMS.dataVolume }],
    ['daily limit', { dailyLimit: null }],
  ])('stands for other limits where the %s is another', (_what, terms) => {
    expect(standing(0, terms).limitsPrint).not.toBe(WITHIN.limitsPrint);
  });

  it('stands for the same limits whatever is left', () => {
    expect(standing(999).limitsPrint).toBe(WITHIN.limitsPrint);
  });
});

describe('what a NAS is asked', () => {
  const ABLE = { canDisconnect: true, canChange: true, hasBandwidth: true };
  const disconnect = { kind: 'disconnect', reason: 'quota_daily' } as const;
  const coa = (reason: string) => ({ kind: 'coa', reason }) as const;
  it.each<[string, Omit<OrderFacts, 'nasKind' | 'vendor'>, Partial<typeof ABLE>, string]>([
    ['refused', { intent: disconnect, standing: 'refused' }, {}, 'disconnect'],
    ['refused no more', { intent: disconnect, standing: 'may-stay' }, {}, 'superseded'],
    ['by hand', { intent: { ...disconnect, reason: 'manual' }, standing: 'may-stay' }, {}, 'disconnect'],
    ['nobody’s', { intent: disconnect, standing: 'unknown' }, {}, 'disconnect'],
    ['no orders', { intent: disconnect, standing: 'refused' }, { canDisconnect: false }, 'unsupported'],
    ['changed', { intent: coa('limits_changed'), standing: 'may-stay' }, {}, 'change'],
    [
      'changed at login',
      { intent: coa('limits_changed'), standing: 'may-stay' },
      { canChange: false },
      'unsupported',
    ],
    [
      'slower at login',
      { intent: coa('throttled'), standing: 'may-stay' },
      { canChange: false },
      'disconnect',
    ],
    [
      'faster at login',
      { intent: coa('restored'), standing: 'may-stay' },
      { canChange: false },
      'disconnect',
    ],
    [
      'slower never',
      { intent: coa('throttled'), standing: 'may-stay' },
      { hasBandwidth: false },
      'unsupported',
    ],
    ['cut meanwhile', { intent: coa('throttled'), standing: 'refused' }, {}, 'disconnect'],
    ['gone user', { intent: coa('throttled'), standing: 'unknown' }, {}, 'superseded'],
  ])('%s', (_what, facts, vendor, expected) => {
    const order = orderOf({ ...facts, vendor: { ...ABLE, ...vendor }, nasKind: 'other' });
    expect(order.kind === 'none' ? order.status : order.kind).toBe(expected);
  });

  it('reads a cause that no RFC names as a refusal', () => {
    expect([nakMeaning(599), nakMeaning(508)]).toEqual(['refused', 'more-specific']);
  });
});
