/** What MS-CHAPv2 knows a password by. Pure. */
import { md4 } from './md4.ts';

/** Returns NtPasswordHash of a password (RFC 2759 §8.3): MD4 of its UTF-16, low-order octet first; 16 bytes. */
export function ntHash(password: string): Buffer {
  return md4(Buffer.from(password, 'utf16le'));
}
