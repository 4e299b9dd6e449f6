/** What a command works with: configuration, database, clock, and who asks. */
import { existsSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type Clock, systemClock } from '../clock.ts';
import { commonFlags } from '../config/flags.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { type Database, openDatabase } from '../db/database.ts';
import { migrateToLatest, migrationStatus } from '../db/migrate.ts';
import { AppError } from '../errors.ts';
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

/** Returns the configuration a command's flags, the environment and the file give; throws ConfigError. */
export function configFor(argv: Readonly<Record<string, unknown>>): LoadedConfig {
  const flags = Object.fromEntries(Object.keys(commonFlags()).map((name) => [name, argv[name]]));
  return loadConfig({ flags, environment: process.env });
}

/** Runs a command's work on an open and migrated database and closes it; throws AppError `unavailable` where it cannot be reached or needs `radmeter migrate`, and ConfigError where the setting `timezone` is not the database's. */
export function withDatabase<T>(
  argv: Readonly<Record<string, unknown>>,
  work: (tools: CommandTools) => Promise<T>,
): Promise<T> {
  return withMigratedDatabase(argv, async (tools) => {
    const calendar = new Calendar(await timezoneOf(tools.db, tools.config.timezone));
    return work({ ...tools, periodStartsAt: (nowMs) => calendar.periodStarts(nowMs) });
  });
}

/** As withDatabase, but for commands that ask for no period: the setting `timezone` may contradict the database. */
export function withMigratedDatabase<T>(
  argv: Readonly<Record<string, unknown>>,
  work: (tools: DatabaseTools) => Promise<T>,
): Promise<T> {
  return withUnmigratedDatabase(argv, async (tools, isNew) => {
    if (isNew) await migrateToLatest(tools.db);
    else await refuseUnmigrated(tools);
    return work(tools);
  });
}

/** As withDatabase, but for commands that look after the tables themselves; `isNew` says that there was no embedded database yet. */
export async function withUnmigratedDatabase<T>(
  argv: Readonly<Record<string, unknown>>,
  work: (tools: DatabaseTools, isNew: boolean) => Promise<T>,
): Promise<T> {
  const loaded = configFor(argv);
  const { config, secrets } = loaded;
  const isNew = isNewFile(secrets.databaseUrl);
  try {
    const db = openDatabase(secrets.databaseUrl);
    const actor = { name: `cli:${userInfo().username}`, userId: null };
    try {
      return await work({ ...loaded, db, clock: systemClock, actor }, isNew);
    } finally {
      await db.close();
    }
  } catch (error) {
    throw unreachable(error, config.databaseUrl) ?? error;
  }
}

async function refuseUnmigrated({ db, config }: DatabaseTools): Promise<void> {
  const { pending } = await migrationStatus(db);
  if (pending.length === 0) return;
  throw new AppError(
    'unavailable',
    `the database ${config.databaseUrl} lacks ${pending.length} migration(s); run \`radmeter migrate\``,
  );
}

/** The embedded database makes itself: whoever tries radmeter for the first time should not need two commands. */
function isNewFile(databaseUrl: string): boolean {
  if (!databaseUrl.startsWith('sqlite:')) return false;
  const filename = databaseUrl.slice('sqlite:'.length);
  return !existsSync(filename) || statSync(filename).size === 0;
}

function unreachable(error: unknown, shownUrl: string): AppError | undefined {
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
