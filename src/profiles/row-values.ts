/** What columns hold, read the same way from both databases. */
import { AppError } from '../errors.ts';

/** A boolean column: a number on both databases. */
export type Flag = number | boolean;

/** Returns a boolean column as a boolean. */
export function flag(value: Flag): boolean {
  return Boolean(value);
}

/** Returns a whole number column; throws AppError `invalid` for one that a double cannot hold exactly, since a cut counter is worse than an error. */
export function wholeNumberOf(value: unknown, column: string): number {
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new AppError('invalid', `column ${column}: expected a whole number below 2^53, got ${String(value)}`);
}

/** Returns a nullable whole number column. */
export function wholeNumberOrNull(value: unknown, column: string): number | null {
  return value === null ? null : wholeNumberOf(value, column);
}
