/** Several reads of one committed state, beside writers that neither wait nor are waited for. */
import type { Knex } from 'knex';
import type { Database } from './database.ts';
import type { Dialect } from './dialect.ts';
import type { SqliteHandle } from './sqlite.ts';

/** What was committed when the first of its reads began. */
export interface Snapshot {
  /** Returns the rows of a query built on the database's knex. */
  rows<R>(query: Knex.QueryBuilder): Promise<R[]>;
}

/** Runs reads that all see the same committed state and returns what they give. Keep it short: MariaDB keeps old rows for it, and an SQLite database lends it this process's one connection. */
export function inSnapshot<T>(db: Database, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  return SNAPSHOTS[db.dialect](db.knex, work);
}

type RunSnapshot = <T>(knex: Knex, work: (snapshot: Snapshot) => Promise<T>) => Promise<T>;

const SNAPSHOTS: Record<Dialect, RunSnapshot> = {
  mysql: (knex, work) =>
    knex.transaction(
      (trx) => work({ rows: async <R>(query: Knex.QueryBuilder): Promise<R[]> => query.transacting(trx) }),
      // Our connections read what is committed at each statement; only this level reads one state throughout.
      { isolationLevel: 'repeatable read' },
    ),
  // Not knex's transaction, which takes the write lock: a deferred one reads the WAL beside whoever writes.
  async sqlite(knex, work) {
    const handle: SqliteHandle = await knex.client.acquireConnection();
    try {
      handle.exec('BEGIN');
      return await work({
        rows: async <R>(query: Knex.QueryBuilder): Promise<R[]> => query.connection(handle),
      });
    } finally {
      if (handle.inTransaction) handle.exec('ROLLBACK');
      await knex.client.releaseConnection(handle);
    }
  },
};
