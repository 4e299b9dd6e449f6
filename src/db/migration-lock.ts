/** The lock that lets one process at a time migrate a database; it ends with the connection that holds it, so a killed process leaves none behind. */
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';
import type { Database } from './database.ts';
import type { DatabaseAddress } from './database-url.ts';
import { isRetryable } from './dialect.ts';
import { openMysql } from './mysql.ts';

type Work<T> = (knex: Knex) => Promise<T>;
type Address<D> = Extract<DatabaseAddress, { dialect: D }>;

/** Runs work, all of it on one connection, while no other process migrates this database; on SQLite in one transaction. Throws AppError `unavailable`, naming the lock, after so many seconds. */
export function withMigrationLock<T>(db: Database, waitSeconds: number, work: Work<T>): Promise<T> {
  return db.address.dialect === 'mysql'
    ? withNamedLock(db.address, waitSeconds, work)
    : withWriteLock(db.knex, db.address, waitSeconds, work);
}

/** MariaDB and MySQL: a named lock (at most 64 characters) of a connection, which is the pool's only one. */
async function withNamedLock<T>(address: Address<'mysql'>, waitSeconds: number, work: Work<T>): Promise<T> {
  const name = `migrate.${address.database}`.slice(0, 64);
  const { knex, close } = openMysql(address, { poolMax: 1 });
  try {
    const [[answer]] = await knex.raw('SELECT GET_LOCK(?, ?) AS isOurs, IS_USED_LOCK(?) AS holder', [
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
    return await work(knex);
  } finally {
    await close();
  }
}

/** SQLite: the one write lock of the file, which every write transaction takes at its start. */
async function withWriteLock<T>(
  knex: Knex,
  { filename }: Address<'sqlite'>,
  waitSeconds: number,
  work: Work<T>,
): Promise<T> {
  const deadline = Date.now() + waitSeconds * 1000;
  for (;;) {
    let isBegun = false;
    try {
      return await knex.transaction((trx) => {
        isBegun = true;
        return work(trx);
      });
    } catch (error) {
      if (isBegun || !isRetryable.sqlite(error)) throw error;
      if (Date.now() < deadline) continue;
      throw new AppError(
        'unavailable',
        `another process has been writing to ${filename} for ${waitSeconds} s and holds its write lock; find it with: fuser ${filename}`,
        { cause: error },
      );
    }
  }
}
