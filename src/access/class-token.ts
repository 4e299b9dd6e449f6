/** Our Class (RFC 2865 §5.25): a signed token by which accounting is told whose session it is, whatever name the NAS uses. */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Octets } from '../radius/octets.ts';

/** A Class of ours, and the user it was given to. */
export interface ClassToken {
  readonly token: Octets;
  readonly userId: number;
}

/** Printable, because there are NASes that end a Class at its first NUL, and because people find it in tables. */
const MARK = 'rm1.';
const USER_ID_BYTES = 7;
const NONCE_BYTES = 8;
const SIGNED_BYTES = USER_ID_BYTES + NONCE_BYTES;
const SIGNATURE_BYTES = 15;
const TOKEN_LENGTH = MARK.length + ((SIGNED_BYTES + SIGNATURE_BYTES) * 4) / 3;

/** Checking costs more than the rest of a record's decision, and each session sends its Class with every record. */
const KNOWN_MAX = 32_768;

export class ClassTokens {
  /** Made once: from bytes, each signature would cost four times as much. */
  readonly #key: KeyObject;
  // Two generations, as deleting one by one costs more than it is worth.
  #known = new Map<Octets, number>();
  #knownBefore = new Map<Octets, number>();

  /** Takes the key that all instances share. */
  constructor(key: Buffer) {
    this.#key = createSecretKey(key);
  }

  /** Returns a new token for a user: 44 octets of printable ASCII, no two alike. */
  issue(userId: number): Octets {
    const signed = Buffer.alloc(SIGNED_BYTES);
    signed.writeUInt8(Math.floor(userId / 2 ** 48));
    signed.writeUIntBE(userId % 2 ** 48, 1, 6);
    signed.set(randomBytes(NONCE_BYTES), USER_ID_BYTES);
    return MARK + Buffer.concat([signed, this.#signature(signed)]).toString('base64url');
  }

  /** Returns the first of a packet's Class values that is ours, and unaltered; a NAS may send back several, of others too. */
  find(classes: readonly Octets[]): ClassToken | undefined {
    for (const token of classes) {
      const userId = this.#userOf(token);
      if (userId !== undefined) return { token, userId };
    }
    return undefined;
  }

  #userOf(token: Octets): number | undefined {
    if (token.length !== TOKEN_LENGTH || !token.startsWith(MARK)) return undefined;
    const known = this.#known.get(token) ?? this.#knownBefore.get(token);
    if (known !== undefined) return known;
    const bytes = Buffer.from(token.slice(MARK.length), 'base64url');
    const signed = bytes.subarray(0, SIGNED_BYTES);
    const isWhole = bytes.length === SIGNED_BYTES + SIGNATURE_BYTES;
    if (!isWhole || !timingSafeEqual(this.#signature(signed), bytes.subarray(SIGNED_BYTES))) return undefined;
    const userId = signed.readUInt8() * 2 ** 48 + signed.readUIntBE(1, 6);
    this.#remember(token, userId);
    return userId;
  }

  #remember(token: Octets, userId: number): void {
    if (this.#known.size >= KNOWN_MAX / 2) {
      this.#knownBefore = this.#known;
      this.#known = new Map();
    }
    this.#known.set(token, userId);
  }

  #signature(signed: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(signed).digest().subarray(0, SIGNATURE_BYTES);
  }
}
