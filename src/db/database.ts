/** The database as commands and queries see it: knex, and transactions with one instant each. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Clock } from '../clock.ts';
import { type DatabaseAddress, parseDatabaseUrl } from './database-url.ts';
import { type Dialect, isRetryable } from './dialect.ts';
import { openMysql } from './mysql.ts';
import { openSqlite } from './sqlite.ts';

export interface Database {
  readonly dialect: Dialect;
  readonly address: DatabaseAddress;
  readonly knex: Knex;
  close(): Promise<void>;
}

/** A transaction and the one instant (epoch milliseconds) everything in it happens at. */
export interface Transaction {
  readonly dialect: Dialect;
  readonly trx: Knex.Transaction;
  readonly now: number;
}

const TRANSACTION_TRIES = 5;
/** How long the first new try waits at most; each further one twice as long. */
const FIRST_RETRY_MS_MAX = 4;
const POOL_MAX = 4;

/** Opens the database a URL names, without connecting yet. */
export function openDatabase(url: string): Database {
  const address = parseDatabaseUrl(url);
  if (address.dialect === 'mysql') {
    return { dialect: 'mysql', address, ...openMysql(address, { poolMax: POOL_MAX }) };
  }
  const connection = openSqlite(address.filename);
  return { dialect: 'sqlite', address, knex: connection, close: () => connection.destroy() };
}

/** Runs work in one transaction and returns what it returns; a deadlock or a lost race for a new row is decided again from fresh rows, five times at most, after a random wait of some milliseconds: those who met once would meet again. */
export async function inTransaction<T>(
  db: Database,
  clock: Clock,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.knex.transaction((trx) => work({ dialect: db.dialect, trx, now: clock.now() }));
    } catch (error) {
      if (tries >= TRANSACTION_TRIES || !isRetryable[db.dialect](error)) throw error;
    }
    await pause(Math.random() * FIRST_RETRY_MS_MAX * 2 ** (tries - 1));
  }
}
