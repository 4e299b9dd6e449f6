/** MD4 (RFC 1320), for NT hashes alone: node:crypto's OpenSSL offers it no more, and it protects nothing. Pure. */

const BLOCK_BYTES = 64;
/** RFC 1320 §3.3. */
const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] as const;

interface Round {
  readonly mix: (x: number, y: number, z: number) => number;
  readonly constant: number;
  /** The order in which words are taken. */
  readonly words: readonly number[];
  readonly shifts: readonly number[];
}

/** RFC 1320 §3.4. */
const ROUNDS: readonly Round[] = [
  {
    mix: (x, y, z) => (x & y) | (~x & z),
    constant: 0,
    words: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    mix: (x, y, z) => (x & y) | (x & z) | (y & z),
    constant: 0x5a827999,
    words: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    mix: (x, y, z) => x ^ y ^ z,
    constant: 0x6ed9eba1,
    words: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
];

/** Returns the MD4 digest of bytes: 16 bytes. */
export function md4(message: Buffer): Buffer {
  const padded = padding(message);
  let state: readonly number[] = INITIAL;
  for (let at = 0; at < padded.length; at += BLOCK_BYTES) state = absorb(state, padded, at);
  const digest = Buffer.alloc(16);
  for (const [index, word] of state.entries()) digest.writeUInt32LE(word >>> 0, 4 * index);
  return digest;
}

/** RFC 1320 §3.1, §3.2: a bit 1, zeros, and the length in bits as 64 bits, low-order first. */
function padding(message: Buffer): Buffer {
  const padded = Buffer.alloc(Math.ceil((message.length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  message.copy(padded);
  padded[message.length] = 0x80;
  padded.writeBigUInt64LE(BigInt(message.length) * 8n, padded.length - 8);
  return padded;
}

function absorb(state: readonly number[], bytes: Buffer, start: number): number[] {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (const { mix, constant, words, shifts } of ROUNDS) {
    words.forEach((word, step) => {
      const sum = (a + mix(b, c, d) + bytes.readUInt32LE(start + 4 * word) + constant) | 0;
      const shift = shifts[step % 4] ?? 0;
      [a, b, c, d] = [d, (sum << shift) | (sum >>> (32 - shift)), b, c];
    });
  }
  return [a, b, c, d].map((word, index) => (word + (state[index] ?? 0)) | 0);
}
