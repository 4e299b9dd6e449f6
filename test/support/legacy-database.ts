/** A database of the seed's system as a test says it is: its own tables and column types, and the rows that are given. */
import { type Database, openDatabase } from '../../src/db/database.ts';
import type { Dialect } from '../../src/db/dialect.ts';
import { seedTables } from './seed-tables.ts';

export const GIB = 1024 ** 3;

/** Creates the seed's tables. */
export async function createLegacy(url: string, dialect: Dialect): Promise<Database> {
  const db = openDatabase(url);
  for (const statement of seedTables(dialect)) await db.knex.raw(statement);
  return db;
}

const AT = '2025-12-01 08:00:00.123456';
const TIMES = { created_at: AT, updated_at: AT };

/** A profile's columns, with the seed's defaults for what is not given. */
export function legacyProfile(id: number, given: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    name: `Profile ${id}`,
    description: null,
    is_active: true,
    bandwidth_upload: 5120,
    bandwidth_download: 10240,
    quota_type: 'limited',
    data_volume: 50 * GIB,
    daily_limit: 5 * GIB,
    weekly_limit: 30 * GIB,
    monthly_limit: null,
    validity_duration: 30,
    session_timeout: 28800,
    idle_timeout: 600,
    simultaneous_use: 1,
    created_by_id: null,
    ...TIMES,
    ...given,
  };
}

/** A promotion's columns. */
export function legacyPromotion(id: number, given: Readonly<Record<string, unknown>> = {}) {
  return { id, name: `Promotion ${id}`, is_active: true, profile_id: null, ...TIMES, ...given };
}

/** A user's columns. */
export function legacyUser(id: number, given: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    username: `user${id}`,
    password: 'pbkdf2_sha256$600000$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
    last_login: null,
    is_superuser: false,
    first_name: 'Jean',
    last_name: 'Dupont',
    email: `user${id}@campus.example`,
    is_staff: false,
    is_active: true,
    date_joined: AT,
    matricule: null,
    is_radius_activated: true,
    is_radius_enabled: true,
    cleartext_password: 'in-the-clear',
    phone_number: null,
    mac_address: null,
    ip_address: null,
    voucher_code: null,
    is_voucher_user: false,
    role: 'user',
    promotion_id: null,
    profile_id: null,
    ...TIMES,
    ...given,
  };
}

/** A row of user_quotas, reset today, this Monday and on the first; without its total and activation. */
export function legacyQuota(id: number, userId: number, given: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    user_id: userId,
    daily_limit: 5 * GIB,
    weekly_limit: 30 * GIB,
    monthly_limit: 120 * GIB,
    ...legacyCounters(),
    ...TIMES,
    ...given,
  };
}

/** A row of user_profile_usage. */
export function legacyUsage(id: number, userId: number, given: Readonly<Record<string, unknown>> = {}) {
  const total = { used_total: 10 * GIB, activation_date: '2025-12-02 00:00:00' };
  return { id, user_id: userId, ...legacyCounters(), ...total, ...TIMES, ...given };
}

function legacyCounters() {
  return {
    used_today: GIB,
    used_week: 2 * GIB,
    used_month: 3 * GIB,
    last_daily_reset: '2025-12-11 00:00:00',
    last_weekly_reset: '2025-12-08 00:00:00',
    last_monthly_reset: '2025-12-01 00:00:00',
    is_active: true,
    is_exceeded: false,
  };
}

/** An alert's columns. */
export function legacyAlert(id: number, profileId: number, given: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    profile_id: profileId,
    alert_type: 'quota_warning',
    threshold_percent: 80,
    threshold_days: null,
    notification_method: 'email',
    is_active: true,
    message_template: 'Attention {username}: {percent}%',
    created_by_id: null,
    ...TIMES,
    ...given,
  };
}

/** A row of profile_history. */
export function legacyHistory(id: number, userId: number, given: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    user_id: userId,
    old_profile_id: null,
    new_profile_id: null,
    changed_by_id: null,
    changed_at: AT,
    reason: 'Profil automatiquement modifié (assigned)',
    change_type: 'assigned',
    ...given,
  };
}
