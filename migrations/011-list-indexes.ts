/** Indexes that hold every list of the API in the order it is shown in, whole and by what it is filtered by, so that a page of a million rows is read and not sorted (contract §1, §6). None is on what a packet changes: `radacct`, counters and days are written far more often than listed. */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import {
  bigint,
  boolean,
  defaulted,
  epochMs,
  index,
  optional,
  required,
  type Table,
  utcInstant,
  varchar,
} from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const users: Table = {
  name: 'users',
  columns: {
    created_at: required(utcInstant),
    is_active: defaulted(boolean, true),
    profile_id: optional(bigint),
    promotion_id: optional(bigint),
  },
  indexes: [
    index('users_newest', ['created_at']),
    index('users_active_newest', ['is_active', 'created_at']),
    index('users_profile_newest', ['profile_id', 'is_active', 'created_at']),
    index('users_promotion_newest', ['promotion_id', 'is_active', 'created_at']),
    // Those who have their promotion's profile because they have none of their own.
    index('users_inheriting_newest', ['promotion_id', 'profile_id', 'is_active', 'created_at']),
  ],
};

const usage: Table = {
  name: 'user_profile_usage',
  columns: { created_at: required(utcInstant) },
  indexes: [index('user_profile_usage_newest', ['created_at'])],
};

const history: Table = {
  name: 'profile_history',
  columns: {
    changed_at: required(utcInstant),
    user_id: required(bigint),
    old_profile_id: optional(bigint),
    new_profile_id: optional(bigint),
  },
  indexes: [
    index('profile_history_newest', ['changed_at']),
    index('profile_history_user_newest', ['user_id', 'changed_at']),
    index('profile_history_old_newest', ['old_profile_id', 'changed_at']),
    index('profile_history_new_newest', ['new_profile_id', 'changed_at']),
  ],
};

const alerts: Table = {
  name: 'profile_alerts',
  columns: { created_at: required(utcInstant) },
  indexes: [index('profile_alerts_newest', ['created_at'])],
};

const disconnectionLogs: Table = {
  name: 'user_disconnection_logs',
  columns: { disconnected_at: required(utcInstant), user_id: required(bigint) },
  indexes: [
    index('user_disconnection_logs_newest', ['disconnected_at']),
    index('user_disconnection_logs_user_newest', ['user_id', 'disconnected_at']),
  ],
};

const auditLog: Table = {
  name: 'audit_log',
  columns: {
    at: required(epochMs),
    actor: required(varchar(150)),
    action: required(varchar(64)),
    object_type: required(varchar(32)),
    object_id: optional(varchar(64)),
  },
  indexes: [
    index('audit_log_actor', ['actor', 'at']),
    index('audit_log_action', ['action', 'at']),
    index('audit_log_object', ['object_type', 'object_id', 'at']),
  ],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [users, usage, history, alerts, disconnectionLogs, auditLog]);
}
