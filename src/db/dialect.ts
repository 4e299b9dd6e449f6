/** Every difference between MariaDB/MySQL and SQLite that queries and stores need; nothing elsewhere asks which database it is. */
import type { Knex } from 'knex';

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
  mysql: (error) => ['ER_LOCK_DEADLOCK', 'ER_DUP_ENTRY', 'ER_CHECKREAD'].includes(codeOf(error)),
  sqlite: (error) => codeOf(error).startsWith('SQLITE_BUSY') || isDuplicateKey.sqlite(error),
};

/** Whether an error is the fault of the values that were to be written, whatever the state of the database. */
export const isRecordFault: Record<Dialect, (error: unknown) => boolean> = {
  mysql: (error) => error instanceof RangeError || MYSQL_VALUE_ERRORS.has(codeOf(error)),
  sqlite: (error) =>
    error instanceof RangeError ||
    ['SQLITE_MISMATCH', 'SQLITE_TOOBIG', 'SQLITE_RANGE'].includes(codeOf(error)) ||
    codeOf(error).startsWith('SQLITE_CONSTRAINT'),
};

const MYSQL_VALUE_ERRORS: ReadonlySet<string> = new Set([
  'ER_DATA_TOO_LONG',
  'ER_WARN_DATA_OUT_OF_RANGE',
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

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Asks a MySQL-compatible server for its time in epoch milliseconds, as `now_ms`. */
export const serverTimeSql = 'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED) AS now_ms';
