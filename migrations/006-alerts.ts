/** Alerts (the seed's table), each delivery of one, the notices people read and the mail that waits to leave (contract §1, §7). */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import {
  bigint,
  boolean,
  defaulted,
  epochMs,
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

const profileAlerts: Table = {
  name: 'profile_alerts',
  columns: {
    id,
    profile_id: ownedBy('profiles'),
    alert_type: required(varchar(20)),
    threshold_percent: defaulted(integer, 80),
    threshold_days: optional(integer),
    notification_method: defaulted(varchar(20), 'system'),
    is_active: defaulted(boolean, true),
    message_template: optional(longText),
    created_by_id: pointsTo('users'),
    created_at: required(utcInstant),
    updated_at: required(utcInstant),
    // Which volume a quota alert looks at (contract §0.11).
    period: defaulted(varchar(16), 'total'),
  },
  indexes: [unique('profile_alerts_kind', ['profile_id', 'alert_type', 'threshold_percent'])],
};

const alertDeliveries: Table = {
  name: 'alert_deliveries',
  columns: {
    id,
    alert_id: required(bigint),
    user_id: required(bigint),
    // The activation or expiry date the alert fired for: once each.
    arm_key: required(varchar(64)),
    method: required(varchar(16)),
    status: required(varchar(16)),
    created_at: required(epochMs),
    delivered_at: optional(epochMs),
  },
  indexes: [unique('alert_deliveries_once', ['alert_id', 'user_id', 'arm_key', 'method'])],
};

const notices: Table = {
  name: 'notices',
  columns: {
    id,
    user_id: required(bigint),
    alert_id: optional(bigint),
    message: required(longText),
    created_at: required(epochMs),
    read_at: optional(epochMs),
  },
  indexes: [index('notices_user', ['user_id'])],
};

const mailQueue: Table = {
  name: 'mail_queue',
  columns: {
    id,
    delivery_id: optional(bigint),
    recipient: required(varchar(254)),
    subject: required(varchar(255)),
    body_text: required(longText),
    body_html: optional(longText),
    status: required(varchar(16)),
    attempts: defaulted(integer, 0),
    due_at: required(epochMs),
    leased_by: optional(varchar(64)),
    leased_until: optional(epochMs),
    last_error: optional(longText),
    created_at: required(epochMs),
    sent_at: optional(epochMs),
  },
  indexes: [index('mail_queue_due', ['status', 'due_at'])],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [profileAlerts, alertDeliveries, notices, mailQueue]);
}
