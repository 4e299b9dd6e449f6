/** CHAP-Password (RFC 2865 §5.3, RFC 1994 §4.1). Pure. */
import { hash, timingSafeEqual } from 'node:crypto';

/** CHAP Ident and MD5. */
const VALUE_BYTES = 17;

/** What a NAS passes on of a CHAP exchange. */
export interface ChapResponse {
  readonly identifier: number;
  /** 16 bytes. */
  readonly response: Buffer;
  /** What the NAS had sent: CHAP-Challenge, else the Request Authenticator. */
  readonly challenge: Buffer;
}

/** Returns the parts of a CHAP-Password's value; undefined where it has not 17 bytes. `challenge` is the value of CHAP-Challenge, else (RFC 2865 §5.3) the Request Authenticator. */
export function parseChapPassword(value: Buffer, challenge: Buffer): ChapResponse | undefined {
  if (value.length !== VALUE_BYTES) return undefined;
  return { identifier: value.readUInt8(0), response: value.subarray(1), challenge };
}

/** Returns whether the peer knew the password, given as octets: its response is MD5 of identifier, password and challenge. */
export function isRightChapResponse(
  { identifier, response, challenge }: ChapResponse,
  password: Buffer,
): boolean {
  const expected = hash('md5', Buffer.concat([Buffer.of(identifier), password, challenge]), 'buffer');
  return timingSafeEqual(expected, response);
}
