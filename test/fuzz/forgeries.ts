/** Requests by somebody who does not know the secret, with digests chosen against a comparison of strings. */
import { attribute, unsignedPacket } from '../support/packet-builder.ts';

/** Sixteen octets in the place of a digest. */
export interface Forgery {
  readonly bytes: Buffer;
  /** What they are once they are read as UTF-8: nothing but U+FFFD, one for each piece that is invalid. */
  readonly text: string;
}

// Octets that are invalid UTF-8 whatever stands beside them, unless they continue something.
const INVALID_OCTETS = [0xff, 0xfe, 0xf8, 0xf5, 0xc0, 0xc1, 0x80, 0xbf];

/**
 * Read as UTF-8, a digest of invalid pieces only is a number of U+FFFD, and so is one of these. WHATWG's decoder makes
 * one U+FFFD of a character that breaks off, so that the number counts: 16 in one random digest of 5.06 million, 15 in
 * one of 4.69 million, every other number more rarely; 1 in 1.56 million has any.
 */
export const TEXT_FORGERIES: readonly Forgery[] = INVALID_OCTETS.flatMap((octet) => [
  forgery(Buffer.alloc(16, octet)),
  forgery(
    Buffer.concat([Buffer.of(0xe1, 0x80), Buffer.alloc(14, octet === 0x80 || octet === 0xbf ? 0xff : octet)]),
  ),
]);

/** Empty for whatever takes a digest for a C string, as one digest of 256 is. */
export const NUL_FORGERIES: readonly Forgery[] = [forgery(Buffer.alloc(16))];

export type ForgedKind =
  | 'Accounting-Request'
  | 'Accounting-Request with Message-Authenticator'
  | 'Status-Server';

/** Makes one forged request after the other in the same bytes; every try has another expected digest. */
export class ForgedRequests {
  /** The datagram of the latest try. */
  readonly bytes: Buffer;
  readonly #forgeries: readonly Forgery[];
  readonly #digestStarts: readonly number[];

  constructor(kind: ForgedKind, forgeries: readonly Forgery[]) {
    const attributes = [attribute([40, 3]), attribute([44, Buffer.alloc(8)])];
    if (kind !== 'Accounting-Request') attributes.push(attribute([80, Buffer.alloc(16)]));
    this.bytes = unsignedPacket(kind === 'Status-Server' ? 12 : 4, 0, Buffer.concat(attributes));
    this.#forgeries = forgeries;
    this.#digestStarts = kind === 'Accounting-Request' ? [4] : [4, this.bytes.length - 16];
  }

  /** Makes that try and returns the forgery in it. */
  make(attempt: number): Forgery {
    const { bytes } = this;
    bytes[1] = attempt & 255;
    bytes.writeUInt32BE(attempt, 28);
    const chosen = this.#forgeries[attempt % this.#forgeries.length];
    if (chosen === undefined) throw new RangeError('there are no forgeries');
    for (const start of this.#digestStarts) chosen.bytes.copy(bytes, start);
    return chosen;
  }
}

function forgery(bytes: Buffer): Forgery {
  return { bytes, text: bytes.toString() };
}
