/** Every migration in order, under names without extension: knex would store file names, which differ between sources and build. */
import type { Knex } from 'knex';
import type { Dialect } from '../src/db/dialect.ts';
import { AppError } from '../src/errors.ts';
import { up as profilesAndUsers } from './001-profiles-and-users.ts';
import { up as usage } from './002-usage.ts';
import { up as accounting } from './003-accounting.ts';
import { up as access } from './004-access.ts';
import { up as enforcement } from './005-enforcement.ts';
import { up as alerts } from './006-alerts.ts';
import { up as operation } from './007-operation.ts';
import { up as spoolAndSilence } from './008-spool-and-silence.ts';
import { up as nasSenders } from './009-nas-senders.ts';
import { up as openingAdjustments } from './010-opening-adjustments.ts';
import { up as listIndexes } from './011-list-indexes.ts';
import { up as signIns } from './012-sign-ins.ts';
import { up as intentsOfSessions } from './013-intents-of-sessions.ts';
import { up as deliveries } from './014-deliveries.ts';
import { up as retention } from './015-retention.ts';
import { up as imports } from './016-imports.ts';
import { up as enforcing } from './017-enforcing.ts';
import { up as freeradius } from './018-freeradius.ts';

export type Migrate = (knex: Knex, dialect: Dialect) => Promise<void>;

/** What is released never changes its name, order or content; changes come as new entries at the end. */
const MIGRATIONS: ReadonlyMap<string, Migrate> = new Map([
  ['001-profiles-and-users', profilesAndUsers],
  ['002-usage', usage],
  ['003-accounting', accounting],
  ['004-access', access],
  ['005-enforcement', enforcement],
  ['006-alerts', alerts],
  ['007-operation', operation],
  ['008-spool-and-silence', spoolAndSilence],
  ['009-nas-senders', nasSenders],
  ['010-opening-adjustments', openingAdjustments],
  ['011-list-indexes', listIndexes],
  ['012-sign-ins', signIns],
  ['013-intents-of-sessions', intentsOfSessions],
  ['014-deliveries', deliveries],
  ['015-retention', retention],
  ['016-imports', imports],
  ['017-enforcing', enforcing],
  ['018-freeradius', freeradius],
]);

/** The names of all migrations this program knows, in order. */
export const MIGRATION_NAMES: readonly string[] = [...MIGRATIONS.keys()];

/** Returns the migrations as knex's migrator takes them, for one database. */
export function migrationSource(dialect: Dialect): Knex.MigrationSource<string> {
  return {
    getMigrations: async () => [...MIGRATION_NAMES],
    getMigrationName: (name) => name,
    getMigration: async (name) => ({
      up: async (knex) => MIGRATIONS.get(name)?.(knex, dialect),
      down: refuseToGoBack,
    }),
  };
}

/** Going back would drop tables that others own and counters nobody can restore. */
async function refuseToGoBack(): Promise<never> {
  throw new AppError('conflict', 'migrations only go forward; to go back, restore a backup');
}
