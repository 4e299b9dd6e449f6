/** Decisions to disconnect or change sessions, what became of them, and the seed's log of disconnections (design §7, contract §12). */
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

const enforcementIntents: Table = {
  name: 'enforcement_intents',
  columns: {
    id,
    radacctid: required(bigint),
    user_id: required(bigint),
    nas_id: optional(bigint),
    kind: required(varchar(16)),
    reason: required(varchar(32)),
    status: required(varchar(16)),
    // NULL once finished, so that a session has at most one live intent.
    live_key: optional(varchar(64)),
    attempts: defaulted(integer, 0),
    due_at: required(epochMs),
    leased_by: optional(varchar(64)),
    leased_until: optional(epochMs),
    detail: optional(longText),
    outcome: optional(longText),
    created_at: required(epochMs),
    finished_at: optional(epochMs),
  },
  indexes: [
    unique('enforcement_intents_live', ['live_key']),
    index('enforcement_intents_due', ['status', 'due_at']),
  ],
};

const userDisconnectionLogs: Table = {
  name: 'user_disconnection_logs',
  columns: {
    id,
    user_id: ownedBy('users'),
    reason: required(varchar(50)),
    description: optional(longText),
    disconnected_at: required(utcInstant),
    reconnected_at: optional(utcInstant),
    is_active: defaulted(boolean, true),
    reconnected_by_id: pointsTo('users'),
    quota_used: optional(bigint),
    quota_limit: optional(bigint),
    // Seconds.
    session_duration: optional(integer),
  },
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [enforcementIntents, userDisconnectionLogs]);
}
