/** What telling users of alerts needs: when a delivery stopped standing for a firing, why one came to nothing, the identity of each mail, and the queue of messages for the SMS webhook (contract §0.11, §0.13). */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import {
  bigint,
  defaulted,
  epochMs,
  id,
  index,
  integer,
  longText,
  optional,
  required,
  type Table,
  varchar,
} from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const alertDeliveries: Table = {
  name: 'alert_deliveries',
  columns: {
    alert_id: required(bigint),
    // NULL while it keeps the same firing from being told again.
    ended_at: optional(epochMs),
    detail: optional(longText),
  },
  indexes: [index('alert_deliveries_live', ['ended_at', 'alert_id'])],
};

const mailQueue: Table = {
  name: 'mail_queue',
  // A mail that leaves twice is told from two mails by it.
  columns: { message_id: optional(varchar(255)) },
};

const webhookQueue: Table = {
  name: 'webhook_queue',
  columns: {
    id,
    delivery_id: optional(bigint),
    recipient: required(varchar(64)),
    // What is posted, as JSON.
    body: required(longText),
    // The receiver tells a repetition by it.
    message_id: required(varchar(64)),
    status: required(varchar(16)),
    attempts: defaulted(integer, 0),
    due_at: required(epochMs),
    leased_by: optional(varchar(64)),
    leased_until: optional(epochMs),
    last_error: optional(longText),
    created_at: required(epochMs),
    sent_at: optional(epochMs),
  },
  indexes: [index('webhook_queue_due', ['status', 'due_at'])],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [alertDeliveries, mailQueue, webhookQueue]);
}
