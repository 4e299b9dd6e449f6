/** Every difference between MariaDB/MySQL and SQLite that queries and stores need; nothing elsewhere asks which database it is. */
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';

export type Dialect = 'mysql' | 'sqlite';

/** Returns an instant (epoch milliseconds) as UTC text, the one form both databases compare correctly: six decimals, or none when the fraction is zero (Django writes the same). */
export function instantToText(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  const seconds = `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
  const fraction = iso.slice(20, 23);
  return fraction === '000' ? seconds : `${seconds}.${fraction}000`;
}

/** Returns epoch milliseconds for UTC text as either database hands it out. */
export function instantFromText(text: string): number {
  return Date.parse(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`);
}

/** Locks the rows a query reads until the transaction ends; on SQLite the transaction already excludes every other writer. */
export const lockRows: Record<Dialect, <Q extends Knex.QueryBuilder>(query: Q) => Q> = {
  mysql: (query) => query.forUpdate() as typeof query,
  sqlite: (query) => query,
};

/** As lockRows, but others may read-lock the same rows meanwhile: for what is only to stay as it is. */
export const shareRows: Record<Dialect, <Q extends Knex.QueryBuilder>(query: Q) => Q> = {
  mysql: (query) => query.forShare() as typeof query,
  sqlite: (query) => query,
};

/** As lockRows, but rows that somebody else has locked are left out instead of waited for. */
export const lockFreeRows: Record<Dialect, <Q extends Knex.QueryBuilder>(query: Q) => Q> = {
  mysql: (query) => query.forUpdate().skipLocked() as typeof query,
  sqlite: (query) => query,
};

/** An update of many rows from the rows of a query: `target` is the table, `source` the query, joined where `target.<key> = source.<key>` and `where` holds. */
export interface JoinedUpdate {
  readonly table: string;
  readonly source: Knex.QueryBuilder;
  readonly key: string;
  /** New values by column; expressions read `target.x` as it was, so none may read a column that this update sets. */
  readonly set: Readonly<Record<string, Knex.Value | Knex.Raw>>;
  readonly where?: Knex.Raw;
}

/** Updates rows joined with a query, in one statement; knex itself puts the query in parentheses. */
export const updateJoined: Record<Dialect, (trx: Knex.Transaction, update: JoinedUpdate) => Knex.Raw> = {
  mysql: (trx, update) =>
    trx.raw(
      `UPDATE ?? AS target INNER JOIN ? AS source ON target.?? = source.?? SET ${setList(update, 'target.')} WHERE ?`,
      [
        update.table,
        update.source,
        update.key,
        update.key,
        ...setBindings(update),
        update.where ?? trx.raw('1 = 1'),
      ],
    ),
  sqlite: (trx, update) =>
    trx.raw(
      `UPDATE ?? AS target SET ${setList(update, '')} FROM ? AS source WHERE target.?? = source.?? AND ?`,
      [
        update.table,
        ...setBindings(update),
        update.source,
        update.key,
        update.key,
        update.where ?? trx.raw('1 = 1'),
      ],
    ),
};

function setList(update: JoinedUpdate, prefix: string): string {
  return Object.keys(update.set)
    .map(() => `${prefix}?? = ?`)
    .join(', ');
}

function setBindings(update: JoinedUpdate): Knex.RawBinding[] {
  return Object.entries(update.set).flat();
}

/** Whether an error says that the transaction lost against another one and may be decided again from fresh rows. */
export const isRetryable: Record<Dialect, (error: unknown) => boolean> = {
  mysql: (error) => MYSQL_RACES.has(codeOf(error)) || isClosedConnection(error),
  sqlite: (error) => codeOf(error).startsWith('SQLITE_BUSY') || isDuplicateKey.sqlite(error),
};

const MYSQL_RACES: ReadonlySet<string> = new Set([
  'ER_LOCK_DEADLOCK',
  'ER_DUP_ENTRY',
  'ER_CHECKREAD',
  // What MariaDB calls a deadlock that it finds as an insert begins.
  'ER_AUTOINC_READ_FAILED',
  // Whether a lost COMMIT took place does not matter: fresh rows decide.
  'PROTOCOL_CONNECTION_LOST',
  'ECONNRESET',
  'EPIPE',
]);

/** Whether an error is the fault of what was read or to be written, whatever the state of the database; our own faults with one record are such too. */
export const isRecordFault: Record<Dialect, (error: unknown) => boolean> = {
  mysql: (error) => isOurFault(error) || MYSQL_VALUE_ERRORS.has(codeOf(error)),
  sqlite: (error) =>
    isOurFault(error) ||
    ['SQLITE_MISMATCH', 'SQLITE_TOOBIG', 'SQLITE_RANGE'].includes(codeOf(error)) ||
    codeOf(error).startsWith('SQLITE_CONSTRAINT'),
};

const MYSQL_VALUE_ERRORS: ReadonlySet<string> = new Set([
  'ER_DATA_TOO_LONG',
  'ER_WARN_DATA_OUT_OF_RANGE',
  'ER_DATA_OUT_OF_RANGE',
  'ER_TRUNCATED_WRONG_VALUE',
  'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
  'ER_BAD_NULL_ERROR',
  'ER_DUP_ENTRY',
  'ER_NO_REFERENCED_ROW_2',
  'ER_INVALID_CHARACTER_STRING',
]);

/** Whether an error says that a unique key is taken. */
export const isDuplicateKey: Record<Dialect, (error: unknown) => boolean> = {
  mysql: (error) => codeOf(error) === 'ER_DUP_ENTRY',
  sqlite: (error) => ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(codeOf(error)),
};

/** Faults with one record that the database has no part in: a value it cannot hold or that cannot be read. */
function isOurFault(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'invalid';
  return error instanceof RangeError || error instanceof TypeError;
}

/** mysql2 gives a command on a connection that went away meanwhile no code, but calls it fatal. */
function isClosedConnection(error: unknown): boolean {
  return error instanceof Error && !('code' in error) && 'fatal' in error && error.fatal === true;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Asks a MySQL-compatible server for its time in epoch milliseconds, as `now_ms`; in UTC, because NOW() means two instants in the hour that autumn repeats. */
export const serverTimeSql =
  "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000 AS now_ms";
