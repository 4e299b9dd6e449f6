/** What replaying a kept request and judging a silent session need: the NAS's clock as it was, and since when each instance has been receiving (design §5). */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import { bigint, defaulted, epochMs, optional, required, type Table, varchar } from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const setAside: Table = {
  name: 'set_aside',
  columns: { clock_offset_ms: optional(bigint) },
};

/** One row for each running radmeter on this database. */
const instances: Table = {
  name: 'instances',
  columns: {
    id: required(varchar(36)),
    host: required(varchar(255)),
    receiving_since: required(epochMs),
    beat_at: required(epochMs),
    spooled_records: defaulted(bigint, 0),
  },
  primaryKey: ['id'],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [setAside, instances]);
}
