/** SQLite through knex and better-sqlite3: one connection that writes, every write transaction BEGIN IMMEDIATE. */
import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import SqliteDriver from 'better-sqlite3';
import knex, { type Knex } from 'knex';
import SqliteKnexClient from 'knex/lib/dialects/better-sqlite3/index.js';
import SqliteKnexTransaction from 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js';
import { makeDirectory } from '../make-directory.ts';
import { isRetryable } from './dialect.ts';
import { QUIET_LOG } from './quiet-log.ts';

export type SqliteHandle = SqliteDriver.Database;

/** How long a transaction waits for another process (a command) to finish writing. */
const BUSY_WAIT_MS = 5_000;
const BUSY_RETRY_MS = 5;

/** A deferred transaction that first reads and then writes fails at once beside another writer, so the write lock is taken at BEGIN. */
class ImmediateTransaction extends SqliteKnexTransaction {
  override begin(connection: SqliteHandle): Promise<void> {
    return beginImmediate(connection, BUSY_WAIT_MS);
  }
}

class SqliteClient extends SqliteKnexClient {
  override transaction(...args: unknown[]): unknown {
    return new ImmediateTransaction(this, ...args);
  }
}

/** Opens the file, making its directory; WAL, and fsync at every commit because the acknowledgement is the commit. */
export function openSqlite(filename: string): Knex {
  if (filename !== ':memory:') makeFile(filename);
  return knex({
    client: SqliteClient as unknown as typeof Knex.Client,
    connection: { filename },
    useNullAsDefault: true,
    log: QUIET_LOG,
    // Values, secrets among them, have no place in the message of an error.
    compileSqlOnError: false,
    // One connection is also the lock between the recorder and every command inside this process.
    pool: {
      min: 1,
      max: 1,
      afterCreate: (handle: SqliteHandle, done: (error: Error | null, handle: SqliteHandle) => void) => {
        // Waiting inside the driver would stop the event loop; beginImmediate waits outside it.
        handle.pragma('busy_timeout = 0');
        retryWhileBusy(() => {
          handle.pragma('journal_mode = WAL');
          handle.pragma('synchronous = FULL');
          handle.pragma('foreign_keys = ON');
          // In KiB. Sessions are found by a random key: an index that does not fit is read again and again.
          handle.pragma('cache_size = -65536');
        }, BUSY_WAIT_MS).then(
          () => done(null, handle),
          (error: Error) => done(error, handle),
        );
      },
    },
  });
}

/** Opens a file of our own beside the database, on the driver alone; what is committed to it is fsynced. `isReadOnly` needs the file to be there. */
export function openSqliteFile(filename: string, { isReadOnly = false } = {}): SqliteHandle {
  if (isReadOnly) return new SqliteDriver(filename, { readonly: true, fileMustExist: true });
  makeFile(filename);
  const handle = new SqliteDriver(filename, { timeout: BUSY_WAIT_MS });
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = FULL');
  return handle;
}

/** Makes the file before SQLite does, for the owner alone: it holds the shared secrets. What belongs to it (-wal, -shm) follows its mode. */
function makeFile(filename: string): void {
  makeDirectory(dirname(filename));
  try {
    closeSync(openSync(filename, 'a', 0o600));
  } catch {
    // SQLite says what is wrong when it opens the file.
  }
}

/** Begins a write transaction, waiting without blocking while another process writes; throws SQLITE_BUSY after `waitMs`. */
export function beginImmediate(handle: SqliteHandle, waitMs: number): Promise<void> {
  return retryWhileBusy(() => handle.exec('BEGIN IMMEDIATE'), waitMs);
}

async function retryWhileBusy(action: () => void, waitMs: number): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    try {
      action();
      return;
    } catch (error) {
      if (!isRetryable.sqlite(error) || Date.now() > deadline) throw error;
    }
    await sleep(BUSY_RETRY_MS);
  }
}
