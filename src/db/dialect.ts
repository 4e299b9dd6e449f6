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

/** Whether an error says that the transaction lost against another one and may be decided again from fresh rows. */
export const isRetryable: Record<Dialect, (error: unknown) => boolean> = {
  mysql: (error) => ['ER_LOCK_DEADLOCK', 'ER_DUP_ENTRY', 'ER_CHECKREAD'].includes(codeOf(error)),
  sqlite: (error) => codeOf(error).startsWith('SQLITE_BUSY') || isDuplicateKey.sqlite(error),
};

/** Whether an error says that a unique key is taken. */
export const isDuplicateKey: Record<Dialect, (error: unknown) => boolean> = {
  mysql: (error) => codeOf(error) === 'ER_DUP_ENTRY',
  sqlite: (error) => ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(codeOf(error)),
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
