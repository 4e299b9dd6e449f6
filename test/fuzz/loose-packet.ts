/** A packet taken apart and put together again without a word about whether it is one, apart from the code under test. */

export interface LooseAttribute {
  readonly type: number;
  readonly value: Buffer;
}

/** Attributes behind a header; `rest` is what follows the last attribute that fits. */
export interface LoosePacket {
  readonly header: Buffer;
  readonly attributes: readonly LooseAttribute[];
  readonly rest: Buffer;
}

export const LOOSE_HEADER_LENGTH = 20;

/** Returns what can be made out of any bytes; a header shorter than 20 octets is filled up with zeros. */
export function takeApart(bytes: Buffer): LoosePacket {
  const header = Buffer.alloc(LOOSE_HEADER_LENGTH);
  bytes.copy(header);
  const attributes: LooseAttribute[] = [];
  let at = LOOSE_HEADER_LENGTH;
  for (const start of attributeStarts(bytes)) {
    at = start + (bytes[start + 1] ?? 0);
    attributes.push({ type: bytes[start] ?? 0, value: bytes.subarray(start + 2, at) });
  }
  return { header, attributes, rest: bytes.subarray(at) };
}

/** Returns where attributes start, as far as each ends within the bytes. */
export function attributeStarts(bytes: Buffer): number[] {
  const starts: number[] = [];
  let at = LOOSE_HEADER_LENGTH;
  while (at + 2 <= bytes.length) {
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) break;
    starts.push(at);
    at += length;
  }
  return starts;
}

/** Returns the bytes again, with the Length that they have now; above 65535 it is cut to its 16 bits. */
export function putTogether({ header, attributes, rest }: LoosePacket): Buffer {
  const parts = attributes.flatMap(({ type, value }) => [Buffer.of(type, value.length + 2), value]);
  const bytes = Buffer.concat([header, ...parts, rest]);
  bytes.writeUInt16BE(bytes.length & 0xffff, 2);
  return bytes;
}
