/** Whether anything in a database has changed, asked between any two requests. */
import type { Database } from '../../../src/db/database.ts';
import type { Dialect } from '../../../src/db/dialect.ts';
import { openSqliteFile } from '../../../src/db/sqlite.ts';
import { listTables } from '../../support/tables.ts';

export interface TableWatch {
  /** Returns what tells one state of the tables from another. */
  readonly state: () => Promise<string>;
  readonly close: () => void;
}

/** Watches a database. */
export const watchTables: Record<Dialect, (db: Database) => Promise<TableWatch>> = {
  async mysql(db) {
    const tables = (await listTables.mysql(db)).sort().join();
    const state = async () => {
      const [rows] = await db.knex.raw(`CHECKSUM TABLE ${tables}`);
      return JSON.stringify(rows);
    };
    return { state, close: () => undefined };
  },
  // Every commit of another connection that writes anything changes it, even where it writes what was there.
  async sqlite({ address }) {
    if (address.dialect !== 'sqlite') throw new Error('expected a file');
    const handle = openSqliteFile(address.filename, { isReadOnly: true });
    return {
      state: async () => String(handle.pragma('data_version', { simple: true })),
      close: () => handle.close(),
    };
  },
};
