/** The JSON of an alert (contract §6, Alert), for the command line and HTTP alike. Pure. */
import { instantToText } from '../db/dialect.ts';
import { jsonInstant } from '../profiles/json-values.ts';
import type { DatedAlertCheck } from './alert-checks.ts';
import type { AlertListing } from './alert-queries.ts';
import type { CheckedAlert } from './check-alerts.ts';

/** Returns an alert's JSON; `created_by_username` is absent, not null, where nobody made it (contract §5). */
export function alertShape(alert: AlertListing) {
  return {
    id: alert.id,
    profile: alert.profileId,
    profile_name: alert.profileName,
    alert_type: alert.alertType,
    threshold_percent: alert.thresholdPercent,
    threshold_days: alert.thresholdDays,
    period: alert.period,
    notification_method: alert.notificationMethod,
    is_active: alert.isActive,
    message_template: alert.messageTemplate,
    created_by: alert.createdById,
    ...(alert.createdByUsername === null ? {} : { created_by_username: alert.createdByUsername }),
    created_at: jsonInstant(alert.createdAt),
    updated_at: jsonInstant(alert.updatedAt),
  };
}

/** Returns the JSON of what is due (contract §7, check_alerts). */
export function alertCheckShape({ triggeredCount, alerts, asOf }: DatedAlertCheck) {
  return {
    triggered_count: triggeredCount,
    alerts: alerts.map(checkedAlertShape),
    has_all_alerts: triggeredCount === alerts.length,
    as_of: jsonInstant(instantToText(asOf)),
  };
}

/** Returns the JSON of an alert that is due for a user (contract §7, check_alerts). */
export function checkedAlertShape({ alert, user, currentPercent, message, isDelivered }: CheckedAlert) {
  return {
    alert_id: alert.id,
    alert_type: alert.alertType,
    user_id: user.userId,
    username: user.username,
    profile_name: user.profileName,
    threshold: alert.thresholdPercent,
    current_usage_percent: currentPercent,
    days_remaining: user.daysRemaining,
    message,
    already_delivered: isDelivered,
  };
}
