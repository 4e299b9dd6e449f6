/** The JSON of a user's usage (contract §6, Usage), for the command line and HTTP alike. Pure. */
import { instantJson } from '../clock.ts';
import { gib, jsonInstant } from '../profiles/json-values.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Counters } from './counters.ts';
import type { AdjustedUsage } from './usage-commands.ts';
import type { AdjustmentListing, UsageListing } from './usage-queries.ts';

/** Returns a usage's JSON. */
export function usageShape(usage: UsageListing) {
  const { counters } = usage;
  return {
    id: usage.id,
    user: usage.userId,
    user_username: usage.username,
    effective_profile: effectiveProfileShape(usage.effectiveProfile),
    used_today: counters.usedToday,
    used_week: counters.usedWeek,
    used_month: counters.usedMonth,
    used_total: counters.usedTotal,
    used_today_gb: gib(counters.usedToday),
    used_week_gb: gib(counters.usedWeek),
    used_month_gb: gib(counters.usedMonth),
    used_total_gb: gib(counters.usedTotal),
    ...percentsShape(usage),
    last_daily_reset: jsonInstant(usage.lastDailyReset),
    last_weekly_reset: jsonInstant(usage.lastWeeklyReset),
    last_monthly_reset: jsonInstant(usage.lastMonthlyReset),
    activation_date: jsonInstant(usage.activationDate),
    is_exceeded: usage.isExceeded,
    is_active: usage.isActive,
    is_expired: usage.isExpired,
    days_remaining: usage.daysRemaining,
    created_at: jsonInstant(usage.createdAt),
    updated_at: jsonInstant(usage.updatedAt),
  };
}

/** Returns an adjustment's JSON; octets are signed. */
export function adjustmentShape({ at, difference, kind, changedBy, reason }: AdjustmentListing) {
  return { at: instantJson(at), ...difference, kind, changed_by: changedBy, reason };
}

/** Returns the JSON of what a change by hand made of a user's usage. */
export function adjustedUsageShape({ before, after, ...usage }: AdjustedUsage) {
  return {
    user: usage.userId,
    user_username: usage.username,
    before: usedShape(before),
    after: usedShape(after),
    difference: usage.difference,
    was_exceeded: usage.wasExceeded,
    is_exceeded: usage.isExceeded,
  };
}

function usedShape({ usedToday, usedWeek, usedMonth, usedTotal }: Counters) {
  return { today: usedToday, week: usedWeek, month: usedMonth, total: usedTotal };
}

/** Returns how much of a limit is used in percent, unrounded and at most 100 (contract §3, §0.9); no limit and a limit of 0 are 0 %. */
export function clampedPercent(used: number, limit: number | null): number {
  return limit === null || limit === 0 ? 0 : Math.min(100, (used / limit) * 100);
}

function percentsShape({ counters, effectiveProfile: profile }: UsageListing) {
  return {
    daily_usage_percent: clampedPercent(counters.usedToday, profile?.dailyLimit ?? null),
    weekly_usage_percent: clampedPercent(counters.usedWeek, profile?.weeklyLimit ?? null),
    monthly_usage_percent: clampedPercent(counters.usedMonth, profile?.monthlyLimit ?? null),
    total_usage_percent: clampedPercent(
      counters.usedTotal,
      profile?.quotaType === 'limited' ? profile.dataVolume : null,
    ),
  };
}

function effectiveProfileShape(profile: Profile | null) {
  if (profile === null) return null;
  return {
    id: profile.id,
    name: profile.name,
    quota_type: profile.quotaType,
    data_volume_gb: gib(profile.dataVolume),
    daily_limit_gb: gib(profile.dailyLimit),
    weekly_limit_gb: gib(profile.weeklyLimit),
    monthly_limit_gb: gib(profile.monthlyLimit),
  };
}
