/** Rows of the table `profile_alerts`, and the alerts they are. */
import { AppError } from '../errors.ts';
import { type Flag, flag } from '../profiles/row-values.ts';
import {
  ALERT_PERIODS,
  ALERT_TYPES,
  type AlertRule,
  NOTIFICATION_METHODS,
  type NotificationMethod,
} from './alert.ts';

/** What people may set on an alert. */
export interface AlertFields extends AlertRule {
  readonly profileId: number;
  readonly notificationMethod: NotificationMethod;
  readonly isActive: boolean;
  /** Null or empty: the language's own text. */
  readonly messageTemplate: string | null;
}

/** A row of `profile_alerts` (contract §1). */
export interface Alert extends AlertFields {
  readonly id: number;
  readonly createdById: number | null;
  /** UTC text as the columns hold it. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A row as the driver hands it out. */
export interface AlertRow {
  readonly id: number;
  readonly profile_id: number;
  readonly alert_type: string;
  readonly threshold_percent: number;
  readonly threshold_days: number | null;
  readonly notification_method: string;
  readonly is_active: Flag;
  readonly message_template: string | null;
  readonly period: string;
  readonly created_by_id: number | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Returns the alert of a row; throws AppError `invalid` for values that no version of the system wrote. */
export function alertFromRow(row: AlertRow): Alert {
  return {
    id: row.id,
    profileId: row.profile_id,
    alertType: oneOfRow(ALERT_TYPES, row, 'alert_type'),
    thresholdPercent: row.threshold_percent,
    thresholdDays: row.threshold_days,
    period: oneOfRow(ALERT_PERIODS, row, 'period'),
    notificationMethod: oneOfRow(NOTIFICATION_METHODS, row, 'notification_method'),
    isActive: flag(row.is_active),
    messageTemplate: row.message_template,
    createdById: row.created_by_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function oneOfRow<Value extends string>(
  values: readonly Value[],
  row: AlertRow,
  column: 'alert_type' | 'period' | 'notification_method',
): Value {
  const known = values.find((value) => value === row[column]);
  if (known !== undefined) return known;
  throw new AppError('invalid', `alert ${row.id}: column ${column} holds ${JSON.stringify(row[column])}`);
}
