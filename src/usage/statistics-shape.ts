/** The JSON of statistics (contract §6.1, §6.2). Pure. */
import { instantToText } from '../db/dialect.ts';
import { gib, jsonInstant, mbps, roundToHundredths } from '../profiles/json-values.ts';
import type { Profile } from '../profiles/profile.ts';
import type { DatedSums } from './profile-statistics.ts';
import type { ProfileSums } from './statistics-queries.ts';

const TOP_PROFILES = 5;

/** Returns the JSON of all profiles' statistics, those with the most users first. */
export function statisticsShape(profiles: readonly Profile[], sums: DatedSums) {
  const all = profiles
    .map((profile) => profileStatisticsShape(profile, sums.of(profile.id)))
    .sort((a, b) => b.total_users - a.total_users || (a.profile_name < b.profile_name ? -1 : 1));
  return {
    as_of: asOfShape(sums),
    summary: summaryShape(profiles),
    top_profiles: all.slice(0, TOP_PROFILES),
    all_profiles: all,
  };
}

/** Returns the JSON of one profile's statistics. */
export function statisticsDetailShape(profile: Profile, sums: DatedSums) {
  const of = sums.of(profile.id);
  return {
    as_of: asOfShape(sums),
    profile: {
      id: profile.id,
      name: profile.name,
      quota_type: profile.quotaType,
      data_volume_gb: gib(profile.dataVolume),
      bandwidth_upload_mbps: mbps(profile.bandwidthUpload),
      bandwidth_download_mbps: mbps(profile.bandwidthDownload),
    },
    users: {
      direct: of.directUsers,
      via_promotion: of.promotionUsers,
      total: of.directUsers + of.promotionUsers,
      exceeded: of.exceeded,
      active: of.usages - of.exceeded,
    },
    consumption: {
      avg_today_gb: average(of.usedToday, of.usages),
      avg_week_gb: average(of.usedWeek, of.usages),
      avg_month_gb: average(of.usedMonth, of.usages),
      avg_total_gb: average(of.usedTotal, of.usages),
      max_total_gb: gib(of.totalMax),
      min_total_gb: gib(of.totalMin),
      total_consumed_gb: gib(of.usedTotal),
    },
    // Of an unlimited volume nothing is a share.
    distribution: profile.quotaType === 'unlimited' ? null : distributionShape(of),
  };
}

function asOfShape({ asOf }: DatedSums): string {
  return jsonInstant(instantToText(asOf));
}

function summaryShape(profiles: readonly Profile[]) {
  const active = profiles.filter(({ isActive }) => isActive).length;
  const unlimited = profiles.filter(({ quotaType }) => quotaType === 'unlimited').length;
  return {
    total_profiles: profiles.length,
    active_profiles: active,
    inactive_profiles: profiles.length - active,
    unlimited_profiles: unlimited,
    limited_profiles: profiles.length - unlimited,
  };
}

function profileStatisticsShape(profile: Profile, sums: ProfileSums) {
  const totalUsers = sums.directUsers + sums.promotionUsers;
  return {
    profile_id: profile.id,
    profile_name: profile.name,
    quota_type: profile.quotaType,
    is_active: profile.isActive,
    direct_users: sums.directUsers,
    promotion_users: sums.promotionUsers,
    total_users: totalUsers,
    avg_usage_today_gb: average(sums.usedToday, sums.usages),
    avg_usage_week_gb: average(sums.usedWeek, sums.usages),
    avg_usage_month_gb: average(sums.usedMonth, sums.usages),
    avg_usage_total_gb: average(sums.usedTotal, sums.usages),
    exceeded_count: sums.exceeded,
    // Those who exceed are among them all, so that this never passes 100 %.
    exceeded_percent: totalUsers === 0 ? 0 : roundToHundredths((sums.exceeded / totalUsers) * 100),
  };
}

function distributionShape({ bands: [first, second, third, fourth, beyond] }: ProfileSums) {
  return { '0-25%': first, '25-50%': second, '50-75%': third, '75-100%': fourth, '>100%': beyond };
}

function average(octets: number, usages: number): number {
  return usages === 0 ? 0 : gib(octets / usages);
}
