/** What the calls of the seed's document answer in its own example, written from the contract (§6, §7). */
import { expect } from 'vitest';
import { SEED_ALERT } from './seed-document.ts';
import { usageAnswer } from './usage-answer.ts';

/** Contract §5. */
export const INSTANT = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{6})?Z$/);

/** The alert of the example; the profile is who asks. */
export const ALERT_ANSWER = {
  ...SEED_ALERT,
  id: expect.any(Number),
  profile_name: 'Étudiant',
  threshold_days: null,
  period: 'total',
  created_by: null,
  created_at: INSTANT,
  updated_at: INSTANT,
};

/** Contract §6, User. */
export function effectiveProfile(id: number) {
  return {
    id,
    name: 'Étudiant',
    quota_type: 'limited',
    data_volume_gb: 50,
    bandwidth_upload_mbps: 5,
    bandwidth_download_mbps: 10,
    validity_duration: 30,
  };
}

/** Contract §6, History: a change of john's by the token that the tests set up with. */
export function historyAnswer(john: number, changed: { readonly change_type: string }) {
  return {
    id: expect.any(Number),
    user: john,
    user_username: 'john',
    old_profile: null,
    new_profile: null,
    // Nobody's, since a token made it; the original never said who.
    changed_by: null,
    changed_by_username: 'token:setup',
    changed_at: INSTANT,
    reason: `Profil automatiquement modifié (${changed.change_type})`,
    ...changed,
  };
}

/** Contract §6, Usage: john's, of whatever time. */
export function johnsUsage(
  ids: { readonly id: number; readonly user: number; readonly profile: number },
  changed: object = {},
) {
  return usageAnswer(ids, {
    last_daily_reset: INSTANT,
    last_weekly_reset: INSTANT,
    last_monthly_reset: INSTANT,
    activation_date: INSTANT,
    created_at: INSTANT,
    updated_at: INSTANT,
    // A millisecond after its begin, the first of thirty days is under way.
    days_remaining: expect.toBeOneOf([29, 30]),
    ...changed,
  });
}

/** Contract §6.1, after john has used 1 GiB and jane nothing. */
export function statisticsAnswer(profile: number) {
  const figures = {
    profile_id: profile,
    profile_name: 'Étudiant',
    quota_type: 'limited',
    is_active: true,
    direct_users: 1,
    promotion_users: 1,
    total_users: 2,
    avg_usage_today_gb: 0.5,
    avg_usage_week_gb: 0.5,
    avg_usage_month_gb: 0.5,
    avg_usage_total_gb: 0.5,
    exceeded_count: 0,
    exceeded_percent: 0,
  };
  return {
    as_of: INSTANT,
    summary: {
      total_profiles: 1,
      active_profiles: 1,
      inactive_profiles: 0,
      unlimited_profiles: 0,
      limited_profiles: 1,
    },
    top_profiles: [figures],
    all_profiles: [figures],
  };
}

/** Contract §6.2, at the same time. */
export function detailAnswer(profile: number) {
  return {
    as_of: INSTANT,
    profile: {
      id: profile,
      name: 'Étudiant',
      quota_type: 'limited',
      data_volume_gb: 50,
      bandwidth_upload_mbps: 5,
      bandwidth_download_mbps: 10,
    },
    users: { direct: 1, via_promotion: 1, total: 2, exceeded: 0, active: 2 },
    consumption: {
      avg_today_gb: 0.5,
      avg_week_gb: 0.5,
      avg_month_gb: 0.5,
      avg_total_gb: 0.5,
      max_total_gb: 1,
      min_total_gb: 0,
      total_consumed_gb: 1,
    },
    distribution: { '0-25%': 2, '25-50%': 0, '50-75%': 0, '75-100%': 0, '>100%': 0 },
  };
}
