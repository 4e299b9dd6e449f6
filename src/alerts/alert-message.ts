/** What an alert says to the user it fires for. Pure. */

import type { Language } from '../usage/verdict-texts.ts';
import { type AlertRule, type AlertStanding, isExpiryAlert, usedPercent } from './alert.ts';
import { ALERT_TEXTS } from './alert-texts.ts';
import { gibText, percentText, remainingGibText } from './number-text.ts';
import { type PlaceholderValues, renderTemplate } from './template.ts';

/** Whom an alert is about, and where they stand. */
export interface AlertSubject extends AlertStanding {
  readonly username: string;
  readonly email: string;
  readonly profileName: string;
}

/** Returns the message in plain text: the alert's own template, else the language's (contract §7). */
export function alertMessage(
  alert: AlertRule & { readonly messageTemplate: string | null },
  subject: AlertSubject,
  language: Language,
): string {
  return renderTemplate(alertTemplate(alert, language), placeholderValues(alert, subject, language));
}

/** Returns the template of an alert; an empty one of its own counts as none. */
export function alertTemplate(
  alert: AlertRule & { readonly messageTemplate: string | null },
  language: Language,
): string {
  if (alert.messageTemplate) return alert.messageTemplate;
  const { expiry, quota } = ALERT_TEXTS[language];
  return isExpiryAlert(alert) ? expiry : quota[alert.period];
}

/** Returns what stands for each placeholder; octets are those of the allowance the alert looks at. */
export function placeholderValues(
  { period }: Pick<AlertRule, 'period'>,
  { username, email, profileName, used, limits, daysRemaining }: AlertSubject,
  language: Language,
): PlaceholderValues {
  const limit = limits[period];
  const { unlimited } = ALERT_TEXTS[language];
  return {
    username,
    email,
    profile: profileName,
    percent: percentText(usedPercent(used[period], limit), limit),
    used_gb: gibText(used[period]),
    remaining_gb: limit === null ? unlimited : remainingGibText(limit - used[period]),
    days_remaining: String(daysRemaining ?? 0),
    limit_gb: limit === null ? unlimited : gibText(limit),
  };
}
