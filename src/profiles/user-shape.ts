/** The JSON of a user (contract §6, User), for the command line and HTTP alike. Pure. */
import { gib, jsonInstant, mbps } from './json-values.ts';
import type { Profile } from './profile.ts';
import type { UserListing } from './user-queries.ts';

/** Returns a user's JSON, never a password; `promotion_name` and `profile_name` are absent, not null, where there is none (contract §5). */
export function userShape(user: UserListing) {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    first_name: user.firstName,
    last_name: user.lastName,
    promotion: user.promotionId,
    ...(user.promotionName === null ? {} : { promotion_name: user.promotionName }),
    matricule: user.matricule,
    profile: user.profileId,
    ...(user.profileName === null ? {} : { profile_name: user.profileName }),
    effective_profile: effectiveProfileShape(user.effectiveProfile),
    phone_number: user.phoneNumber,
    mac_address: user.macAddress,
    ip_address: user.ipAddress,
    is_voucher_user: user.isVoucherUser,
    voucher_code: user.voucherCode,
    ...rightsShape(user),
    date_joined: jsonInstant(user.dateJoined),
    created_at: jsonInstant(user.createdAt),
    updated_at: jsonInstant(user.updatedAt),
  };
}

function rightsShape(user: UserListing) {
  return {
    is_active: user.isActive,
    is_staff: user.isStaff,
    is_superuser: user.isSuperuser,
    is_radius_activated: user.isRadiusActivated,
    is_radius_enabled: user.isRadiusEnabled,
    role: user.role,
    role_name: user.role,
  };
}

/** Contract §0.2: the default profile shows as null. */
function effectiveProfileShape(profile: Profile | null) {
  if (profile === null) return null;
  return {
    id: profile.id,
    name: profile.name,
    quota_type: profile.quotaType,
    data_volume_gb: gib(profile.dataVolume),
    bandwidth_upload_mbps: mbps(profile.bandwidthUpload),
    bandwidth_download_mbps: mbps(profile.bandwidthDownload),
    validity_duration: profile.validityDuration,
  };
}
