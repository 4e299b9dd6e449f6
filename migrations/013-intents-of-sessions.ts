/** What was decided about one session is found without reading what was decided about all. */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import { bigint, index, required, type Table } from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const enforcementIntents: Table = {
  name: 'enforcement_intents',
  columns: { radacctid: required(bigint) },
  indexes: [index('enforcement_intents_session', ['radacctid'])],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [enforcementIntents]);
}
