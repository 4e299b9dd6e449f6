/** What forgetting old sessions and days needs: octets that no longer stand there, and finding who is cut off still. */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import { bigint, boolean, defaulted, index, required, type Table, varchar } from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const usageAdjustments: Table = {
  name: 'usage_adjustments',
  columns: {
    kind: required(varchar(32)),
    // Signed: octets of sessions that were forgotten, less octets of days that were.
    days: defaulted(bigint, 0),
  },
};

const disconnectionLogs: Table = {
  name: 'user_disconnection_logs',
  columns: { is_active: defaulted(boolean, true) },
  indexes: [index('user_disconnection_logs_active', ['is_active'])],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [usageAdjustments, disconnectionLogs]);
}
