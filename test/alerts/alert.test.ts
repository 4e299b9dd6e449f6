/** When an alert fires, and what tells one firing from the next. */
import { describe, expect, it } from 'vitest';
import {
  type AlertRule,
  type AlertStanding,
  armKey,
  fires,
  firingOctets,
  usedPercent,
} from '../../src/alerts/alert.ts';

const GIB = 1024 ** 3;
const quota: AlertRule = {
  alertType: 'quota_warning',
  thresholdPercent: 80,
  thresholdDays: null,
  period: 'total',
};
const expiry: AlertRule = { ...quota, alertType: 'expiry_imminent', thresholdDays: 3 };
const nothing: AlertStanding = {
  used: { daily: 0, weekly: 0, monthly: 0, total: 0 },
  limits: { daily: 5 * GIB, weekly: null, monthly: 0, total: 50 * GIB },
  daysRemaining: 29,
};
const having = (used: Partial<AlertStanding['used']>): AlertStanding => ({
  ...nothing,
  used: { ...nothing.used, ...used },
});

describe('a quota alert', () => {
  it.each<[string, Partial<AlertRule>, AlertStanding, boolean]>([
    ['fires at its percentage exactly', {}, having({ total: 40 * GIB }), true],
    ['does not fire an octet below', {}, having({ total: 40 * GIB - 1 }), false],
    ['fires beyond the whole quota', {}, having({ total: 90 * GIB }), true],
    ['of 150 % fires only there', { thresholdPercent: 150 }, having({ total: 75 * GIB }), true],
    ['of 150 % does not fire at 100 %', { thresholdPercent: 150 }, having({ total: 50 * GIB }), false],
    ['looks at the total volume alone', {}, having({ daily: 5 * GIB }), false],
    ['of the day looks at the day', { period: 'daily' }, having({ daily: 4 * GIB }), true],
    ['of a period without a limit never fires', { period: 'weekly' }, having({ weekly: 9 * GIB }), false],
    ['of a limit of 0 never fires', { period: 'monthly' }, having({ monthly: 9 * GIB }), false],
    ['of 0 % fires for who used nothing', { thresholdPercent: 0 }, nothing, true],
    ['of 0 % fires where there is no limit', { thresholdPercent: 0, period: 'weekly' }, nothing, true],
    ['does not look at days', { thresholdDays: 30 }, nothing, false],
  ])('%s', (_name, rule, standing, expected) => {
    expect(fires({ ...quota, ...rule }, standing)).toBe(expected);
  });

  it('fires at 57 of 100 octets, which a rounded percentage puts below 57 %', () => {
    expect(usedPercent(57, 100)).toBeLessThan(57);
    const limits = { ...nothing.limits, total: 100 };
    expect(fires({ ...quota, thresholdPercent: 57 }, { ...having({ total: 57 }), limits })).toBe(true);
  });

  it('rounds its octets up, and never fires beyond what a counter holds', () => {
    expect([firingOctets(80, 101), firingOctets(1000, Number.MAX_SAFE_INTEGER)]).toEqual([81, null]);
  });
});

describe('an expiry alert', () => {
  it.each([
    [4, false],
    [3, true],
    [0, true],
    [null, false],
  ])('with 3 days and %s left: %s', (daysRemaining, expected) => {
    expect(fires(expiry, { ...having({ total: 50 * GIB }), daysRemaining })).toBe(expected);
  });

  it('without days never fires', () => {
    expect(fires({ ...expiry, thresholdDays: null }, { ...nothing, daysRemaining: 0 })).toBe(false);
  });
});

describe('a percentage', () => {
  it.each([
    [1, 3, 33.33333333333333],
    [60, 50, 120],
    [5, 0, 0],
    [5, null, 0],
  ])('of %s in %s is %s, unrounded and not cut at 100', (used, limit, expected) => {
    expect(usedPercent(used, limit)).toBe(expected);
  });
});

describe('what armed an alert', () => {
  const since = Date.parse('2025-12-01T08:00:00Z');
  const until = Date.parse('2025-12-31T08:00:00.500Z');

  it.each<[string, Partial<AlertRule>, string]>([
    ['of a quota is when its counter began', {}, 'total:2025-12-01T08:00:00.000Z'],
    ['of a period says which', { period: 'daily' }, 'daily:2025-12-01T08:00:00.000Z'],
    ['of an expiry is its date', { alertType: 'expiry_warning' }, 'expiry:2025-12-31T08:00:00.500Z'],
  ])('%s', (_name, rule, expected) => {
    expect(armKey({ ...quota, ...rule }, { countsSince: since, validUntil: until })).toBe(expected);
  });

  it('is nothing for a user without usage, and always fits its column', () => {
    expect(armKey(quota, { countsSince: null, validUntil: null })).toBe('total:none');
    const longest = armKey({ ...quota, period: 'monthly' }, { countsSince: since, validUntil: null });
    expect(longest.length).toBeLessThanOrEqual(64);
  });
});
