/** One block of single DES, as MS-CHAPv2 needs it; OpenSSL offers it only three times over. Pure. */
import { createCipheriv } from 'node:crypto';

/** Returns DesEncrypt of RFC 2759 §8.6: 8 bytes under a key of 7. */
export function desEncrypt(block: Buffer, key: Buffer): Buffer {
  const odd = withParity(key);
  // Encrypt, decrypt and encrypt under one key is to encrypt once.
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([odd, odd, odd]), null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

/** Returns the 8 bytes of a DES key from its 56 bits: seven in each, and one that makes their number odd. */
export function withParity(key: Buffer): Buffer {
  const bits = BigInt(`0x${key.toString('hex')}`);
  return Buffer.from(Array.from({ length: 8 }, (_, index) => oddOctet(bits >> BigInt(49 - 7 * index))));
}

function oddOctet(bits: bigint): number {
  const octet = Number(bits & 0x7fn) << 1;
  const ones = octet.toString(2).replaceAll('0', '').length;
  return ones % 2 === 0 ? octet | 1 : octet;
}
