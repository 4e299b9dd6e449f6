/** Which errors say that the database cannot be asked now: a client should come back, and nothing is wrong with radmeter. */

const CODES: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT'],
  ...['PROTOCOL_CONNECTION_LOST', 'ER_SERVER_SHUTDOWN', 'ER_CON_COUNT_ERROR', 'ER_CONNECTION_KILLED'],
  ...['ER_LOCK_WAIT_TIMEOUT', 'ER_LOCK_DEADLOCK', 'ER_CHECKREAD', 'ER_STATEMENT_TIMEOUT', 'ER_QUERY_TIMEOUT'],
  ...['ER_OPTION_PREVENTS_STATEMENT', 'ER_DISK_FULL', 'ER_RECORD_FILE_FULL'],
]);

/** Both with what follows, such as SQLITE_BUSY_SNAPSHOT. */
const SQLITE_CODES = /^SQLITE_(BUSY|LOCKED|READONLY|FULL|IOERR|CANTOPEN)/;

/** Whether an error is of this kind. */
export function isDatabaseAway(error: Error): boolean {
  // knex: no connection became free in time.
  if (error.name === 'KnexTimeoutError') return true;
  const code = 'code' in error ? String(error.code) : '';
  // mysql2 gives a command on a connection that went away meanwhile no code, but calls it fatal.
  return CODES.has(code) || SQLITE_CODES.test(code) || ('fatal' in error && error.fatal === true);
}
