/** A buffer that counts how many of its octets are looked at: work, told without a clock. */

export interface CountedBytes {
  /** Behaves as the bytes do, except that node's own functions do not take it for a buffer. */
  readonly bytes: Buffer;
  readCount(): number;
}

/** Returns the bytes under watch: an octet read by index counts as one, a range that is copied or viewed as its length. */
export function countedBytes(target: Buffer): CountedBytes {
  let count = 0;
  const bytes = new Proxy(target, {
    get(_, property) {
      if (typeof property === 'string' && /^\d+$/.test(property)) {
        count++;
        return target[Number(property)];
      }
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        count += workOf(result);
        return result;
      };
    },
  });
  return { bytes, readCount: () => count };
}

function workOf(result: unknown): number {
  return typeof result === 'string' || Buffer.isBuffer(result) ? result.length + 1 : 4;
}
