/** When an alert fires for a user's usage (contract §7, §0.9, §0.11). Pure. */

export const ALERT_TYPES = ['quota_warning', 'quota_critical', 'expiry_warning', 'expiry_imminent'] as const;
export type AlertType = (typeof ALERT_TYPES)[number];

/** Which allowance a quota alert looks at. */
export const ALERT_PERIODS = ['daily', 'weekly', 'monthly', 'total'] as const;
export type AlertPeriod = (typeof ALERT_PERIODS)[number];

export const NOTIFICATION_METHODS = ['email', 'sms', 'system', 'all'] as const;
export type NotificationMethod = (typeof NOTIFICATION_METHODS)[number];

/** What decides whether an alert fires. */
export interface AlertRule {
  readonly alertType: AlertType;
  readonly thresholdPercent: number;
  /** Whole days; null on an alert that never fires for an expiry. */
  readonly thresholdDays: number | null;
  readonly period: AlertPeriod;
}

/** Octets used, in the periods that are current. */
export type AlertUsed = Readonly<Record<AlertPeriod, number>>;

/** Octets that may be used; null = no such limit. */
export type AlertLimits = Readonly<Record<AlertPeriod, number | null>>;

/** Where a user stands with their effective profile. */
export interface AlertStanding {
  readonly used: AlertUsed;
  readonly limits: AlertLimits;
  /** As usage/validity.ts counts them; null where nothing expires. */
  readonly daysRemaining: number | null;
}

/** Returns whether an alert looks at the end of a validity, and not at a quota. */
export function isExpiryAlert({ alertType }: Pick<AlertRule, 'alertType'>): boolean {
  return alertType === 'expiry_warning' || alertType === 'expiry_imminent';
}

/** Returns whether an alert fires. */
export function fires(rule: AlertRule, { used, limits, daysRemaining }: AlertStanding): boolean {
  if (isExpiryAlert(rule)) {
    return rule.thresholdDays !== null && daysRemaining !== null && daysRemaining <= rule.thresholdDays;
  }
  const fromOctets = firingOctets(rule.thresholdPercent, limits[rule.period]);
  return fromOctets !== null && used[rule.period] >= fromOctets;
}

/** Returns from how many used octets on a quota alert fires, exactly and not by a rounded percentage; null where it never does. Of no limit, and of a limit of 0, everything is 0 % (contract §3). */
export function firingOctets(thresholdPercent: number, limit: number | null): number | null {
  if (thresholdPercent <= 0) return 0;
  if (limit === null || limit <= 0) return null;
  const octets = (BigInt(limit) * BigInt(thresholdPercent) + 99n) / 100n;
  // No counter reaches further.
  return octets > Number.MAX_SAFE_INTEGER ? null : Number(octets);
}

/** Returns how much of a limit is used in percent, unrounded, above 100 where it is exceeded (contract §0.9). */
export function usedPercent(used: number, limit: number | null): number {
  return limit === null || limit <= 0 ? 0 : (used / limit) * 100;
}

/** What an alert fired for: when the counter it looks at began, or when the validity ends, in epoch milliseconds; null where the user has no usage yet. */
export interface ArmedBy {
  readonly countsSince: number | null;
  readonly validUntil: number | null;
}

/** Returns what tells one firing from the next, for one alert and user: a reset, a new activation or another expiry date makes it another one (contract §0.11). */
export function armKey(rule: AlertRule, { countsSince, validUntil }: ArmedBy): string {
  const [kind, at] = isExpiryAlert(rule) ? ['expiry', validUntil] : [rule.period, countsSince];
  return `${kind}:${at === null ? 'none' : new Date(at).toISOString()}`;
}
