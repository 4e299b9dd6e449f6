/** Signed sizes on the command line: `-500MiB`, `2GiB`, `+1048576`. */
import { sizeBytes } from '../config/values.ts';
import { AppError } from '../errors.ts';

/** U+2212: what a leading hyphen becomes, because yargs takes -500MiB for eight flags. */
const MINUS = '\u2212';
const NEGATIVE_SIZE = /^-(?=[\d.]*\d[A-Za-z]+$)/;
const parseSize = sizeBytes(0, Number.MAX_SAFE_INTEGER);

/** Returns a word of the command line such that yargs takes a negative size for a value; no flag begins with a digit. */
export function keepNegativeSize(word: string): string {
  return word.replace(NEGATIVE_SIZE, MINUS);
}

/** Returns the octets that a signed size says; throws AppError `invalid`. */
export function signedOctetsFrom(text: string): number {
  const [, sign = '', size = ''] = /^([-+\u2212]?)(.*)$/s.exec(text) ?? [];
  let problem = '';
  const octets = parseSize(size, (reason) => {
    problem = reason;
  });
  if (octets !== undefined) return sign === '-' || sign === MINUS ? 0 - octets : octets;
  throw new AppError('invalid', `octets: ${problem}; got ${JSON.stringify(text.replace(MINUS, '-'))}`);
}
