/** `--limit`, for lists that page by it. */
import type { Argv } from 'yargs';
import { AppError } from '../errors.ts';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 100_000;

/** Adds `--limit N`, a hundred where nothing is said. */
export function withLimit<T>(yargs: Argv<T>) {
  return yargs.option('limit', {
    type: 'number',
    requiresArg: true,
    default: LIMIT_DEFAULT,
    describe: 'How many at most',
  });
}

/** Throws AppError `invalid` for a limit no list is shown by. */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return;
  throw new AppError('invalid', `limit: expected a whole number from 1 to ${LIMIT_MAX}; got ${limit}`);
}
