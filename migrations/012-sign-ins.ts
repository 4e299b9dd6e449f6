/** Which tokens came of the same sign-in, and indexes to find those, API tokens and what has expired. */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import { bigint, epochMs, index, optional, required, type Table, varchar } from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const apiTokens: Table = {
  name: 'api_tokens',
  columns: {
    kind: required(varchar(16)),
    expires_at: optional(epochMs),
    // The id of a sign-in's first refresh token; NULL for API tokens.
    sign_in_id: optional(bigint),
  },
  indexes: [
    index('api_tokens_kind', ['kind']),
    index('api_tokens_expires_at', ['expires_at']),
    index('api_tokens_sign_in', ['sign_in_id']),
  ],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [apiTokens]);
}
