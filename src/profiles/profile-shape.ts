/** The JSON of a profile (contract §6, Profile), for the command line and HTTP alike. Pure. */
import { gib, jsonInstant, mbps } from './json-values.ts';
import type { Profile } from './profile.ts';
import type { ProfileListing } from './profile-queries.ts';

/** Returns a profile's JSON; `created_by_username` is absent, not null, where nobody made it (contract §5), and so are radmeter's own fields where they say nothing, so that clients see what they know. */
export function profileShape(profile: ProfileListing) {
  return {
    id: profile.id,
    name: profile.name,
    description: profile.description,
    is_active: profile.isActive,
    bandwidth_upload: profile.bandwidthUpload,
    bandwidth_download: profile.bandwidthDownload,
    bandwidth_upload_mbps: mbps(profile.bandwidthUpload),
    bandwidth_download_mbps: mbps(profile.bandwidthDownload),
    ...quotaShape(profile),
    validity_duration: profile.validityDuration,
    session_timeout: profile.sessionTimeout,
    idle_timeout: profile.idleTimeout,
    simultaneous_use: profile.simultaneousUse,
    ...overQuotaShape(profile),
    created_by: profile.createdById,
    ...(profile.createdByUsername === null ? {} : { created_by_username: profile.createdByUsername }),
    created_at: jsonInstant(profile.createdAt),
    updated_at: jsonInstant(profile.updatedAt),
    users_count: profile.userCount,
    promotions_count: profile.promotionCount,
  };
}

function quotaShape(profile: Profile) {
  return {
    quota_type: profile.quotaType,
    data_volume: profile.dataVolume,
    data_volume_gb: gib(profile.dataVolume),
    daily_limit: profile.dailyLimit,
    weekly_limit: profile.weeklyLimit,
    monthly_limit: profile.monthlyLimit,
    daily_limit_gb: gib(profile.dailyLimit),
    weekly_limit_gb: gib(profile.weeklyLimit),
    monthly_limit_gb: gib(profile.monthlyLimit),
  };
}

function overQuotaShape({ overQuotaAction, throttleUpload, throttleDownload }: Profile) {
  return {
    ...(overQuotaAction === 'disconnect' ? {} : { over_quota_action: overQuotaAction }),
    ...(throttleUpload === null ? {} : { throttle_upload: throttleUpload }),
    ...(throttleDownload === null ? {} : { throttle_download: throttleDownload }),
  };
}
