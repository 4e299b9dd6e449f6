/** The table `profiles`: every write to it, and reads that lock. */
import type { Knex } from 'knex';
import type { Transaction } from '../db/database.ts';
import { instantToText, lockRows, shareRows } from '../db/dialect.ts';
import { columnsOf } from './field-rules.ts';
import type { Profile, ProfileFields } from './profile.ts';
import { PROFILES, type ProfileRow, profileFromRow } from './profile-row.ts';
import { findByReference, type Referable, type Reference } from './reference.ts';
import { type Flag, flag, wholeNumberOf } from './row-values.ts';

/** A profile that the field `profile` refers to. */
export const GIVEN_PROFILE: Referable<ProfileRow> = { ...PROFILES, field: 'profile' };

/** Returns a profile and locks its row until the transaction ends; throws AppError `not_found`. */
export async function lockProfile({ dialect, trx }: Transaction, reference: Reference): Promise<Profile> {
  return profileFromRow(await findByReference(trx, PROFILES, reference, lockRows[dialect]));
}

/** Returns the profile that somebody is to get and keeps it as it is until the transaction ends, throwing AppError `not_found` that names the field: undefined where nothing is said about it, null for none. */
export async function keepGiven(
  transaction: Transaction,
  reference: Reference | null | undefined,
): Promise<Profile | null | undefined> {
  if (reference === null || reference === undefined) return reference;
  const { dialect, trx } = transaction;
  return profileFromRow(await findByReference(trx, GIVEN_PROFILE, reference, shareRows[dialect]));
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

/** Returns the alerts that go with a profile, by id and by what people set on them, for the audit log. */
export async function alertsOfProfile({ trx }: Transaction, profileId: number): Promise<object[]> {
  const rows: { is_active: Flag }[] = await trx('profile_alerts')
    .where('profile_id', profileId)
    .orderBy('id')
    .select('id', 'alert_type', 'threshold_percent', 'threshold_days', 'period', 'notification_method')
    .select('is_active', 'message_template');
  return rows.map((row) => ({ ...row, is_active: flag(row.is_active) }));
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
