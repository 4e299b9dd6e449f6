/** Requests as bytes, and whether a datagram is the answer to one: the requester's half of the wire. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface RequestParts {
  readonly code: number;
  readonly identifier: number;
  /** Encoded attributes, one after the other. */
  readonly attributes: Buffer;
  readonly secret: Buffer;
  /** Whether a Message-Authenticator goes in front of the attributes. */
  readonly messageAuthenticator: boolean;
}

/** The codes a server may answer a request with (RFC 2865 §3, RFC 2866 §3, RFC 5176 §2, RFC 5997 §3). */
const ANSWER_CODES: ReadonlyMap<number, readonly number[]> = new Map([
  [1, [2, 3, 11]],
  [4, [5]],
  [12, [2, 5]],
  [40, [41, 42]],
  [43, [44, 45]],
]);
