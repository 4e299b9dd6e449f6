import { describe, expect, it } from 'vitest';
import { type LimitFacts, limits } from '../../src/usage/limits.ts';
import type { Allowance } from '../../src/usage/verdict.ts';

const NOW = Date.UTC(2026, 5, 1, 12, 0, 0);
const HOUR = 3_600_000;

const FACTS: LimitFacts = {
  terms: {
    bandwidthUpload: 5120,
    bandwidthDownload: 10_240,
    sessionTimeout: 28_800,
    idleTimeout: 600,
    simultaneousUse: 2,
    overQuotaAction: 'disconnect',
    throttleUpload: 256,
    throttleDownload: 512,
  },
  verdict: { isThrottled: false, allowances: [], validUntil: null },
  nas: { canDisconnect: true, hasVolumeLimit: true },
  interimIntervalSeconds: 300,
  now: NOW,
};

function left(period: Allowance['period'], remaining: number, resetsAt: number | null): Allowance {
  return { period, used: 1000, limit: 1000 + remaining, remaining, resetsAt };
}

function of(changes: {
  terms?: Partial<LimitFacts['terms']>;
  verdict?: Partial<LimitFacts['verdict']>;
  nas?: Partial<LimitFacts['nas']>;
  used?: LimitFacts['used'];
}) {
  return limits({
    ...FACTS,
    terms: { ...FACTS.terms, ...changes.terms },
    verdict: { ...FACTS.verdict, ...changes.verdict },
    nas: { ...FACTS.nas, ...changes.nas },
    ...(changes.used === undefined ? {} : { used: changes.used }),
  });
}

describe('limits', () => {
  it('are those of the profile', () => {
    expect(limits(FACTS)).toEqual({
      sessionTimeoutSeconds: 28_800,
      idleTimeoutSeconds: 600,
      interimIntervalSeconds: 300,
      uploadKbps: 5120,
      downloadKbps: 10_240,
      simultaneousUse: 2,
      volumeOctets: null,
    });
  });

  it('have no timeout where the profile has 0', () => {
    expect(of({ terms: { sessionTimeout: 0, idleTimeout: 0 } })).toMatchObject({
      sessionTimeoutSeconds: null,
      idleTimeoutSeconds: null,
    });
  });

  it.each([
    ['before the session timeout', NOW + HOUR, 28_800, 3600],
    ['after it', NOW + 9 * HOUR, 28_800, 28_800],
    ['where there is no other', NOW + HOUR + 999, 0, 3600],
    ['this very instant: never 0, which some take for ever', NOW, 28_800, 1],
  ])('end with the validity: %s', (_when, validUntil, sessionTimeout, expected) => {
    const told = of({ terms: { sessionTimeout }, verdict: { validUntil } });
    expect(told.sessionTimeoutSeconds).toBe(expected);
  });

  it('of a session in progress count from its start', () => {
    const used = { sessionTimeSeconds: 1800, octets: 700 };
    const verdict = { validUntil: NOW + HOUR, allowances: [left('total', 300, null)] };
    expect(of({ verdict, used })).toMatchObject({ sessionTimeoutSeconds: 5400, volumeOctets: 1000 });
    // Told again late, the profile's timeout does not begin anew.
    expect(of({ used }).sessionTimeoutSeconds).toBe(28_800);
  });

  it('are slower while throttled, each way for itself where the profile says only one', () => {
    const verdict = { isThrottled: true };
    expect(of({ verdict })).toMatchObject({ uploadKbps: 256, downloadKbps: 512 });
    expect(of({ verdict, terms: { throttleUpload: null } })).toMatchObject({
      uploadKbps: 5120,
      downloadKbps: 512,
    });
  });
});

describe('the volume', () => {
  const total = left('total', 5000, null);
  const today = left('daily', 3000, NOW + 6 * HOUR);

  it.each<[string, Parameters<typeof of>[0], number | null]>([
    ['is the least that is left', { verdict: { allowances: [left('total', 9000, null), total] } }, 5000],
    ['is not the remainder of a day that may end first', { verdict: { allowances: [today, total] } }, 5000],
    [
      'is that of a day which outlasts the session',
      { verdict: { allowances: [today, total] }, terms: { sessionTimeout: 6 * 3600 } },
      3000,
    ],
    [
      'is not that of a day which ends a second before the session',
      { verdict: { allowances: [today, total] }, terms: { sessionTimeout: 6 * 3600 + 1 } },
      5000,
    ],
    [
      'is that of the day where the session has run for long enough to end before it',
      {
        verdict: { allowances: [today, total] },
        used: { sessionTimeSeconds: 2 * 3600, octets: 10 },
      },
      3010,
    ],
    [
      'is not that of a day where the session has no end',
      { verdict: { allowances: [today, total] }, terms: { sessionTimeout: 0 } },
      5000,
    ],
    [
      'is that of the day for a NAS that cannot be told later',
      { verdict: { allowances: [today, total] }, nas: { canDisconnect: false } },
      3000,
    ],
    ['is none without a quota', {}, null],
    [
      'is none for a NAS without words for it',
      { verdict: { allowances: [total] }, nas: { hasVolumeLimit: false } },
      null,
    ],
    [
      'is none where a spent quota only slows down: the NAS would cut',
      { verdict: { allowances: [total] }, terms: { overQuotaAction: 'throttle' } },
      null,
    ],
    [
      'is none where a spent quota is only told',
      { verdict: { allowances: [total] }, terms: { overQuotaAction: 'notify' } },
      null,
    ],
  ])('%s', (_rule, changes, expected) => {
    expect(of(changes).volumeOctets).toBe(expected);
  });
});

describe('a NAS that takes no orders', () => {
  const nas = { canDisconnect: false };

  it('ends its sessions with the period whose remainder it was told', () => {
    const verdict = { allowances: [left('daily', 3000, NOW + HOUR), left('total', 5000, null)] };
    expect(of({ nas, verdict }).sessionTimeoutSeconds).toBe(3600);
  });

  it('and no volume ends them when the rest could be used up, but looks no more often than every five minutes', () => {
    const blind = { canDisconnect: false, hasVolumeLimit: false };
    // 15,360 kbit/s are 1,920,000 octets a second.
    const verdict = (octets: number) => ({ allowances: [left('total', octets, null)] });
    expect(of({ nas: blind, verdict: verdict(1_920_000 * 1000) }).sessionTimeoutSeconds).toBe(1000);
    expect(of({ nas: blind, verdict: verdict(1) }).sessionTimeoutSeconds).toBe(300);
  });

  it('keeps the whole session where a spent quota does not cut', () => {
    const verdict = { allowances: [left('daily', 3000, NOW + HOUR)] };
    const terms = { overQuotaAction: 'throttle' } as const;
    expect(of({ nas, verdict, terms }).sessionTimeoutSeconds).toBe(28_800);
  });
});
