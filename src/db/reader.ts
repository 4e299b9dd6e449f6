/** Reading for those whose reads may take long, kept out of the way of whoever writes (design §4). */

import type { Database } from './database.ts';
import { openMysql } from './mysql.ts';
import { openSqliteReader } from './sqlite-reader.ts';

/** No answer waits longer than this for its query: what takes longer is given up. */
const QUERY_MS_MAX = 30_000;
const QUEUE_MAX = 1_000;
const POOL_MAX = 4;

/** MariaDB and MySQL limit statements by different settings; each reads the comment that is marked for it. */
const READ_ONLY_SESSION = [
  'SET SESSION TRANSACTION READ ONLY',
  `SET SESSION autocommit = 1 /*M!100100 , max_statement_time = ${QUERY_MS_MAX / 1000} */ /*!50708 , max_execution_time = ${QUERY_MS_MAX} */`,
];

export interface ReaderOptions {
  /** How long a query on SQLite may take; default 30 s. */
  readonly queryMsMax?: number;
  /** How many queries on SQLite may wait for their turn; default 1000. */
  readonly queueMax?: number;
}

/** Opens a database anew for reading alone, without connecting yet: a statement that writes fails, and so does a query of more than 30 s. On MariaDB connections of its own; on SQLite a thread of its own, which answers in the order it is asked. */
export function openReader(
  db: Database,
  { queryMsMax = QUERY_MS_MAX, queueMax = QUEUE_MAX }: ReaderOptions = {},
): Database {
  const { address } = db;
  if (address.dialect === 'mysql') {
    return {
      dialect: 'mysql',
      address,
      ...openMysql(address, { poolMax: POOL_MAX, sessionSetup: READ_ONLY_SESSION }),
    };
  }
  // Nobody but its own connection sees a database in memory.
  if (address.filename === ':memory:') return { ...db, close: async () => {} };
  return { dialect: 'sqlite', address, ...openSqliteReader(address.filename, { queryMsMax, queueMax }) };
}
