/** What carrying out decisions needs: what each session was told, and what changed that sessions may have to be told. */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import { bigint, epochMs, id, integer, optional, required, type Table, varchar } from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const radacct: Table = {
  name: 'radacct',
  // A fingerprint of the limits; NULL where nobody knows what it was told.
  columns: { radacctid: required(bigint), limits_told: optional(integer) },
};

const changedTerms: Table = {
  name: 'changed_terms',
  columns: {
    id,
    // Whose terms: those of a user, of all who have a profile, of all in a promotion, or everybody's.
    scope: required(varchar(16)),
    scope_id: optional(bigint),
    at: required(epochMs),
    leased_until: optional(epochMs),
  },
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [radacct, changedTerms]);
}
