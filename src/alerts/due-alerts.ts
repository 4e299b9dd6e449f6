/** Which alerts fire for whom (contract §7, §0.11). */
import type { Database } from '../db/database.ts';
import { isRecordFault } from '../db/dialect.ts';
import type { SpoiltRow } from '../errors.ts';
import { profilesById } from '../profiles/user-queries.ts';
import { rollOver } from '../usage/counters.ts';
import type { ReadingTime } from '../usage/usage-queries.ts';
import { countersFromRow } from '../usage/usage-row.ts';
import { daysRemaining, validUntil } from '../usage/validity.ts';
import { armKey, fires, usedPercent } from './alert.ts';
import type { AlertSubject } from './alert-message.ts';
import { listActiveAlerts } from './alert-queries.ts';
import type { Alert } from './alert-row.ts';
import { limitsOf, type Watch } from './due-conditions.ts';
import { type DueRow, stretchesOf } from './due-stretches.ts';

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

/** Some thousand users who stand next to each other. */
export interface DueStretch {
  /** Returns what is due among them, the newest usage first, and of one user the newest alert first: that of so many users at most, of all without it. */
  due(usersMax?: number): Promise<DueAmong>;
  /** Returns how much is due among all of them. */
  count(): Promise<number>;
}

export interface DueAmong {
  readonly alerts: readonly DueAlert[];
  /** How many users they are of. */
  readonly userCount: number;
}

/** The instant, and who is told of rows that nothing can be made of; they are left out. */
export interface DueOptions extends ReadingTime {
  readonly onSpoilt?: (row: SpoiltRow) => void;
}

/** Yields the alerts that are due, those of some thousand users at a time, the newest usage first and users without usage last; of one user the newest alert first. Only active alerts of the effective profile count, and only users whose usage is active or has not begun. */
export async function* dueAlerts(db: Database, time: DueOptions): AsyncGenerator<DueAlert[]> {
  for await (const stretch of dueStretches(db, time)) {
    const { alerts } = await stretch.due();
    if (alerts.length > 0) yield [...alerts];
  }
}

/** Yields the same users unread, for whoever asks for some of the alerts and counts the others. */
export async function* dueStretches(db: Database, time: DueOptions): AsyncGenerator<DueStretch> {
  const watches = await watchedProfiles(db);
  const byProfile = new Map(watches.map((watch) => [watch.profile.id, watch]));
  for await (const { rows, count } of stretchesOf(db, watches, time)) {
    yield {
      count,
      async due(usersMax) {
        const users = await rows(usersMax);
        const alerts = users.flatMap((row) => {
          try {
            return dueOf(row, byProfile.get(row.profile_id), time);
          } catch (error) {
            if (!isRecordFault[db.dialect](error)) throw error;
            time.onSpoilt?.(spoiltRow(row, error));
            return [];
          }
        });
        return { alerts, userCount: users.length };
      },
    };
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

function dueOf(row: DueRow, watch: Watch | undefined, time: ReadingTime): DueAlert[] {
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

function spoiltRow({ id, users_id: userId, username }: DueRow, error: unknown): SpoiltRow {
  const row = id === null ? `user ${userId}` : `user_profile_usage ${id}`;
  return { row: `${row} (${username})`, reason: error instanceof Error ? error.message : String(error) };
}

const NO_USAGE = {
  used: { daily: 0, weekly: 0, monthly: 0, total: 0 },
  since: { daily: null, weekly: null, monthly: null, total: null },
  daysRemaining: null,
  validUntil: null,
};

/** Without a row nothing was used, and the validity has not begun. */
function usageOf(row: DueRow, validityDays: number, { now, starts }: ReadingTime) {
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
