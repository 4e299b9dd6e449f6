/** How the users of a group of logins stand, read in one round trip and locked by their usage; and what the group changes. */
import { type BatchTransaction, columnsNamed, type KeyedSelect } from '../db/batch.ts';
import type { Profile } from '../profiles/profile.ts';
import { type ProfileRow, profileFromRow } from '../profiles/profile-row.ts';
import { flag } from '../profiles/row-values.ts';
import type { LoginStanding, LoginUser } from './decide-logins.ts';
import type { LoginChanges } from './login-changes.ts';
import { insertBegunUsage, lockCounters } from './login-usage-store.ts';
import {
  insertReservations,
  removeReservations,
  selectHeldPlaces,
  selectOpenPlaces,
} from './reservation-store.ts';

/** Reads how users stand, by their ids, after it has locked their usage; those who are no more are not among them. */
export async function readStandings(
  batch: BatchTransaction,
  userIds: readonly number[],
): Promise<ReadonlyMap<number, LoginStanding>> {
  // In ascending order, as whoever locks several does.
  const ids = [...new Set(userIds)].sort((a, b) => a - b);
  const countersOf = lockCounters(batch, ids);
  // Held places first: one that becomes a session in between is counted twice rather than not at all.
  const heldOf = selectHeldPlaces(batch, ids);
  const openOf = selectOpenPlaces(batch, ids);
  const users = batch.select<UserRow>(USERS, ids);
  const profiles = batch.select<ProfileRow>(PROFILES, ids);
  await batch.flush();
  const counters = countersOf();
  const held = Map.groupBy(heldOf(), ({ userId }) => userId);
  const open = Map.groupBy(openOf(), ({ userId }) => userId);
  const profileById = new Map(profiles.rows().map((row) => [row.id, profileFromRow(row)]));
  return new Map(
    users.rows().map((row) => [
      row.user_id,
      {
        user: loginUser(row, profileById),
        counters: counters.get(row.user_id) ?? null,
        openPlaces: open.get(row.user_id) ?? [],
        heldPlaces: held.get(row.user_id) ?? [],
        reservations: [],
      },
    ]),
  );
}

/** Writes what a group changed; somebody who began a user's usage at this very moment is a duplicate key. */
export function saveLoginChanges(
  batch: BatchTransaction,
  { begun, reservations, released }: LoginChanges,
): void {
  insertBegunUsage(batch, begun);
  removeReservations(batch, released);
  insertReservations(batch, reservations);
}

interface UserRow {
  readonly user_id: number;
  readonly username: string;
  readonly is_active: number;
  readonly is_radius_enabled: number;
  readonly own_profile_id: number | null;
  readonly promotion_id: number | null;
  readonly promotion_name: string | null;
  readonly promotion_is_active: number | null;
  readonly promotion_profile_id: number | null;
}

const USERS: KeyedSelect = {
  columns: [
    { name: 'user_id', sql: 'users.id' },
    { name: 'username', sql: 'users.username' },
    { name: 'is_active', sql: 'users.is_active' },
    { name: 'is_radius_enabled', sql: 'users.is_radius_enabled' },
    { name: 'own_profile_id', sql: 'users.profile_id' },
    { name: 'promotion_id', sql: 'promotions.id' },
    { name: 'promotion_name', sql: 'promotions.name' },
    { name: 'promotion_is_active', sql: 'promotions.is_active' },
    { name: 'promotion_profile_id', sql: 'promotions.profile_id' },
  ],
  from: 'FROM users LEFT JOIN promotions ON promotions.id = users.promotion_id WHERE users.id',
  kind: 'number',
  orderBy: 'users.id',
  isLocked: false,
};

/** Each once, as many users have the same. */
const PROFILES: KeyedSelect = {
  columns: [
    ...columnsNamed('id, name, description, is_active, bandwidth_upload, bandwidth_download, quota_type'),
    ...columnsNamed('data_volume, daily_limit, weekly_limit, monthly_limit, validity_duration'),
    ...columnsNamed('session_timeout, idle_timeout, simultaneous_use, over_quota_action'),
    ...columnsNamed('throttle_upload, throttle_download, created_by_id, created_at, updated_at'),
  ],
  from: `FROM profiles WHERE id IN (SELECT COALESCE(users.profile_id, promotions.profile_id)
    FROM users LEFT JOIN promotions ON promotions.id = users.promotion_id WHERE users.id`,
  kind: 'number',
  end: ')',
  orderBy: 'id',
  isLocked: false,
};

/** The hierarchy of contract §2: the user's own profile, else the promotion's. */
function loginUser(row: UserRow, profiles: ReadonlyMap<number, Profile>): LoginUser {
  const profileId = row.own_profile_id ?? row.promotion_profile_id;
  const effectiveProfile = profileId === null ? null : (profiles.get(profileId) ?? null);
  const isOwn = row.own_profile_id !== null;
  return {
    userId: row.user_id,
    username: row.username,
    isActive: flag(row.is_active),
    isRadiusEnabled: flag(row.is_radius_enabled),
    effectiveProfile,
    profileSource: effectiveProfile === null ? 'default' : isOwn ? 'own' : 'promotion',
    promotion:
      row.promotion_id === null
        ? null
        : {
            id: row.promotion_id,
            name: row.promotion_name ?? '',
            isActive: flag(row.promotion_is_active ?? false),
          },
  };
}
