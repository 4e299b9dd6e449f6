/** Finding which alerts fire for whom: the database compares every user's counters with each profile's thresholds, and hands out only those that reach one (contract §7, §0.11). */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { profilesById } from '../profiles/user-queries.ts';
import { rollOver } from '../usage/counters.ts';
import type { ReadingTime } from '../usage/usage-queries.ts';
import { countersFromRow, type UsageRow } from '../usage/usage-row.ts';
import { daysRemaining, validUntil } from '../usage/validity.ts';
import { armKey, fires, usedPercent } from './alert.ts';
import type { AlertSubject } from './alert-message.ts';
import { listActiveAlerts } from './alert-queries.ts';
import type { Alert } from './alert-row.ts';
import {
  EFFECTIVE_PROFILE,
  firesAtNothing,
  limitsOf,
  type Watch,
  whereAnyMayFire,
  whereFires,
} from './due-conditions.ts';

/** A user an alert fires for. */
export interface DueUser extends AlertSubject {
  readonly userId: number;
  readonly phoneNumber: string | null;
  /** UTC text; null where the user has no usage yet. */
  readonly usageCreatedAt: string | null;
  /** When the validity ends, epoch milliseconds; null where nothing expires. */
  readonly validUntil: number | null;
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

/** So many rows of usage one statement reads: some hundredths of a second. */
const CHUNK_ROWS = 10_000;
/** So many conditions one statement may hold. */
const PROFILES_MAX = 200;

/** Yields the alerts that are due, those of some thousand users at a time, the newest usage first and users without usage last; of one user the newest alert first. Only active alerts of the effective profile count, and only users whose usage is active or has not begun. */
export async function* dueAlerts(db: Database, time: ReadingTime): AsyncGenerator<DueAlert[]> {
  for (const some of watchGroups(await watchedProfiles(db))) {
    const byProfile = new Map(some.map((watch) => [watch.profile.id, watch]));
    for await (const rows of reachingRows(db, some, time)) {
      const due = rows.flatMap((row) => dueOf(row, byProfile.get(row.profile_id), time));
      if (due.length > 0) yield due;
    }
  }
}

/** Returns the profiles that have active alerts. */
export async function watchedProfiles(db: Database): Promise<Watch[]> {
  const alerts = await listActiveAlerts(db);
  if (alerts.length === 0) return [];
  const profiles = await profilesById(db.knex);
  const byProfile = Map.groupBy(alerts, ({ profileId }) => profileId);
  return [...byProfile].flatMap(([profileId, own]) => {
    const profile = profiles.get(profileId);
    return profile === undefined ? [] : [{ profile, limits: limitsOf(profile), alerts: own }];
  });
}

function watchGroups(watches: readonly Watch[]): Watch[][] {
  const groups: Watch[][] = [];
  for (let at = 0; at < watches.length; at += PROFILES_MAX) groups.push(watches.slice(at, at + PROFILES_MAX));
  return groups;
}

interface UserRow extends Omit<UsageRow, 'id'> {
  readonly users_id: number;
  readonly username: string;
  readonly email: string;
  readonly phone_number: string | null;
  readonly profile_id: number;
  /** Null where the user has no usage yet, and with it every column of it. */
  readonly id: number | null;
}

async function* reachingRows(
  { knex }: Database,
  watches: readonly Watch[],
  time: ReadingTime,
): AsyncGenerator<UserRow[]> {
  for await (const { above, upTo } of idRanges(knex, 'user_profile_usage')) {
    yield await usageReaching(knex, watches, time)
      .where('counted.id', '>', above)
      .where('counted.id', '<=', upTo)
      .orderBy('counted.id', 'desc');
  }
  const atNothing = watches.filter((watch) => watch.alerts.some((alert) => firesAtNothing(alert, watch)));
  if (atNothing.length === 0) return;
  for await (const { above, upTo } of idRanges(knex, 'users')) {
    yield await withoutUsage(knex, atNothing)
      .where('users.id', '>', above)
      .where('users.id', '<=', upTo)
      .orderBy('users.id', 'desc');
  }
}

/** Yields ranges of ids that hold at least one row each, from the highest down. */
async function* idRanges(
  knex: Knex,
  table: 'user_profile_usage' | 'users',
): AsyncGenerator<{ above: number; upTo: number }> {
  for (let upTo = Number.MAX_SAFE_INTEGER; ; upTo -= CHUNK_ROWS) {
    const [row]: { id: number }[] = await knex(table)
      .select('id')
      .where('id', '<=', upTo)
      .orderBy('id', 'desc')
      .limit(1);
    if (row === undefined) return;
    upTo = row.id;
    yield { above: upTo - CHUNK_ROWS, upTo };
  }
}

/** The usage row comes first: it alone says for most users that nothing fires. */
function usageReaching(knex: Knex, watches: readonly Watch[], time: ReadingTime): Knex.QueryBuilder {
  return selectUser(knex('user_profile_usage as counted'), knex)
    .join('users', 'users.id', 'counted.user_id')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .where('counted.is_active', true)
    .where((query) => whereAnyMayFire(query, watches, time))
    .where((query) => {
      for (const watch of watches) {
        query.orWhere((one) =>
          one.whereRaw(`${EFFECTIVE_PROFILE} = ?`, [watch.profile.id]).andWhere((reached) => {
            for (const alert of watch.alerts) reached.orWhere((each) => whereFires(each, alert, watch, time));
          }),
        );
      }
    });
}

function withoutUsage(knex: Knex, watches: readonly Watch[]): Knex.QueryBuilder {
  const ids = watches.map(({ profile }) => profile.id);
  return selectUser(knex('users'), knex)
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .leftJoin('user_profile_usage as counted', 'counted.user_id', 'users.id')
    .whereNull('counted.id')
    .whereRaw(`${EFFECTIVE_PROFILE} IN (${ids.map(() => '?').join(', ')})`, ids);
}

function selectUser(query: Knex.QueryBuilder, knex: Knex): Knex.QueryBuilder {
  return query
    .select('counted.*', 'users.id as users_id', 'users.username', 'users.email', 'users.phone_number')
    .select(knex.raw(`${EFFECTIVE_PROFILE} as profile_id`));
}

function dueOf(row: UserRow, watch: Watch | undefined, time: ReadingTime): DueAlert[] {
  if (watch === undefined) return [];
  const { profile, limits, alerts } = watch;
  const usage = usageOf(row, profile.validityDuration, time);
  const user: DueUser = {
    userId: row.users_id,
    username: row.username,
    email: row.email,
    phoneNumber: row.phone_number,
    profileName: profile.name,
    usageCreatedAt: row.id === null ? null : row.created_at,
    used: usage.used,
    limits,
    daysRemaining: usage.daysRemaining,
    validUntil: usage.validUntil,
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
function usageOf(row: UserRow, validityDays: number, { now, starts }: ReadingTime) {
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
