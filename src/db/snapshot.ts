/** Several reads of one committed state, beside writers that neither wait nor are waited for. */
import type { Knex } from 'knex';
import type { Database } from './database.ts';
import type { Dialect } from './dialect.ts';

/** What was committed when the first of its reads began. */
export interface Snapshot {
  /** Returns the rows of a query built on the database's knex. */
  rows<R>(query: Knex.QueryBuilder): Promise<R[]>;
}

/** Runs reads that all see the same committed state and returns what they give. Keep it short: MariaDB keeps old rows for it, and an SQLite database lends it the one connection. */
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
    const connection: SnapshotConnection = await knex.client.acquireConnection();
    try {
      await knex.raw('BEGIN').connection(connection);
      try {
        return await work({
          rows: async <R>(query: Knex.QueryBuilder): Promise<R[]> => query.connection(connection),
        });
      } finally {
        await rollback(knex, connection);
      }
    } finally {
      await knex.client.releaseConnection(connection);
    }
  },
};

/** What knex asks a connection before it lends it again. */
interface SnapshotConnection {
  __knex__disposed?: unknown;
}

/** SQLite may have ended the transaction of a read that failed; then the connection is as good as any, but who knows why. */
async function rollback(knex: Knex, connection: SnapshotConnection): Promise<void> {
  try {
    await knex.raw('ROLLBACK').connection(connection);
  } catch (error) {
    connection.__knex__disposed = error;
  }
}
