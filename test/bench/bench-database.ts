/** The databases the bench measures on: made, filled with users, and summed up afterwards. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { instantToText } from '../../src/db/dialect.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';

export type DatabaseName = 'sqlite' | 'mysql';

/** MariaDB 10.11's own, instead of the small one the tests use. */
const DEFAULT_BUFFER_POOL_BYTES = 128 * 1024 ** 2;
const ROWS_PER_INSERT = 100;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** A database server as the bench sees it; `pid` only where there is a process to look at. */
export interface BenchDatabases {
  /** Returns the URL of a new, empty database. */
  create(): Promise<string>;
  /** What decides what a commit costs, for the first line. */
  settings(): Promise<string>;
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** How a server is set up; the buffer pool is MariaDB's only. */
export interface BenchServer {
  readonly bufferPoolBytes?: number;
}

export const openBenchDatabases: Record<
  DatabaseName,
  (directory: string, server?: BenchServer) => Promise<BenchDatabases>
> = {
  async sqlite(directory) {
    return {
      create: async () => `sqlite:${join(directory, `${randomUUID()}.db`)}`,
      settings: () => sqliteSettings(`sqlite:${join(directory, 'settings.db')}`),
      pid: undefined,
      stop: async () => {},
    };
  },
  async mysql(_directory, { bufferPoolBytes = DEFAULT_BUFFER_POOL_BYTES } = {}) {
    const mariadb = await startMariadb();
    const pid = await setUpServer(mariadb, bufferPoolBytes);
    return {
      create: () => createSchema(mariadb),
      settings: () => mariadbSettings(mariadb),
      pid,
      stop: () => mariadb.stop(),
    };
  },
};

/** Makes the tables and `userCount` users, named by prefix and number from 0, under one profile whose quota nobody reaches. */
export async function fillDatabase(
  url: string,
  { userCount, userPrefix }: { userCount: number; userPrefix: string },
) {
  const db = openDatabase(url);
  try {
    await migrateToLatest(db);
    await addUsers(
      db,
      Array.from({ length: userCount }, (_, number) => `${userPrefix}${number}`),
    );
  } finally {
    await db.close();
  }
}

/** Octets by the three ways the product keeps them; they must be one. */
export interface OctetSums {
  readonly usageDays: number;
  readonly usedTotal: number;
  readonly radacct: number;
}

/** Returns what a database says was charged. */
export async function sumOctets(url: string): Promise<OctetSums> {
  const db = openDatabase(url);
  try {
    return {
      usageDays: await sumOf(db, 'usage_days', 'input_octets + output_octets'),
      usedTotal: await sumOf(db, 'user_profile_usage', 'used_total'),
      radacct: await sumOf(db, 'radacct', 'acctinputoctets + acctoutputoctets - unmeteredoctets'),
    };
  } finally {
    await db.close();
  }
}

async function sumOf({ knex }: Database, table: string, expression: string): Promise<number> {
  const [row] = await knex(table).select(knex.raw(`SUM(${expression}) AS octets`));
  return Number(row.octets ?? 0);
}

async function addUsers({ knex }: Database, usernames: readonly string[]): Promise<void> {
  const now = Date.now();
  const times = { created_at: instantToText(now), updated_at: instantToText(now) };
  await knex('profiles').insert({ name: 'bench', quota_type: 'limited', data_volume: 2 ** 50, ...times });
  const [profile] = await knex('profiles').where({ name: 'bench' }).select('id');
  const users = usernames.map((username) => ({
    ...{ username, password: '!', profile_id: profile.id, date_joined: times.created_at },
    ...times,
  }));
  const yesterday = instantToText(now - DAY_MS);
  await knex.transaction(async (trx) => {
    await trx.batchInsert('users', users, ROWS_PER_INSERT);
    const rows: { id: number }[] = await trx('users').select('id');
    const usage = rows.map(({ id }) => ({
      user_id: id,
      ...{ last_daily_reset: yesterday, last_weekly_reset: yesterday, last_monthly_reset: yesterday },
      activation_date: yesterday,
      ...times,
    }));
    await trx.batchInsert('user_profile_usage', usage, ROWS_PER_INSERT);
  });
}

async function sqliteSettings(url: string): Promise<string> {
  const db = openDatabase(url);
  try {
    const [{ synchronous }] = await db.knex.raw('PRAGMA synchronous');
    const [{ journal_mode: journal }] = await db.knex.raw('PRAGMA journal_mode');
    return `SQLite synchronous=${['OFF', 'NORMAL', 'FULL', 'EXTRA'][synchronous] ?? synchronous} journal=${journal}`;
  } finally {
    await db.close();
  }
}

async function setUpServer(mariadb: Mariadb, bufferPoolBytes: number): Promise<number> {
  return onServer(mariadb, async ({ knex }) => {
    await knex.raw(`SET GLOBAL innodb_buffer_pool_size = ${bufferPoolBytes}`);
    const [[{ pidFile }]] = await knex.raw('SELECT @@pid_file AS pidFile');
    return Number(readFileSync(String(pidFile), 'utf8'));
  });
}

async function createSchema(mariadb: Mariadb): Promise<string> {
  const name = `bench_${randomUUID().replaceAll('-', '')}`;
  await onServer(mariadb, ({ knex }) => knex.raw(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`));
  return `${mariadb.serverUrl}/${name}`;
}

async function mariadbSettings(mariadb: Mariadb): Promise<string> {
  return onServer(mariadb, async ({ knex }) => {
    const [[row]] = await knex.raw(
      `SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS flush, @@sync_binlog AS binlog,
              @@log_bin AS logBin, @@innodb_buffer_pool_size DIV 1048576 AS poolMebibytes`,
    );
    const binlog = row.logBin === 0 ? 'binlog off' : `sync_binlog=${row.binlog}`;
    return `MariaDB ${row.version} innodb_flush_log_at_trx_commit=${row.flush} ${binlog} buffer pool ${row.poolMebibytes} MiB`;
  });
}

async function onServer<T>({ serverUrl }: Mariadb, work: (db: Database) => Promise<T>): Promise<T> {
  const db = openDatabase(`${serverUrl}/information_schema`);
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
