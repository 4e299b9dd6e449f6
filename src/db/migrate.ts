/** Brings the database to the tables this program needs, one process at a time. */
import type { Knex } from 'knex';
import { MIGRATION_NAMES, migrationSource } from '../../migrations/index.ts';
import { AppError } from '../errors.ts';
import { adoptTables } from './adopt.ts';
import { id, integer, optional, type Table, utcInstant, varchar } from './column.ts';
import type { Database } from './database.ts';
import { withMigrationLock } from './migration-lock.ts';

const MIGRATIONS_TABLE = 'radmeter_migrations';
const LOCK_WAIT_SECONDS = 60;

/** knex's own two tables, which it would create without a lock and in a character set it takes for one. */
const KNEX_TABLES: readonly Table[] = [
  {
    name: MIGRATIONS_TABLE,
    columns: {
      id,
      name: optional(varchar(255)),
      batch: optional(integer),
      migration_time: optional(utcInstant),
    },
  },
  { name: `${MIGRATIONS_TABLE}_lock`, columns: { index: id, is_locked: optional(integer) } },
];

export interface MigrationStatus {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/** Applies every pending migration and returns their names; waits (60 s unless told otherwise) while another process migrates. Throws AppError `conflict` where a newer program has migrated the database or a table cannot be adopted, `unavailable` when the wait was in vain. */
export async function migrateToLatest(
  db: Database,
  { lockWaitSeconds = LOCK_WAIT_SECONDS }: { readonly lockWaitSeconds?: number } = {},
): Promise<readonly string[]> {
  if ((await statusOf(db.knex)).pending.length === 0) return [];
  return withMigrationLock(db, lockWaitSeconds, async (knex) => {
    const { pending } = await statusOf(knex);
    if (pending.length === 0) return [];
    const config = {
      migrationSource: migrationSource(db.dialect),
      tableName: MIGRATIONS_TABLE,
      // On SQLite all of it is inside one transaction already; on MariaDB each change of a table commits
      // by itself, and adopting again what is there already is harmless.
      disableTransactions: true,
    };
    await adoptTables(knex, db.dialect, KNEX_TABLES);
    // knex marks a row while it migrates, and a killed process leaves the mark; we hold the real lock.
    await knex.migrate.forceFreeMigrationsLock(config);
    await knex.migrate.latest(config);
    return pending;
  });
}

/** Returns which migrations have been applied and which are to come, changing nothing. Throws AppError `conflict` where a newer program has migrated the database. */
export function migrationStatus(db: Database): Promise<MigrationStatus> {
  return statusOf(db.knex);
}

async function statusOf(knex: Knex): Promise<MigrationStatus> {
  const isMigrated = await knex.schema.hasTable(MIGRATIONS_TABLE);
  const rows: { name: string }[] = isMigrated
    ? await knex(MIGRATIONS_TABLE).select('name').orderBy('id')
    : [];
  const applied = rows.map((row) => row.name);
  const unknown = applied.filter((name) => !MIGRATION_NAMES.includes(name));
  if (unknown.length > 0) {
    throw new AppError(
      'conflict',
      `the database has migrations this radmeter does not know (${unknown.join(', ')}); it belongs to a newer version, run that one`,
    );
  }
  return { applied, pending: MIGRATION_NAMES.filter((name) => !applied.includes(name)) };
}
