/** Hiding a value under the shared secret and a salt, as MS-MPPE-Send-Key and Tunnel-Password are (RFC 2548 §2.4.2, RFC 2868 §3.5). Pure. */
import { hash } from 'node:crypto';
import type { RequestKeys } from './pap.ts';

const BLOCK_BYTES = 16;

/** Returns salt and ciphertext. A salt has two bytes, its first bit set, and is another for each attribute of a packet; the authenticator is that of the request which is answered. */
export function saltedValue(
  value: Buffer,
  salt: Buffer,
  { secret, requestAuthenticator }: RequestKeys,
): Buffer {
  const clear = Buffer.alloc(Math.ceil((1 + value.length) / BLOCK_BYTES) * BLOCK_BYTES);
  clear.writeUInt8(value.length, 0);
  value.copy(clear, 1);
  const sealed = [salt];
  let previous = Buffer.concat([requestAuthenticator, salt]);
  for (let at = 0; at < clear.length; at += BLOCK_BYTES) {
    // RFC 2548 §2.4.2: b(1) = MD5(S + R + A), b(i) = MD5(S + c(i-1)).
    const pad = hash('md5', Buffer.concat([secret, previous]), 'buffer');
    previous = Buffer.from(pad.map((octet, index) => octet ^ (clear[at + index] ?? 0)));
    sealed.push(previous);
  }
  return Buffer.concat(sealed);
}

/** Returns two salts that differ, from a random number of 0 to 32767. */
export function distinctSalts(random: number): readonly [Buffer, Buffer] {
  return [saltOf(random), saltOf(random + 1)];
}

function saltOf(number: number): Buffer {
  const salt = Buffer.alloc(2);
  // RFC 2548 §2.4.2: the most significant bit must be set.
  salt.writeUInt16BE(0x8000 | (number & 0x7fff));
  return salt;
}
