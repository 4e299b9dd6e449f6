/** The classes of knex that files of db/ extend, which knex ships without types. */
declare module 'knex/lib/dialects/better-sqlite3/index.js' {
  /** A query on its way to the driver, and what came of it. */
  export interface SqliteQuery {
    readonly sql: string;
    readonly bindings?: readonly unknown[];
    response?: unknown;
  }

  export default class SqliteKnexClient {
    /** Undefined once it is destroyed. */
    readonly pool: { numPendingAcquires(): number } | undefined;
    transaction(...args: unknown[]): unknown;
    acquireRawConnection(): Promise<unknown>;
    destroyRawConnection(connection: unknown): Promise<unknown>;
    validateConnection(connection: unknown): boolean;
    acquireConnection(): Promise<unknown>;
    _query(connection: unknown, query: SqliteQuery): Promise<SqliteQuery>;
    /** Returns bindings as the driver takes them. */
    _formatBindings(bindings: readonly unknown[] | undefined): unknown[];
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
