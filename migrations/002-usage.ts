/** What users have used: counters, days, and every change of a counter that is not a record's octets (contract §1, design §4). */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import {
  bigint,
  boolean,
  type Column,
  day,
  defaulted,
  epochMs,
  id,
  index,
  longText,
  optional,
  ownedBy,
  required,
  type Table,
  unique,
  utcInstant,
  varchar,
} from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const counter: Column = defaulted(bigint, 0);

const userProfileUsage: Table = {
  name: 'user_profile_usage',
  columns: {
    id,
    user_id: ownedBy('users'),
    used_today: counter,
    used_week: counter,
    used_month: counter,
    used_total: counter,
    last_daily_reset: required(utcInstant),
    last_weekly_reset: required(utcInstant),
    last_monthly_reset: required(utcInstant),
    activation_date: required(utcInstant),
    is_exceeded: defaulted(boolean, false),
    is_active: defaulted(boolean, true),
    created_at: required(utcInstant),
    updated_at: required(utcInstant),
  },
  indexes: [unique('user_profile_usage_user', ['user_id'])],
};

/** Legacy: read by the import, written by nobody. */
const userQuotas: Table = {
  name: 'user_quotas',
  columns: {
    id,
    user_id: ownedBy('users'),
    daily_limit: defaulted(bigint, 5_368_709_120),
    weekly_limit: defaulted(bigint, 32_212_254_720),
    monthly_limit: defaulted(bigint, 128_849_018_880),
    used_today: counter,
    used_week: counter,
    used_month: counter,
    last_daily_reset: required(utcInstant),
    last_weekly_reset: required(utcInstant),
    last_monthly_reset: required(utcInstant),
    is_active: defaulted(boolean, true),
    is_exceeded: defaulted(boolean, false),
    created_at: required(utcInstant),
    updated_at: required(utcInstant),
  },
  indexes: [unique('user_quotas_user', ['user_id'])],
};

const usageDays: Table = {
  name: 'usage_days',
  columns: {
    user_id: required(bigint),
    day: required(day),
    input_octets: counter,
    output_octets: counter,
  },
  primaryKey: ['user_id', 'day'],
};

const usageAdjustments: Table = {
  name: 'usage_adjustments',
  columns: {
    id,
    user_id: required(bigint),
    at: required(epochMs),
    // Signed differences of the four counters, octets.
    today: counter,
    week: counter,
    month: counter,
    total: counter,
    kind: required(varchar(32)),
    changed_by: optional(varchar(150)),
    reason: optional(longText),
  },
  indexes: [index('usage_adjustments_user', ['user_id', 'at'])],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [userProfileUsage, userQuotas, usageDays, usageAdjustments]);
}
