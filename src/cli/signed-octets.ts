/** Octets on the command line: `1048576`, `2GiB`, and with a sign where they may be given back: `-500MiB`. */
import { sizeBytes } from '../config/values.ts';
import { AppError } from '../errors.ts';

/** U+2212: what a leading hyphen becomes, because yargs takes -500MiB for eight flags. */
const MINUS = '\u2212';
const NEGATIVE_SIZE = /^-(?=[\d.]*\d[A-Za-z]+$)/;
const parseSize = sizeBytes(0, Number.MAX_SAFE_INTEGER);

/** How octets may be written, for messages. */
export const OCTETS_WRITTEN = 'octets such as 1048576 or 50GiB (KiB, MiB, GiB, TiB, kB, MB, GB, TB)';

/** Returns a word of the command line such that yargs takes a negative size for a value; no flag begins with a digit. */
export function keepNegativeSize(word: string): string {
  return word.replace(NEGATIVE_SIZE, MINUS);
}

/** Returns the octets that a signed size says; throws AppError `invalid`. */
export function signedOctetsFrom(text: string): number {
  const [, sign = '', size = ''] = /^([-+\u2212]?)(.*)$/s.exec(text) ?? [];
  const octets = octetsFrom(size);
  if (octets !== undefined) return sign === '-' || sign === MINUS ? 0 - octets : octets;
  const got = JSON.stringify(text.replace(MINUS, '-'));
  throw new AppError('invalid', `octets: expected ${OCTETS_WRITTEN}; got ${got}`);
}

/** Returns the octets that a size without a sign says; undefined where it is none, or more than is counted (8 PiB). */
export function octetsFrom(text: string): number | undefined {
  return parseSize(text, () => {});
}
