/** Rows of the table `profiles`, and the profiles they are. */
import { AppError } from '../errors.ts';
import {
  OVER_QUOTA_ACTIONS,
  type OverQuotaAction,
  type Profile,
  QUOTA_TYPES,
  type QuotaType,
} from './profile.ts';
import type { Referable } from './reference.ts';
import { type Flag, flag, wholeNumberOf, wholeNumberOrNull } from './row-values.ts';

/** A row of `profiles` as the driver hands it out. */
export interface ProfileRow {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
  readonly is_active: Flag;
  readonly bandwidth_upload: number;
  readonly bandwidth_download: number;
  readonly quota_type: string;
  readonly data_volume: number;
  readonly daily_limit: number | null;
  readonly weekly_limit: number | null;
  readonly monthly_limit: number | null;
  readonly validity_duration: number;
  readonly session_timeout: number;
  readonly idle_timeout: number;
  readonly simultaneous_use: number;
  readonly over_quota_action: string;
  readonly throttle_upload: number | null;
  readonly throttle_download: number | null;
  readonly created_by_id: number | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export const PROFILES: Referable<ProfileRow> = { kind: 'profile', table: 'profiles', nameColumn: 'name' };

/** Returns the profile of a row; throws AppError `invalid` for values that no version of the system wrote. */
export function profileFromRow(row: ProfileRow): Profile {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    isActive: flag(row.is_active),
    bandwidthUpload: row.bandwidth_upload,
    bandwidthDownload: row.bandwidth_download,
    quotaType: quotaTypeOf(row),
    dataVolume: wholeNumberOf(row.data_volume, 'profiles.data_volume'),
    dailyLimit: wholeNumberOrNull(row.daily_limit, 'profiles.daily_limit'),
    weeklyLimit: wholeNumberOrNull(row.weekly_limit, 'profiles.weekly_limit'),
    monthlyLimit: wholeNumberOrNull(row.monthly_limit, 'profiles.monthly_limit'),
    validityDuration: row.validity_duration,
    sessionTimeout: row.session_timeout,
    idleTimeout: row.idle_timeout,
    simultaneousUse: row.simultaneous_use,
    overQuotaAction: overQuotaActionOf(row),
    throttleUpload: row.throttle_upload,
    throttleDownload: row.throttle_download,
    createdById: row.created_by_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function quotaTypeOf(row: ProfileRow): QuotaType {
  const known = QUOTA_TYPES.find((one) => one === row.quota_type);
  if (known === undefined) throw unreadable(row, 'quota_type', row.quota_type);
  return known;
}

function overQuotaActionOf(row: ProfileRow): OverQuotaAction {
  const known = OVER_QUOTA_ACTIONS.find((one) => one === row.over_quota_action);
  if (known === undefined) throw unreadable(row, 'over_quota_action', row.over_quota_action);
  return known;
}

function unreadable(row: ProfileRow, column: string, value: string): AppError {
  return new AppError('invalid', `profile ${row.id}: column ${column} holds ${JSON.stringify(value)}`);
}
