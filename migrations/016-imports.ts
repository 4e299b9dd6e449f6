/** What was brought over from which database: the rows there, the rows here that came of them, and how these were written. */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import {
  bigint,
  epochMs,
  index,
  longText,
  optional,
  required,
  type Table,
  varchar,
} from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const importedRows: Table = {
  name: 'imported_rows',
  columns: {
    // A hash of where the source is, without its user and password.
    source: required(varchar(40)),
    kind: required(varchar(16)),
    source_id: required(bigint),
    target_id: required(bigint),
    // What was written, so that a row changed here since is told from one that was not; NULL where a row that was here is kept.
    state: optional(longText),
    at: required(epochMs),
  },
  primaryKey: ['source', 'kind', 'source_id'],
  indexes: [index('imported_rows_target', ['kind', 'target_id'])],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [importedRows]);
}
