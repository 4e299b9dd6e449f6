/** What packets teach about each device that sends them: its clock and its Gigawords, also where many devices share a NAS, or the NAS has no row (design §5, Time and Runs). */
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
  varbinary,
  varchar,
} from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const nasSenders: Table = {
  name: 'nas_senders',
  columns: {
    address: required(varchar(45)),
    // Empty where the device sends none; a real one has at least one octet (RFC 2865 §5.32).
    nas_identifier: required(varbinary(253)),
    last_seen_at: required(epochMs),
    clock_offset_ms: optional(bigint),
    sends_gigawords: defaulted(boolean, false),
  },
  primaryKey: ['address', 'nas_identifier'],
  indexes: [index('nas_senders_last_seen', ['last_seen_at'])],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [nasSenders]);
}
