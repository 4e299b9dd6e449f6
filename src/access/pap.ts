/** User-Password: how PAP hides a password on the way (RFC 2865 §5.2). Pure. */
import { hash } from 'node:crypto';

const BLOCK_BYTES = 16;
const VALUE_BYTES_MAX = 128;

/** The password's octets, or why the attribute cannot be one. */
export type UserPassword =
  | { readonly ok: true; readonly password: Buffer }
  | { readonly ok: false; readonly reason: 'password-length' };

export interface RequestKeys {
  /** The NAS's shared secret. */
  readonly secret: Buffer;
  /** The Request Authenticator, 16 bytes. */
  readonly requestAuthenticator: Buffer;
}

/** Returns what a User-Password's value (16 to 128 bytes in whole blocks) hides, without the NULs that pad it; under another secret that is noise. */
export function decryptUserPassword(value: Buffer, keys: RequestKeys): UserPassword {
  const { length } = value;
  if (length < BLOCK_BYTES || length > VALUE_BYTES_MAX || length % BLOCK_BYTES !== 0) {
    return { ok: false, reason: 'password-length' };
  }
  const password = Buffer.alloc(length);
  let previous = keys.requestAuthenticator;
  for (let at = 0; at < length; at += BLOCK_BYTES) {
    // RFC 2865 §5.2: b1 = MD5(S + RA), b(i) = MD5(S + c(i-1)).
    const pad = hash('md5', Buffer.concat([keys.secret, previous]), 'buffer');
    previous = value.subarray(at, at + BLOCK_BYTES);
    previous.forEach((octet, index) => {
      password[at + index] = octet ^ (pad[index] ?? 0);
    });
  }
  return { ok: true, password: withoutPadding(password) };
}

function withoutPadding(padded: Buffer): Buffer {
  let end = padded.length;
  while (end > 0 && padded[end - 1] === 0) end--;
  return padded.subarray(0, end);
}
