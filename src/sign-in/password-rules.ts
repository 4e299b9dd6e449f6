/** What a new password must be like (contract §4: at least eight characters, nothing else). Pure. */
import { AppError } from '../errors.ts';

const LENGTH_MIN = 8;
/** A hash takes any length; more than this is no password. */
export const PASSWORD_LENGTH_MAX = 256;

/** Throws AppError `invalid`, naming the field, for a password that is too short or too long; its message never shows it. */
export function checkNewPassword(password: string, field: string): void {
  // Characters as people count them, not UTF-16 units.
  const { length } = [...password];
  if (length >= LENGTH_MIN && length <= PASSWORD_LENGTH_MAX) return;
  const message = `${field}: expected ${LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters, got ${length}`;
  throw new AppError('invalid', message, { field });
}
