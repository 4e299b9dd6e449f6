/** The rule of when an alert fires (contract §7, §0.11) as SQL over the usage row `counted`; `fires` is the same rule for one user. */
import type { Knex } from 'knex';
import { instantToText } from '../db/dialect.ts';
import type { Profile } from '../profiles/profile.ts';
import type { ReadingTime } from '../usage/usage-queries.ts';
import { ALERT_PERIODS, type AlertLimits, type AlertPeriod, firingOctets, isExpiryAlert } from './alert.ts';
import type { Alert } from './alert-row.ts';

/** A profile with alerts. */
export interface Watch {
  readonly profile: Profile;
  readonly limits: AlertLimits;
  /** The newest first. */
  readonly alerts: readonly Alert[];
}

/** The profile that is in force for a row of `users`, joined with `promotions`. */
export const EFFECTIVE_PROFILE = 'COALESCE(users.profile_id, promotions.profile_id)';

/** Returns the allowances a profile gives. */
export function limitsOf(profile: Profile): AlertLimits {
  return {
    daily: profile.dailyLimit,
    weekly: profile.weeklyLimit,
    monthly: profile.monthlyLimit,
    total: profile.quotaType === 'limited' ? profile.dataVolume : null,
  };
}

const DAY_MS = 86_400_000;
/** Further away columns hold no date. */
const DAYS_MAX = 365_000;

/** From where on an alert fires: octets in a period, or an activation before an instant (UTC text); null where it never does. */
type Threshold =
  | { readonly period: AlertPeriod; readonly octets: number }
  | { readonly activatedBefore: string };

function thresholdOf(alert: Alert, { profile, limits }: Watch, now: number): Threshold | null {
  if (!isExpiryAlert(alert)) {
    const octets = firingOctets(alert.thresholdPercent, limits[alert.period]);
    return octets === null ? null : { period: alert.period, octets };
  }
  const { thresholdDays } = alert;
  if (thresholdDays === null || thresholdDays < 0) return null;
  // Whole days remain as floor counts them, so that the day after the threshold's has not begun.
  const days = thresholdDays + 1 - profile.validityDuration;
  const at = now + Math.max(-DAYS_MAX, Math.min(days, DAYS_MAX)) * DAY_MS;
  return { activatedBefore: instantToText(at) };
}

/** Whether an alert fires for whoever has used nothing at all, and so for users without usage. */
export function firesAtNothing(alert: Alert, watch: Watch): boolean {
  return !isExpiryAlert(alert) && firingOctets(alert.thresholdPercent, watch.limits[alert.period]) === 0;
}

/** A condition on the usage row, or a number made of it. */
export interface SqlPart {
  readonly sql: string;
  readonly bindings: readonly (number | string)[];
}

/** Narrows a query to the users an alert of a profile fires for; the profile itself is not asked for. */
export function whereFires(query: Knex.QueryBuilder, alert: Alert, watch: Watch, time: ReadingTime): void {
  const { sql, bindings } = firing(alert, watch, time);
  query.whereRaw(sql, bindings);
}

/** Returns how many of the profiles' alerts fire for a row of `counted`, joined with `users` and `promotions`. */
export function firingCount(watches: readonly Watch[], time: ReadingTime): SqlPart {
  const whens = watches.map((watch) => {
    const each = watch.alerts.map((alert) => firing(alert, watch, time));
    return {
      sql: `WHEN ? THEN ${each.map(({ sql }) => `CASE WHEN ${sql} THEN 1 ELSE 0 END`).join(' + ')}`,
      bindings: [watch.profile.id, ...each.flatMap(({ bindings }) => bindings)],
    };
  });
  return {
    sql: `CASE ${EFFECTIVE_PROFILE} ${whens.map(({ sql }) => sql).join(' ')} ELSE 0 END`,
    bindings: whens.flatMap(({ bindings }) => bindings),
  };
}

/** Narrows a query to the users that any alert of the profiles may fire for, by the usage row alone: a database that reads nothing else of a million users reads little. */
export function whereAnyMayFire(
  query: Knex.QueryBuilder,
  watches: readonly Watch[],
  time: ReadingTime,
): void {
  const thresholds = watches.flatMap((watch) =>
    watch.alerts.flatMap((alert) => thresholdOf(alert, watch, time.now) ?? []),
  );
  query.where((any) => {
    for (const least of leastOf(thresholds)) {
      const { sql, bindings } = reached(least, time);
      any.orWhereRaw(sql, bindings);
    }
  });
  if (thresholds.length === 0) query.whereRaw('1 = 0');
}

/** The lowest threshold of each kind: whoever does not reach it reaches none. */
function leastOf(thresholds: readonly Threshold[]): Threshold[] {
  const least: Threshold[] = [];
  for (const period of ALERT_PERIODS) {
    const octets = thresholds.flatMap((each) =>
      'period' in each && each.period === period ? [each.octets] : [],
    );
    if (octets.length > 0) least.push({ period, octets: Math.min(...octets) });
  }
  const [latest] = thresholds
    .flatMap((each) => ('activatedBefore' in each ? [each.activatedBefore] : []))
    .sort()
    .reverse();
  return latest === undefined ? least : [...least, { activatedBefore: latest }];
}

function firing(alert: Alert, watch: Watch, time: ReadingTime): SqlPart {
  const threshold = thresholdOf(alert, watch, time.now);
  return threshold === null ? { sql: '(1 = 0)', bindings: [] } : reached(threshold, time);
}

function reached(threshold: Threshold, { starts }: ReadingTime): SqlPart {
  if ('activatedBefore' in threshold) {
    return { sql: '(counted.activation_date < ?)', bindings: [threshold.activatedBefore] };
  }
  // Nothing at all is enough: for users without usage too.
  if (threshold.octets === 0) return { sql: '(1 = 1)', bindings: [] };
  const { counter, reset, start } = COLUMNS[threshold.period];
  if (start === null) return { sql: `(counted.${counter} >= ?)`, bindings: [threshold.octets] };
  // What a period that has ended counted is over, whether or not anybody has touched the row since.
  return {
    sql: `(counted.${counter} >= ? AND counted.${reset} >= ?)`,
    bindings: [threshold.octets, instantToText(starts[start])],
  };
}

/** Where the octets of an allowance are counted, and since when. */
const COLUMNS = {
  daily: { counter: 'used_today', reset: 'last_daily_reset', start: 'day' },
  weekly: { counter: 'used_week', reset: 'last_weekly_reset', start: 'week' },
  monthly: { counter: 'used_month', reset: 'last_monthly_reset', start: 'month' },
  total: { counter: 'used_total', reset: 'activation_date', start: null },
} as const satisfies Record<AlertPeriod, unknown>;
