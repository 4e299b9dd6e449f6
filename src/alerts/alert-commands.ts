/** Changing alerts. */
import { changedFields } from '../audit/changed-fields.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction, type Transaction } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { columnsOf, givenFields } from '../profiles/field-rules.ts';
import { ALERT_PERIODS, ALERT_TYPES, isExpiryAlert, NOTIFICATION_METHODS } from './alert.ts';
import type { Alert, AlertFields } from './alert-row.ts';
import {
  deleteAlertRow,
  insertAlert,
  isKindTaken,
  lockAlert,
  lockProfileOf,
  updateAlertRow,
} from './alert-store.ts';
import { checkTemplate } from './template.ts';

export const THRESHOLD_PERCENT_MAX = 1000;
/** Ten years: longer than any profile is valid. */
export const THRESHOLD_DAYS_MAX = 3650;
export const TEMPLATE_CHARACTERS_MAX = 10_000;

/** The column defaults of contract §1, for what a new alert does not say. */
export const NEW_ALERT: Omit<AlertFields, 'profileId' | 'alertType'> = Object.freeze({
  thresholdPercent: 80,
  thresholdDays: null,
  period: 'total',
  notificationMethod: 'system',
  isActive: true,
  messageTemplate: null,
});

/** What people ask of an alert; words are checked here, for a value that is none is answered in the words clients know. */
export type AlertChanges = {
  readonly [Field in keyof AlertFields]?:
    | (AlertFields[Field] extends string ? string : AlertFields[Field])
    | undefined;
};

/** Creates an alert, with the contract's defaults for what is not given, and returns its id; throws AppError `invalid` for a bad field, an unknown profile, or an alert of the same profile, type and percentage. */
export function createAlert(
  context: CommandContext,
  given: AlertChanges & { readonly profileId: number; readonly alertType: string },
): Promise<number> {
  const fields = checkedFields(given);
  const { alertType = refuseChoice('alert_type', given.alertType) } = fields;
  const alert: AlertFields = { ...NEW_ALERT, ...fields, profileId: given.profileId, alertType };
  checkExpiry(alert);
  return inTransaction(context.db, context.clock, async (transaction) => {
    await lockProfileOf(transaction, alert.profileId);
    await refuseTakenKind(transaction, alert);
    const id = await insertAlert(transaction, alert, context.actor.userId);
    await recordAudit(transaction, context.actor, {
      action: 'create',
      objectType: 'alert',
      objectId: id,
      after: columnsOf(alert),
    });
    return id;
  });
}

/** Changes the given fields of an alert; throws AppError `not_found`, `invalid` as createAlert does. */
export function updateAlert(context: CommandContext, id: number, given: AlertChanges): Promise<void> {
  const fields = checkedFields(given);
  return inTransaction(context.db, context.clock, async (transaction) => {
    if (fields.profileId !== undefined) await lockProfileOf(transaction, fields.profileId);
    const before = fieldsOf(await lockAlert(transaction, id));
    const after = { ...before, ...fields };
    // What another program made without its days can still be turned off.
    if (fields.alertType !== undefined || fields.thresholdDays !== undefined || fields.isActive === true) {
      checkExpiry(after);
    }
    await refuseTakenKind(transaction, after, id);
    await updateAlertRow(transaction, id, fields);
    const changes = changedFields(columnsOf(before), columnsOf(after));
    if (changes === undefined) return;
    await recordAudit(transaction, context.actor, {
      action: 'update',
      objectType: 'alert',
      objectId: id,
      ...changes,
    });
  });
}

/** Deletes an alert; its notices stay. Throws AppError `not_found`. */
export function deleteAlert(context: CommandContext, id: number): Promise<void> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    const before = await lockAlert(transaction, id);
    await deleteAlertRow(transaction, id);
    await recordAudit(transaction, context.actor, {
      action: 'delete',
      objectType: 'alert',
      objectId: id,
      before: columnsOf(fieldsOf(before)),
    });
  });
}

/** Returns the given fields, each checked by itself. */
function checkedFields(given: AlertChanges): Partial<AlertFields> {
  const { alertType, period, notificationMethod, ...rest } = given;
  checkRange('threshold_percent', given.thresholdPercent, 0, THRESHOLD_PERCENT_MAX);
  checkRange('threshold_days', given.thresholdDays, 1, THRESHOLD_DAYS_MAX);
  if (given.messageTemplate) checkTemplateText(given.messageTemplate);
  return givenFields({
    ...rest,
    alertType: choice('alert_type', ALERT_TYPES, alertType),
    period: choice('period', ALERT_PERIODS, period),
    notificationMethod: choice('notification_method', NOTIFICATION_METHODS, notificationMethod),
  });
}

function choice<Value extends string>(
  field: string,
  values: readonly Value[],
  given: string | undefined,
): Value | undefined {
  if (given === undefined) return undefined;
  return values.find((value) => value === given) ?? refuseChoice(field, given);
}

/** Contract §6. */
function refuseChoice(field: string, given: string): never {
  throw new AppError('invalid', `"${given}" is not a valid choice.`, { field });
}

function checkRange(field: string, value: number | null | undefined, min: number, max: number): void {
  if (value === undefined || value === null) return;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  const message = `Expected a whole number from ${min} to ${max}, got ${value}.`;
  throw new AppError('invalid', message, { field });
}

function checkTemplateText(template: string): void {
  const length = [...template].length;
  if (length > TEMPLATE_CHARACTERS_MAX) {
    const message = `Expected at most ${TEMPLATE_CHARACTERS_MAX} characters, got ${length}.`;
    throw new AppError('invalid', message, { field: 'message_template' });
  }
  if (!template.isWellFormed() || template.includes('\0')) {
    const message = 'Expected text without NUL characters and broken surrogates.';
    throw new AppError('invalid', message, { field: 'message_template' });
  }
  checkTemplate(template);
}

function checkExpiry(alert: AlertFields): void {
  if (!isExpiryAlert(alert)) return;
  if (alert.thresholdDays === null) {
    const message = `This field is required for alert_type ${alert.alertType}.`;
    throw new AppError('invalid', message, { field: 'threshold_days' });
  }
}

/** Contract §1: the days and the period are no part of what must be unique. */
async function refuseTakenKind(
  transaction: Transaction,
  alert: AlertFields,
  exceptId: number | null = null,
): Promise<void> {
  if (!(await isKindTaken(transaction, alert, exceptId))) return;
  const message = 'The fields profile, alert_type, threshold_percent must make a unique set.';
  throw new AppError('conflict', message, { field: 'non_field_errors' });
}

function fieldsOf(alert: Alert): AlertFields {
  const {
    id: _id,
    createdById: _createdById,
    createdAt: _createdAt,
    updatedAt: _updatedAt,
    ...fields
  } = alert;
  return fields;
}
