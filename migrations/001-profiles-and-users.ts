/** Profiles, promotions, users and the history of who had which profile: the seed's tables (contract §1). */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import {
  bigint,
  boolean,
  defaulted,
  id,
  index,
  integer,
  longText,
  optional,
  ownedBy,
  pointsTo,
  required,
  type Table,
  unique,
  utcInstant,
  varchar,
} from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const profiles: Table = {
  name: 'profiles',
  columns: {
    id,
    name: required(varchar(100)),
    description: optional(longText),
    is_active: defaulted(boolean, true),
    bandwidth_upload: defaulted(integer, 5_120),
    bandwidth_download: defaulted(integer, 10_240),
    quota_type: defaulted(varchar(20), 'limited'),
    data_volume: defaulted(bigint, 53_687_091_200),
    // No default: NULL means "no such limit", which a row from elsewhere must say itself.
    daily_limit: optional(bigint),
    weekly_limit: optional(bigint),
    monthly_limit: optional(bigint),
    validity_duration: defaulted(integer, 30),
    session_timeout: defaulted(integer, 28_800),
    idle_timeout: defaulted(integer, 600),
    simultaneous_use: defaulted(integer, 1),
    created_by_id: pointsTo('users'),
    created_at: required(utcInstant),
    updated_at: required(utcInstant),
    over_quota_action: defaulted(varchar(16), 'disconnect'),
    // kbit/s.
    throttle_upload: optional(integer),
    throttle_download: optional(integer),
  },
  indexes: [unique('profiles_name', ['name'])],
};

const promotions: Table = {
  name: 'promotions',
  columns: {
    id,
    name: required(varchar(100)),
    is_active: defaulted(boolean, true),
    profile_id: pointsTo('profiles'),
    created_at: required(utcInstant),
    updated_at: required(utcInstant),
  },
  indexes: [unique('promotions_name', ['name'])],
};

const users: Table = {
  name: 'users',
  columns: {
    id,
    password: required(varchar(128)),
    last_login: optional(utcInstant),
    is_superuser: defaulted(boolean, false),
    username: required(varchar(150)),
    first_name: defaulted(varchar(150), ''),
    last_name: defaulted(varchar(150), ''),
    email: defaulted(varchar(254), ''),
    is_staff: defaulted(boolean, false),
    is_active: defaulted(boolean, true),
    date_joined: required(utcInstant),
    promotion_id: pointsTo('promotions'),
    matricule: optional(varchar(50)),
    profile_id: pointsTo('profiles'),
    is_radius_activated: defaulted(boolean, false),
    is_radius_enabled: defaulted(boolean, true),
    cleartext_password: optional(varchar(128)),
    phone_number: optional(varchar(20)),
    mac_address: optional(varchar(17)),
    ip_address: optional(varchar(39)),
    voucher_code: optional(varchar(50)),
    is_voucher_user: defaulted(boolean, false),
    role: defaulted(varchar(50), 'user'),
    created_at: required(utcInstant),
    updated_at: required(utcInstant),
  },
  indexes: [
    unique('users_username', ['username']),
    index('users_mac_address', ['mac_address']),
    index('users_role', ['role']),
  ],
};

const profileHistory: Table = {
  name: 'profile_history',
  columns: {
    id,
    user_id: ownedBy('users'),
    old_profile_id: pointsTo('profiles'),
    new_profile_id: pointsTo('profiles'),
    changed_by_id: pointsTo('users'),
    changed_at: required(utcInstant),
    reason: optional(longText),
    change_type: defaulted(varchar(20), 'assigned'),
    // Names outlive the profiles and people they name (contract §0.4).
    old_profile_name: optional(varchar(100)),
    new_profile_name: optional(varchar(100)),
    changed_by_name: optional(varchar(150)),
  },
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [profiles, promotions, users, profileHistory]);
}
