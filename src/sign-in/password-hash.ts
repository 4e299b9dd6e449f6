/** Password hashes as Django writes them, so that either program verifies what the other one stored. */
import { pbkdf2 as pbkdf2Callback, scrypt as scryptCallback } from 'node:crypto';
import { promisify } from 'node:util';

/** A stored hash taken apart. */
export type StoredPassword =
  | { readonly scheme: 'scrypt'; readonly salt: string; readonly hash: Buffer }
  | {
      readonly scheme: 'pbkdf2_sha256';
      readonly iterations: number;
      readonly salt: string;
      readonly hash: Buffer;
    };

/** The two slow functions; both run beside the event loop. */
export interface HashFunctions {
  readonly scrypt: (password: string, salt: string) => Promise<Buffer>;
  readonly pbkdf2: (password: string, salt: string, iterations: number) => Promise<Buffer>;
}

/** What Django 5.1 and later use for scrypt, and OWASP recommends: 16 MiB and five passes. */
const SCRYPT = { N: 16_384, r: 8, p: 5 } as const;
const SCRYPT_BYTES = 64;
const PBKDF2_BYTES = 32;
/** Above any that Django ever used; more would only keep a thread busy. */
export const PBKDF2_ITERATIONS_MAX = 4_000_000;

const SCRYPT_TEXT = /^scrypt\$16384\$([^$]{1,64})\$8\$5\$([A-Za-z0-9+/]{86}==)$/;
const PBKDF2_TEXT = /^pbkdf2_sha256\$([1-9][0-9]{0,6})\$([^$]{1,64})\$([A-Za-z0-9+/]{43}=)$/;

const scryptAsync = promisify<string, string, number, typeof SCRYPT, Buffer>(scryptCallback);
const pbkdf2Async = promisify(pbkdf2Callback);

export const HASH_FUNCTIONS: HashFunctions = {
  scrypt: (password, salt) => scryptAsync(password, salt, SCRYPT_BYTES, SCRYPT),
  pbkdf2: (password, salt, iterations) => pbkdf2Async(password, salt, iterations, PBKDF2_BYTES, 'sha256'),
};

/** Returns the parts of a hash; undefined for anything that no password matches: Django's unusable `!…`, an empty column, another scheme. */
export function parseStoredPassword(text: string): StoredPassword | undefined {
  const [, scryptSalt, scryptHash] = SCRYPT_TEXT.exec(text) ?? [];
  if (scryptSalt !== undefined && scryptHash !== undefined) {
    return { scheme: 'scrypt', salt: scryptSalt, hash: Buffer.from(scryptHash, 'base64') };
  }
  const [, iterationsText, salt, hash] = PBKDF2_TEXT.exec(text) ?? [];
  const iterations = Number(iterationsText);
  if (salt === undefined || hash === undefined || iterations > PBKDF2_ITERATIONS_MAX) return undefined;
  return { scheme: 'pbkdf2_sha256', iterations, salt, hash: Buffer.from(hash, 'base64') };
}

/** Returns the text of a scrypt hash: 128 characters with a salt of 22, as many as the column holds. */
export function scryptText(salt: string, hash: Buffer): string {
  return `scrypt$${SCRYPT.N}$${salt}$${SCRYPT.r}$${SCRYPT.p}$${hash.toString('base64')}`;
}

/** Returns whether a user was never given a password: Django's mark of one nobody can have. A hash of a scheme unknown here is a password. */
export function hasNoPassword(text: string): boolean {
  return text.startsWith('!');
}
