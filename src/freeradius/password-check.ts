/** What FreeRADIUS is told of a password, as the control attribute it checks it by. Pure. */
import { parseStoredPassword } from '../sign-in/password-hash.ts';
import type { StoredSecret } from '../sign-in/stored-secret.ts';
import type { NamedAttribute } from '../vendors/vendor.ts';

/** `hashed`: hashes alone. `nt-hash`: the NT hash where one is stored, good for PAP and MS-CHAPv2. `clear`: the password where one is stored, good for everything. */
export type ToldPasswords = 'hashed' | 'nt-hash' | 'clear';
export const TOLD_PASSWORDS: readonly ToldPasswords[] = ['hashed', 'nt-hash', 'clear'];

/** What is stored of a user. */
export interface StoredProof {
  /** `users.password`. */
  readonly passwordHash: string;
  /** Undefined where none is stored. */
  readonly secret: StoredSecret | undefined;
}

/** What a row of FreeRADIUS's tables holds. */
const VALUE_BYTES_MAX = 253;

/** Returns the check attribute of a user; undefined where nothing that is stored means anything to FreeRADIUS: it knows PBKDF2, not scrypt. */
export function passwordCheck(
  { passwordHash, secret }: StoredProof,
  told: ToldPasswords,
): NamedAttribute | undefined {
  if (secret?.found === true && told !== 'hashed') {
    // Escapes may double it.
    const fits = Buffer.byteLength(secret.password) * 2 + 2 <= VALUE_BYTES_MAX;
    return told === 'clear' && fits
      ? ['Cleartext-Password', secret.password]
      : ['NT-Password', secret.ntHash];
  }
  return hashCheck(passwordHash);
}

/** rlm_pap: HMACSHA2+256, then the iterations as four octets, the salt and the digest, each in base64. */
function hashCheck(passwordHash: string): NamedAttribute | undefined {
  const stored = parseStoredPassword(passwordHash);
  if (stored?.scheme !== 'pbkdf2_sha256') return undefined;
  const iterations = Buffer.alloc(4);
  iterations.writeUInt32BE(stored.iterations);
  const parts = [iterations, Buffer.from(stored.salt), stored.hash].map((bytes) => bytes.toString('base64'));
  return ['Password-With-Header', `{X-PBKDF2}HMACSHA2+256:${parts.join(':')}`];
}
