/** The classes of knex that db/sqlite.ts and db/mysql.ts extend, which knex ships without types. */
declare module 'knex/lib/dialects/better-sqlite3/index.js' {
  export default class SqliteKnexClient {
    transaction(...args: unknown[]): unknown;
  }
}

declare module 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js' {
  import type { Database } from 'better-sqlite3';

  export default class SqliteKnexTransaction {
    constructor(client: unknown, ...args: unknown[]);
    begin(connection: Database): Promise<void>;
  }
}

declare module 'knex/lib/dialects/mysql2/index.js' {
  export default class Mysql2KnexClient {
    /** What connections are made with, as `import 'mysql2'` gives it. */
    _driver(): object;
  }
}
