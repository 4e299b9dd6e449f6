/** What the cells of a foreign row hold, or why that cannot be used. Pure. */
import { instantFromText, instantToText } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import type { SourceRow } from './source-database.ts';

/** A row that was read, or the reason why it cannot be. */
export type ReadRow<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

/** Reads a row by functions that refuse what they cannot use; one bad row is a reason, not the end of an import. */
export function readRow<T>(row: SourceRow, read: (row: SourceRow) => T): ReadRow<T> {
  try {
    return { ok: true, value: read(row) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    return { ok: false, reason: error.message };
  }
}

/** Returns the error that says what a column holds and what was expected. */
export function badCell(column: string, expected: string, value: unknown): AppError {
  const shown =
    value === null || value === undefined ? 'nothing' : JSON.stringify(String(value).slice(0, 80));
  return new AppError('invalid', `${column}: expected ${expected}, got ${shown}`);
}

/** Returns the id of a row; throws AppError `invalid` where it has none. */
export function rowIdOf(row: SourceRow): number {
  return wholeCell(row, 'id', 1);
}

/** Returns a whole number; throws AppError `invalid` for anything else, numbers a double cannot hold included. */
export function wholeCell(row: SourceRow, column: string, min = Number.MIN_SAFE_INTEGER): number {
  const value = row[column];
  const number = typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= min) return number;
  const from = min === Number.MIN_SAFE_INTEGER ? '' : ` from ${min}`;
  throw badCell(column, `a whole number${from}`, value);
}

/** Returns a whole number, null where there is none. */
export function wholeOrNull(row: SourceRow, column: string, min?: number): number | null {
  return row[column] === null || row[column] === undefined ? null : wholeCell(row, column, min);
}

/** Returns a text; throws AppError `invalid` where there is none. */
export function textCell(row: SourceRow, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw badCell(column, 'text', value);
}

/** Returns a text, null where there is none. */
export function textOrNull(row: SourceRow, column: string): string | null {
  return row[column] === null || row[column] === undefined ? null : textCell(row, column);
}

/** Returns a boolean column; throws AppError `invalid` where it holds neither 0 nor 1. */
export function flagCell(row: SourceRow, column: string): boolean {
  const value = row[column];
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  throw badCell(column, '0 or 1', value);
}

const INSTANT = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|\+00:00)?$/;

/** Returns an instant (epoch milliseconds) of a UTC datetime column; throws AppError `invalid` where it is none from 1970 on. */
export function instantCell(row: SourceRow, column: string): number {
  const value = row[column];
  if (typeof value === 'string' && INSTANT.test(value)) {
    const [seconds = '', fraction = ''] = value.replace(/(Z|\+00:00)$/, '').split('.');
    const instant = instantFromText(`${seconds}.${fraction.padEnd(3, '0')}`);
    if (Number.isFinite(instant) && instant >= 0) return instant;
  }
  throw badCell(column, 'a date and time', value);
}

/** Returns an instant as our columns keep it, null where there is none. */
export function instantTextOrNull(row: SourceRow, column: string): string | null {
  return row[column] === null || row[column] === undefined ? null : instantText(row, column);
}

/** Returns an instant as our columns keep it; throws as instantCell does. */
export function instantText(row: SourceRow, column: string): string {
  return instantToText(instantCell(row, column));
}
