/** What a command works with: configuration, database, clock, and who asks. */
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type Clock, systemClock } from '../clock.ts';
import { commonFlags } from '../config/flags.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { type Database, openDatabase } from '../db/database.ts';
import { DatabaseClock } from '../db/database-clock.ts';
import { migrateToLatest, migrationStatus } from '../db/migrate.ts';
import { AppError } from '../errors.ts';
import { createLogger } from '../logger.ts';
import { Calendar, type PeriodStarts } from '../usage/period.ts';
import { timezoneOf } from '../usage/stored-timezone.ts';

/** The database, the configuration, and who asks. */
export interface DatabaseTools extends LoadedConfig {
  readonly db: Database;
  readonly clock: Clock;
  /** `cli:` and the name of whoever runs the command; history and audit show it. */
  readonly actor: { readonly name: string; readonly userId: null };
}

/** Everything the commands of the other folders ask for, and the configuration. */
export interface CommandTools extends DatabaseTools {
  readonly periodStartsAt: (nowMs: number) => PeriodStarts;
}

/** What a command may do besides its work. */
export interface OpenOptions {
  /** Make the embedded database if it is not there yet. Only what a newcomer does first may: anything else has a mistyped path before it. */
  readonly mayCreate?: boolean;
  /** Settings that the command takes as flags beside those that every command takes. */
  readonly settings?: readonly string[];
}

/** Errors that say that the database could not be reached or refused us, and what to look at. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there; is it running?',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'its host name is unknown',
  ENOENT: 'its socket or directory is missing',
  ETIMEDOUT: 'nothing answers there',
  EHOSTUNREACH: 'its host cannot be reached',
  EACCES: 'its directory is not ours to write',
  EROFS: 'its directory is read-only',
  EEXIST: 'its directory is a file',
  ENOTDIR: 'its directory is a file',
  ER_ACCESS_DENIED_ERROR: 'it refuses the user or the password',
  ER_DBACCESS_DENIED_ERROR: 'it refuses this user access to the database',
  ER_BAD_DB_ERROR: 'it has no database of this name',
  SQLITE_CANTOPEN: 'the file cannot be opened',
  SQLITE_READONLY: 'the file is not ours to write',
  SQLITE_NOTADB: 'the file is no SQLite database',
};

/** Returns the configuration a command's flags, the environment and the file give; `settings` names flags that it has beside the common ones. Throws ConfigError. */
export function configFor(
  argv: Readonly<Record<string, unknown>>,
  settings: readonly string[] = [],
): LoadedConfig {
  const names = [...Object.keys(commonFlags()), ...settings];
  const flags = Object.fromEntries(names.map((name) => [name, argv[name]]));
  return loadConfig({ flags, environment: process.env });
}

/** Runs a command's work on an open and migrated database and closes it; throws AppError `unavailable` where it cannot be reached or needs `radmeter migrate`, `not_found` where the embedded one is not there, and ConfigError where the setting `timezone` is not the database's. */
export function withDatabase<T>(
  argv: Readonly<Record<string, unknown>>,
  work: (tools: CommandTools) => Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  return withMigratedDatabase(
    argv,
    async (tools) => {
      const calendar = new Calendar(await timezoneOf(tools.db, tools.config.timezone));
      return work({ ...tools, periodStartsAt: (nowMs) => calendar.periodStarts(nowMs) });
    },
    options,
  );
}

/** As withDatabase, but for commands that ask for no period: the setting `timezone` may contradict the database. */
export function withMigratedDatabase<T>(
  argv: Readonly<Record<string, unknown>>,
  work: (tools: DatabaseTools) => Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  return withUnmigratedDatabase(
    argv,
    async (tools, isNew) => {
      if (isNew) await migrateToLatest(tools.db);
      else await refuseUnmigrated(tools);
      return work(tools);
    },
    options,
  );
}

/** As withDatabase, but for commands that look after the tables themselves; `isNew` says that there was no embedded database yet. */
export async function withUnmigratedDatabase<T>(
  argv: Readonly<Record<string, unknown>>,
  work: (tools: DatabaseTools, isNew: boolean) => Promise<T>,
  { mayCreate = false, settings = [] }: OpenOptions = {},
): Promise<T> {
  const loaded = configFor(argv, settings);
  const { config, secrets } = loaded;
  try {
    const newFile = newFileOf(secrets.databaseUrl);
    if (newFile !== undefined && !mayCreate) refuseMissing(newFile);
    const db = openDatabase(secrets.databaseUrl);
    const clock = new DatabaseClock({ db, own: systemClock, logger: createLogger('silent') });
    const actor = { name: `cli:${userInfo().username}`, userId: null };
    try {
      // Commands decide by the clock that the daemons on this database decide by.
      await clock.start();
      return await work({ ...loaded, db, clock, actor }, newFile !== undefined);
    } finally {
      clock.close();
      await db.close();
    }
  } catch (error) {
    throw unreachable(error, config.databaseUrl) ?? error;
  }
}

function refuseMissing(filename: string): never {
  throw new AppError(
    'not_found',
    `there is no database at ${filename}; \`radmeter serve\` or \`radmeter migrate\` makes it, --database-url names another`,
  );
}

async function refuseUnmigrated({ db, config }: DatabaseTools): Promise<void> {
  const { pending } = await migrationStatus(db);
  if (pending.length === 0) return;
  throw new AppError(
    'unavailable',
    `the database ${config.databaseUrl} lacks ${pending.length} migration(s); run \`radmeter migrate\``,
  );
}

/** Returns the file of an embedded database that is not there yet, or is empty. */
function newFileOf(databaseUrl: string): string | undefined {
  if (!databaseUrl.startsWith('sqlite:')) return undefined;
  const filename = databaseUrl.slice('sqlite:'.length);
  const found = statSync(filename, { throwIfNoEntry: false });
  return found === undefined || found.size === 0 ? filename : undefined;
}

/** Returns an error of opening a database in words for people, or undefined for any other. */
export function unreachable(error: unknown, shownUrl: string): AppError | undefined {
  if (!(error instanceof Error) || error instanceof AppError) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  const reason =
    UNREACHABLE[code] ?? (error.name === 'KnexTimeoutError' ? 'nothing answers there' : undefined);
  if (reason === undefined) return undefined;
  return new AppError(
    'unavailable',
    `the database ${shownUrl} cannot be used: ${reason} (${code || error.name})`,
    {
      cause: error,
    },
  );
}
