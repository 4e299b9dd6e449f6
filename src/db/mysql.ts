/** MariaDB and MySQL through mysql2: how every connection of ours is set up. */
import { Socket } from 'node:net';
import knex, { type Knex } from 'knex';
import Mysql2KnexClient from 'knex/lib/dialects/mysql2/index.js';
import mysql2, { type Connection, type ConnectionOptions } from 'mysql2';
import { withinCloseWait } from './close-wait.ts';
import type { DatabaseAddress } from './database-url.ts';
import { QUIET_LOG } from './quiet-log.ts';

export type MysqlAddress = Extract<DatabaseAddress, { dialect: 'mysql' }>;

/** READ COMMITTED because two batches deadlock at once under REPEATABLE READ; a strict mode because a cut counter is worse than an error; backslash escapes because the driver writes them. */
const SESSION_SETUP = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'",
];

/** Returns the driver's options for one of our connections. Dates come as text (db/dialect.ts reads it), whole numbers as numbers while they are safe. */
export function connectionOptions(address: MysqlAddress): ConnectionOptions {
  const place =
    address.socketPath === undefined
      ? { host: address.host, port: address.port }
      : { socketPath: address.socketPath };
  return {
    ...place,
    user: address.user,
    password: address.password,
    database: address.database,
    charset: 'utf8mb4_bin',
    timezone: 'Z',
    dateStrings: true,
    supportBigNumbers: true,
    decimalNumbers: true,
    connectTimeout: 5_000,
    enableKeepAlive: true,
  };
}

/** Runs the session set-up on a new connection. */
export async function setUpSession(connection: Connection, more: readonly string[] = []): Promise<void> {
  for (const statement of [...SESSION_SETUP, ...more]) await connection.promise().query(statement);
}

export interface MysqlPoolOptions {
  readonly poolMax: number;
  /** Statements that each connection begins with, after those of every connection of ours. */
  readonly sessionSetup?: readonly string[];
}

/** Opens a pool; nothing connects before the first query. `close` waits for what is under way, but not for a server that hangs. */
export function openMysql(
  address: MysqlAddress,
  { poolMax, sessionSetup }: MysqlPoolOptions,
): { readonly knex: Knex; readonly close: () => Promise<void> } {
  const connections = new Set<Connection>();
  /** The pool knows a connection once it is there; one that hangs while it is made must end too. */
  class TrackedClient extends Mysql2KnexClient {
    override _driver(): object {
      return { ...mysql2, createConnection: (options: ConnectionOptions) => tracked(connections, options) };
    }
  }
  const pool = knex({
    client: TrackedClient as unknown as typeof Knex.Client,
    connection: connectionOptions(address) as unknown as Knex.MySql2ConnectionConfig,
    acquireConnectionTimeout: 10_000,
    log: QUIET_LOG,
    // Values, secrets among them, have no place in the message of an error.
    compileSqlOnError: false,
    pool: {
      min: 0,
      max: poolMax,
      afterCreate: (connection: Connection, done: (error: Error | null, connection: Connection) => void) => {
        setUpSession(connection, sessionSetup).then(
          () => done(null, connection),
          (error: Error) => done(error, connection),
        );
      },
    },
  });
  return {
    knex: pool,
    close: () =>
      withinCloseWait(pool.destroy(), () => {
        for (const connection of connections) abandon(connection);
      }),
  };
}

function tracked(connections: Set<Connection>, options: ConnectionOptions): Connection {
  const connection = mysql2.createConnection(options);
  connections.add(connection);
  for (const event of ['end', 'error']) connection.once(event, () => connections.delete(connection));
  return connection;
}

/** Ends a connection at once: the driver's own destroy says goodbye and then waits for a server that may hang. */
export function abandon(connection: Connection): void {
  connection.destroy();
  if ('stream' in connection && connection.stream instanceof Socket) connection.stream.destroy();
}
