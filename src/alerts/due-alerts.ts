/** Finding which alerts fire for whom: the database compares every user's counters with each profile's thresholds, and hands out only those that reach one (contract §7, §0.11). */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { instantToText } from '../db/dialect.ts';
import type { Profile } from '../profiles/profile.ts';
import { profilesById } from '../profiles/user-queries.ts';
import { rollOver } from '../usage/counters.ts';
import type { ReadingTime } from '../usage/usage-queries.ts';
import { countersFromRow, type UsageRow } from '../usage/usage-row.ts';
import { daysRemaining, validUntil } from '../usage/validity.ts';
import {
  type AlertLimits,
  type AlertPeriod,
  armKey,
  fires,
  firingOctets,
  isExpiryAlert,
  usedPercent,
} from './alert.ts';
import type { AlertSubject } from './alert-message.ts';
import { listActiveAlerts } from './alert-queries.ts';
import type { Alert } from './alert-row.ts';

/** A user an alert fires for. */
export interface DueUser extends AlertSubject {
  readonly userId: number;
  /** UTC text; null where the user has no usage yet. */
  readonly usageCreatedAt: string | null;
}

/** An alert that fires for a user. */
export interface DueAlert {
  readonly alert: Alert;
  readonly user: DueUser;
  /** Of the allowance the alert looks at, unrounded. */
  readonly currentPercent: number;
  /** Tells this firing from the next one. */
  readonly armKey: string;
}

const CHUNK_USERS = 2_000;
/** So many conditions one statement may hold. */
const PROFILES_MAX = 200;
const DAY_MS = 86_400_000;
/** Further away columns hold no date. */
const DAYS_MAX = 365_000;

/** Yields the alerts that are due, those of some thousand users at a time, the newest users first; of one user the newest alert first. Only active alerts of the effective profile count, and only users whose usage is active or has not begun. */
export async function* dueAlerts(db: Database, time: ReadingTime): AsyncGenerator<DueAlert[]> {
  const watches = await watchedProfiles(db);
  for (let at = 0; at < watches.length; at += PROFILES_MAX) {
    const some = watches.slice(at, at + PROFILES_MAX);
    const byProfile = new Map(some.map((watch) => [watch.profile.id, watch]));
    for await (const { above, below } of userRanges(db)) {
      const rows: UserRow[] = await usersReaching(db.knex, some, time)
        .where('users.id', '>', above)
        .where('users.id', '<', below)
        .orderBy('users.id', 'desc');
      const due = rows.flatMap((row) => dueOf(row, byProfile.get(row.profile_id), time));
      if (due.length > 0) yield due;
    }
  }
}

/** A profile with alerts. */
interface Watch {
  readonly profile: Profile;
  readonly limits: AlertLimits;
  /** The newest first. */
  readonly alerts: readonly Alert[];
}

async function watchedProfiles(db: Database): Promise<Watch[]> {
  const alerts = await listActiveAlerts(db);
  if (alerts.length === 0) return [];
  const profiles = await profilesById(db.knex);
  const byProfile = Map.groupBy(alerts, ({ profileId }) => profileId);
  return [...byProfile].flatMap(([profileId, own]) => {
    const profile = profiles.get(profileId);
    return profile === undefined ? [] : [{ profile, limits: limitsOf(profile), alerts: own }];
  });
}

function limitsOf({ quotaType, dataVolume, dailyLimit, weeklyLimit, monthlyLimit }: Profile): AlertLimits {
  return {
    daily: dailyLimit,
    weekly: weeklyLimit,
    monthly: monthlyLimit,
    total: quotaType === 'limited' ? dataVolume : null,
  };
}

/** Yields ranges of user ids, both ends left out, from the highest down. */
async function* userRanges({ knex }: Database): AsyncGenerator<{ above: number; below: number }> {
  for (let below = Number.MAX_SAFE_INTEGER; below > 0; ) {
    const [row]: { id: number }[] = await knex('users')
      .select('id')
      .where('id', '<', below)
      .orderBy('id', 'desc')
      .offset(CHUNK_USERS)
      .limit(1);
    const above = row?.id ?? 0;
    yield { above, below };
    below = row === undefined ? 0 : above + 1;
  }
}

interface UserRow extends Omit<UsageRow, 'id'> {
  readonly users_id: number;
  readonly username: string;
  readonly email: string;
  readonly profile_id: number;
  /** Null where the user has no usage yet, and with it every column of it. */
  readonly id: number | null;
}

