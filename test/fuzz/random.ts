/** Random choices that come again: the same seed and stream give the same ones on every machine. */

/** Chris Doty-Humphrey's sfc32: small, fast, and of a period that no run exhausts. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Both numbers are taken as 32 bits; streams of one seed have nothing in common. */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** Returns an integer from 0 to 2^32 - 1. */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Returns an integer from 0 to limit - 1. */
  below(limit: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * limit);
  }

  /** Returns true with that probability. */
  chance(probability: number): boolean {
    return this.uint32() < probability * 2 ** 32;
  }

  /** Returns one of the items; throws RangeError where there is none. */
  pick<T>(items: readonly T[]): T {
    const index = this.below(items.length);
    if (index in items) return items[index] as T;
    throw new RangeError('nothing to choose from');
  }

  /** Returns that many random bytes. */
  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at++) bytes[at] = this.uint32() >>> 24;
    return bytes;
  }
}
