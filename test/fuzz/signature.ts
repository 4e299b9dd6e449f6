/** Signs any bytes that have a header as RFC 2866 §3, RFC 5176 §3.4 and RFC 5997 §3 say, and tells whether they are signed so: node's plain crypto, apart from the code under test. */
import { createHash, createHmac } from 'node:crypto';
import { attributeStarts, LOOSE_HEADER_LENGTH } from './loose-packet.ts';

const MESSAGE_AUTHENTICATOR = 80;
const STATUS_SERVER = 12;
const ZEROS = Buffer.alloc(16);

/** Returns a signed copy: every Message-Authenticator of 16 octets, then the Request Authenticator over Length octets. */
export function signed(datagram: Buffer, secret: Buffer): Buffer {
  const copy = Buffer.from(datagram);
  const packet = signedPart(copy);
  if (packet === undefined) return copy;
  const isStatus = packet[0] === STATUS_SERVER;
  if (!isStatus) ZEROS.copy(packet, 4);
  for (const start of messageAuthenticators(packet)) ZEROS.copy(packet, start + 2);
  for (const start of messageAuthenticators(packet)) hmac(packet, secret).copy(packet, start + 2);
  if (!isStatus) createHash('md5').update(packet).update(secret).digest().copy(packet, 4);
  return copy;
}

/** What a datagram's two proofs are worth under a secret. */
export interface Proofs {
  readonly requestAuthenticator: boolean;
  /** Undefined where there is none; false also for several, or for one that has not 16 octets. */
  readonly messageAuthenticator: boolean | undefined;
}

/** Returns what the proofs of well framed bytes of exactly Length octets are worth. */
export function proofsOf(packet: Buffer, secret: Buffer): Proofs {
  const zeroed = Buffer.from(packet);
  ZEROS.copy(zeroed, 4);
  const expected = createHash('md5').update(zeroed).update(secret).digest();
  const requestAuthenticator = expected.equals(packet.subarray(4, 20));
  const starts = attributeStarts(packet).filter((start) => packet[start] === MESSAGE_AUTHENTICATOR);
  const [start] = starts;
  if (start === undefined) return { requestAuthenticator, messageAuthenticator: undefined };
  if (starts.length > 1 || packet[start + 1] !== 18)
    return { requestAuthenticator, messageAuthenticator: false };
  if (packet[0] === STATUS_SERVER) packet.copy(zeroed, 4, 4, 20);
  ZEROS.copy(zeroed, start + 2);
  const messageAuthenticator = hmac(zeroed, secret).equals(packet.subarray(start + 2, start + 18));
  return { requestAuthenticator, messageAuthenticator };
}

// What Length covers; padding behind it is not signed.
function signedPart(copy: Buffer): Buffer | undefined {
  if (copy.length < LOOSE_HEADER_LENGTH) return undefined;
  const length = copy.readUInt16BE(2);
  return length < LOOSE_HEADER_LENGTH || length > copy.length ? undefined : copy.subarray(0, length);
}

function messageAuthenticators(packet: Buffer): number[] {
  return attributeStarts(packet).filter(
    (start) => packet[start] === MESSAGE_AUTHENTICATOR && packet[start + 1] === 18,
  );
}

function hmac(packet: Buffer, secret: Buffer): Buffer {
  return createHmac('md5', secret).update(packet).digest();
}
