import { describe, expect, test } from 'vitest';
import { NEW_PROFILE, type Profile } from '../../src/profiles/profile.ts';
import type { UsageListing } from '../../src/usage/usage-queries.ts';
import { adjustmentShape, clampedPercent, usageShape } from '../../src/usage/usage-shape.ts';

const GIB = 1024 ** 3;

const PROFILE: Profile = {
  ...NEW_PROFILE,
  id: 3,
  name: 'Étudiant',
  createdById: null,
  createdAt: '2025-12-01 00:00:00',
  updatedAt: '2025-12-01 00:00:00',
};

const USAGE: UsageListing = {
  id: 7,
  userId: 5,
  username: 'john',
  effectiveProfile: PROFILE,
  counters: {
    usedToday: 1 * GIB,
    usedWeek: 10 * GIB,
    usedMonth: 40 * GIB,
    usedTotal: 60 * GIB,
    lastDailyReset: Date.parse('2025-12-11T00:00:00Z'),
    lastWeeklyReset: Date.parse('2025-12-08T00:00:00Z'),
    lastMonthlyReset: Date.parse('2025-12-01T00:00:00Z'),
    activationDate: Date.parse('2025-12-01T09:30:00.123Z'),
  },
  isExceeded: true,
  isActive: true,
  isExpired: false,
  daysRemaining: 19,
  lastDailyReset: '2025-12-11 00:00:00',
  lastWeeklyReset: '2025-12-08 00:00:00.000000',
  lastMonthlyReset: '2025-12-01 00:00:00',
  activationDate: '2025-12-01 09:30:00.123456',
  createdAt: '2025-12-01 09:30:00.123456',
  updatedAt: '2025-12-11 12:00:00.500000',
};

test.each([
  ['2025-12-11T12:00:00Z', '2025-12-11T12:00:00Z'],
  ['2025-12-11T12:00:00.120Z', '2025-12-11T12:00:00.120Z'],
])('an adjustment of %s was at %s: no fraction where it is zero', (at, shown) => {
  const difference = { today: 1, week: 1, month: 1, total: 1 };
  const adjustment = { at: Date.parse(at), difference, kind: 'add', changedBy: null, reason: null };
  expect(adjustmentShape(adjustment).at).toBe(shown);
});

describe('the JSON of a usage', () => {
  test('is the contract’s', () => {
    expect(usageShape(USAGE)).toEqual({
      id: 7,
      user: 5,
      user_username: 'john',
      effective_profile: {
        id: 3,
        name: 'Étudiant',
        quota_type: 'limited',
        data_volume_gb: 50,
        daily_limit_gb: 5,
        weekly_limit_gb: 30,
        monthly_limit_gb: 120,
      },
      used_today: 1 * GIB,
      used_week: 10 * GIB,
      used_month: 40 * GIB,
      used_total: 60 * GIB,
      used_today_gb: 1,
      used_week_gb: 10,
      used_month_gb: 40,
      used_total_gb: 60,
      daily_usage_percent: 20,
      weekly_usage_percent: 33.33333333333333,
      monthly_usage_percent: 33.33333333333333,
      total_usage_percent: 100,
      last_daily_reset: '2025-12-11T00:00:00Z',
      last_weekly_reset: '2025-12-08T00:00:00Z',
      last_monthly_reset: '2025-12-01T00:00:00Z',
      activation_date: '2025-12-01T09:30:00.123456Z',
      is_exceeded: true,
      is_active: true,
      is_expired: false,
      days_remaining: 19,
      created_at: '2025-12-01T09:30:00.123456Z',
      updated_at: '2025-12-11T12:00:00.500000Z',
    });
  });

  test('shows the default profile as null, and nothing as used of it', () => {
    expect(usageShape({ ...USAGE, effectiveProfile: null, daysRemaining: null })).toMatchObject({
      effective_profile: null,
      daily_usage_percent: 0,
      weekly_usage_percent: 0,
      monthly_usage_percent: 0,
      total_usage_percent: 0,
      days_remaining: null,
    });
  });

  test('measures no total where the volume does not bind, but the periods all the same', () => {
    const unlimited = { ...PROFILE, quotaType: 'unlimited', dailyLimit: null } as const;
    expect(usageShape({ ...USAGE, effectiveProfile: unlimited })).toMatchObject({
      total_usage_percent: 0,
      daily_usage_percent: 0,
      weekly_usage_percent: 33.33333333333333,
      effective_profile: { daily_limit_gb: null },
    });
  });
});

test.each([
  [0, 100, 0],
  [1, 3, 33.33333333333333],
  [799, 1000, 79.9],
  [100, 100, 100],
  [101, 100, 100],
  [5, 0, 0],
  [5, null, 0],
])('%d of %s is %d percent', (used, limit, percent) => {
  expect(clampedPercent(used, limit)).toBe(percent);
});
