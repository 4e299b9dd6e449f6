/** The lock that lets one process at a time migrate a database; it ends with the connection that holds it, so a killed process leaves none behind. */
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Database } from './database.ts';
import { type Dialect, isRetryable } from './dialect.ts';

type Work<T> = (trx: Knex.Transaction) => Promise<T>;

/** Runs work on one connection, in one transaction, while no other process migrates this database. Throws AppError `unavailable`, naming who holds the lock, after so many seconds. */
export function withMigrationLock<T>(db: Database, waitSeconds: number, work: Work<T>): Promise<T> {
  return lockFor[db.dialect](db, waitSeconds, work);
}

const lockFor: Record<Dialect, <T>(db: Database, waitSeconds: number, work: Work<T>) => Promise<T>> = {
  mysql: withNamedLock,
  sqlite: withWriteLock,
};

/** MariaDB and MySQL: a named lock of the connection (at most 64 characters), one per database. */
async function withNamedLock<T>(db: Database, waitSeconds: number, work: Work<T>): Promise<T> {
  const name = `migrate.${db.address.dialect === 'mysql' ? db.address.database : ''}`.slice(0, 64);
  return db.knex.transaction(async (trx) => {
    const [[answer]] = await trx.raw('SELECT GET_LOCK(?, ?) AS isOurs, IS_USED_LOCK(?) AS holder', [
      name,
      waitSeconds,
      name,
    ]);
    if (answer.isOurs !== 1) {
      throw new AppError(
        'unavailable',
        `another process has been migrating this database for ${waitSeconds} s: connection ${answer.holder} holds the lock "${name}"; wait, or end it with KILL ${answer.holder}`,
      );
    }
    try {
      return await work(trx);
    } finally {
      await trx.raw('SELECT RELEASE_LOCK(?)', [name]);
    }
  });
}

/** SQLite: the one write lock of the file, which every write transaction takes at its start. */
async function withWriteLock<T>(db: Database, waitSeconds: number, work: Work<T>): Promise<T> {
  const deadline = Date.now() + waitSeconds * 1000;
  for (;;) {
    let isBegun = false;
    try {
      return await db.knex.transaction((trx) => {
        isBegun = true;
        return work(trx);
      });
    } catch (error) {
      if (isBegun || !isRetryable.sqlite(error)) throw error;
      if (Date.now() < deadline) continue;
      const filename = db.address.dialect === 'sqlite' ? db.address.filename : '';
      throw new AppError(
        'unavailable',
        `another process has been writing to ${filename} for ${waitSeconds} s and holds its write lock; find it with: fuser ${filename}`,
        { cause: error },
      );
    }
  }
}
