/** `--limit`, for lists that page by it. */
import type { Argv } from 'yargs';
import { numberFlag } from './number-flag.ts';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 100_000;

/** Adds `--limit N`, a hundred where nothing is said. */
export function withLimit<T>(yargs: Argv<T>) {
  return yargs.option('limit', {
    ...numberFlag({ flag: 'limit', min: 1, max: LIMIT_MAX }),
    default: LIMIT_DEFAULT,
    describe: 'How many at most',
  });
}
