/** The table `profile_alerts`: every write to it, and reads that lock. */
import type { Transaction } from '../db/database.ts';
import { instantToText, lockRows } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import { columnsOf } from '../profiles/field-rules.ts';
import { wholeNumberOf } from '../profiles/row-values.ts';
import { type Alert, type AlertFields, type AlertRow, alertFromRow } from './alert-row.ts';

/** Returns an alert and locks its row until the transaction ends; throws AppError `not_found`. */
export async function lockAlert({ dialect, trx }: Transaction, id: number): Promise<Alert> {
  const [row]: AlertRow[] = await lockRows[dialect](trx('profile_alerts').where('id', id).select('*'));
  if (row === undefined) throw new AppError('not_found', 'Not found.');
  return alertFromRow(row);
}

/** Locks the profile an alert is to be about, so that nobody deletes it meanwhile; throws AppError `not_found` that names the field. */
export async function lockProfileOf({ dialect, trx }: Transaction, profileId: number): Promise<void> {
  const rows: unknown[] = await lockRows[dialect](trx('profiles').where('id', profileId).select('id'));
  if (rows.length > 0) return;
  const message = `Invalid pk "${profileId}" - object does not exist.`;
  throw new AppError('not_found', message, { field: 'profile' });
}

/** Returns whether another alert has the same profile, type and percentage. */
export async function isKindTaken(
  { trx }: Transaction,
  { profileId, alertType, thresholdPercent }: AlertFields,
  exceptId: number | null,
): Promise<boolean> {
  const rows: { id: number }[] = await trx('profile_alerts')
    .where({ profile_id: profileId, alert_type: alertType, threshold_percent: thresholdPercent })
    .select('id');
  return rows.some(({ id }) => id !== exceptId);
}

/** Adds an alert and returns its id; a taken kind is the driver's duplicate-key error. */
export async function insertAlert(
  { trx, now }: Transaction,
  fields: AlertFields,
  createdById: number | null,
): Promise<number> {
  const at = instantToText(now);
  const [id] = await trx('profile_alerts').insert({
    ...columnsOf(fields),
    created_by_id: createdById,
    created_at: at,
    updated_at: at,
  });
  return wholeNumberOf(id, 'profile_alerts.id');
}

/** Overwrites the given fields of an alert. */
export async function updateAlertRow(
  { trx, now }: Transaction,
  id: number,
  fields: Partial<AlertFields>,
): Promise<void> {
  await trx('profile_alerts')
    .where({ id })
    .update({ ...columnsOf(fields), updated_at: instantToText(now) });
}

/** Deletes an alert with what is known of its deliveries; what users were told stays. */
export async function deleteAlertRow({ trx }: Transaction, id: number): Promise<void> {
  await trx('alert_deliveries').where('alert_id', id).delete();
  await trx('notices').where('alert_id', id).update({ alert_id: null });
  await trx('profile_alerts').where({ id }).delete();
}