function usersReaching(knex: Knex, watches: readonly Watch[], time: ReadingTime): Knex.QueryBuilder {
  const effective = 'COALESCE(users.profile_id, promotions.profile_id)';
  return knex('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .leftJoin('user_profile_usage as counted', 'counted.user_id', 'users.id')
    .select('counted.*', 'users.id as users_id', 'users.username', 'users.email')
    .select(knex.raw(`${effective} as profile_id`))
    .where((query) => query.whereNull('counted.id').orWhere('counted.is_active', true))
    .where((query) => {
      for (const watch of watches) {
        query.orWhere((one) =>
          one.whereRaw(`${effective} = ?`, [watch.profile.id]).andWhere((reached) => {
            for (const alert of watch.alerts) reached.orWhere((each) => whereFires(each, alert, watch, time));
          }),
        );
      }
    });
}

/** Contract §7 as SQL; `fires` is the same rule for one user. */
function whereFires(
  query: Knex.QueryBuilder,
  alert: Alert,
  watch: Watch,
  { now, starts }: ReadingTime,
): void {
  if (isExpiryAlert(alert)) {
    const { thresholdDays } = alert;
    if (thresholdDays === null || thresholdDays < 0) return void query.whereRaw('1 = 0');
    // Whole days remain as floor counts them, so that the day after the threshold's has not begun.
    const days = thresholdDays + 1 - watch.profile.validityDuration;
    const activatedBefore = now + Math.max(-DAYS_MAX, Math.min(days, DAYS_MAX)) * DAY_MS;
    return void query.where('counted.activation_date', '<', instantToText(activatedBefore));
  }
  const fromOctets = firingOctets(alert.thresholdPercent, watch.limits[alert.period]);
  if (fromOctets === null) return void query.whereRaw('1 = 0');
  // Nothing at all is enough: for users without usage too.
  if (fromOctets === 0) return void query.whereRaw('1 = 1');
  const { counter, reset, start } = COLUMNS[alert.period];
  query.where(`counted.${counter}`, '>=', fromOctets);
  // What a period that has ended counted is over, whether or not anybody has touched the row since.
  if (start !== null) query.where(`counted.${reset}`, '>=', instantToText(starts[start]));
}

/** Where the octets of an allowance are counted, and since when. */
const COLUMNS = {
  daily: { counter: 'used_today', reset: 'last_daily_reset', start: 'day' },
  weekly: { counter: 'used_week', reset: 'last_weekly_reset', start: 'week' },
  monthly: { counter: 'used_month', reset: 'last_monthly_reset', start: 'month' },
  total: { counter: 'used_total', reset: 'activation_date', start: null },
} as const satisfies Record<AlertPeriod, unknown>;

function dueOf(row: UserRow, watch: Watch | undefined, time: ReadingTime): DueAlert[] {
  if (watch === undefined) return [];
  const { profile, limits, alerts } = watch;
  const usage = usageOf(row, profile, time);
  const user: DueUser = {
    userId: row.users_id,
    username: row.username,
    email: row.email,
    profileName: profile.name,
    usageCreatedAt: row.id === null ? null : row.created_at,
    used: usage.used,
    limits,
    daysRemaining: usage.daysRemaining,
  };
  return alerts
    .filter((alert) => fires(alert, user))
    .map((alert) => ({
      alert,
      user,
      currentPercent: usedPercent(usage.used[alert.period], limits[alert.period]),
      armKey: armKey(alert, { countsSince: usage.since[alert.period], validUntil: usage.validUntil }),
    }));
}

const NO_USAGE = {
  used: { daily: 0, weekly: 0, monthly: 0, total: 0 },
  since: { daily: null, weekly: null, monthly: null, total: null },
  daysRemaining: null,
  validUntil: null,
};

/** Without a row nothing was used, and the validity has not begun. */
function usageOf(row: UserRow, { validityDuration: validityDays }: Profile, { now, starts }: ReadingTime) {
  if (row.id === null) return NO_USAGE;
  const counters = rollOver(countersFromRow({ ...row, id: row.id }), starts);
  const validity = { activationDate: counters.activationDate, validityDays, now };
  return {
    used: {
      daily: counters.usedToday,
      weekly: counters.usedWeek,
      monthly: counters.usedMonth,
      total: counters.usedTotal,
    },
    since: {
      daily: counters.lastDailyReset,
      weekly: counters.lastWeeklyReset,
      monthly: counters.lastMonthlyReset,
      total: counters.activationDate,
    },
    daysRemaining: daysRemaining(validity),
    validUntil: validUntil(validity),
  };
}
