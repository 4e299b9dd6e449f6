/** The table `profiles`: rows to profiles, and every write to it. */
import type { Knex } from 'knex';
import type { Transaction } from '../db/database.ts';
import { instantToText, lockRows } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import { columnsOf } from './field-rules.ts';
import {
  OVER_QUOTA_ACTIONS,
  type OverQuotaAction,
  type Profile,
  type ProfileFields,
  QUOTA_TYPES,
  type QuotaType,
} from './profile.ts';
import { findByReference, type Referable, type Reference } from './reference.ts';
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

/** Returns the profile of a row; throws AppError `unavailable` for values that no version of the system wrote. */
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

/** Returns a profile and locks its row until the transaction ends; throws AppError `not_found`. */
export async function lockProfile({ dialect, trx }: Transaction, reference: Reference): Promise<Profile> {
  return profileFromRow(await findByReference(trx, PROFILES, reference, lockRows[dialect]));
}

/** Locks the profile that somebody is to get: undefined where nothing is said about it, null for none. Everybody locks profiles before promotions and those before users. */
export async function lockGiven(
  transaction: Transaction,
  reference: Reference | null | undefined,
): Promise<Profile | null | undefined> {
  return typeof reference === 'string' || typeof reference === 'number'
    ? await lockProfile(transaction, reference)
    : reference;
}

/** Adds a profile and returns its id; a taken name is the driver's duplicate-key error. */
export async function insertProfile(
  { trx, now }: Transaction,
  fields: ProfileFields,
  createdById: number | null,
): Promise<number> {
  const at = instantToText(now);
  const [id] = await trx('profiles').insert({
    ...columnsOf(fields),
    created_by_id: createdById,
    created_at: at,
    updated_at: at,
  });
  return wholeNumberOf(id, 'profiles.id');
}

/** Overwrites the given fields of a profile. */
export async function updateProfileRow(
  { trx, now }: Transaction,
  id: number,
  fields: Partial<ProfileFields>,
): Promise<void> {
  await trx('profiles')
    .where({ id })
    .update({ ...columnsOf(fields), updated_at: instantToText(now) });
}

/** Deletes a profile and what refers to it, as the columns' ON DELETE rules say (contract §1); history keeps its name (contract §0.4). */
export async function deleteProfileRow({ trx, now }: Transaction, profile: Profile): Promise<void> {
  const at = instantToText(now);
  for (const table of ['users', 'promotions']) {
    await trx(table).where('profile_id', profile.id).update({ profile_id: null, updated_at: at });
  }
  for (const side of ['old', 'new']) {
    await trx('profile_history')
      .where(`${side}_profile_id`, profile.id)
      .update({
        [`${side}_profile_name`]: trx.raw('COALESCE(??, ?)', [`${side}_profile_name`, profile.name]),
        [`${side}_profile_id`]: null,
      });
  }
  const alerts: Knex.QueryBuilder = trx('profile_alerts').where('profile_id', profile.id);
  await trx('alert_deliveries').whereIn('alert_id', alerts.clone().select('id')).delete();
  await trx('notices').whereIn('alert_id', alerts.clone().select('id')).update({ alert_id: null });
  await alerts.delete();
  await trx('profiles').where('id', profile.id).delete();
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
  return new AppError('unavailable', `profile ${row.id}: column ${column} holds ${JSON.stringify(value)}`);
}
