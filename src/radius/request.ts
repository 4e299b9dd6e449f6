/** Requests as bytes, and whether a datagram is the answer to one: the requester's half of the wire. */
import { randomBytes } from 'node:crypto';
import { AppError } from '../errors.ts';
import { AttributeType } from './attribute-type.ts';
import {
  accountingRequestAuthenticator,
  checkMessageAuthenticator,
  isAuthenticResponse,
  MESSAGE_AUTHENTICATOR_LENGTH,
  messageAuthenticator,
} from './authenticator.ts';
import { Code } from './code.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  AUTHENTICATOR_LENGTH,
  AUTHENTICATOR_START,
  HEADER_LENGTH,
  MAX_LENGTH,
  type Packet,
  parsePacket,
} from './packet.ts';

export interface RequestParts {
  readonly code: number;
  readonly identifier: number;
  /** Encoded attributes, one after the other, without a Message-Authenticator. */
  readonly attributes: Buffer;
  readonly secret: Buffer;
  /** Whether a Message-Authenticator goes in front of them; a Status-Server always has one (RFC 5997 §3). */
  readonly messageAuthenticator?: boolean;
}

export type Answer =
  | { readonly ok: true; readonly packet: Packet }
  | { readonly ok: false; readonly reason: 'malformed' | 'unknown' | 'forged' };

/** What may answer what: RFC 2865 §4, RFC 2866 §4, RFC 5176 §2, RFC 5997 §3. */
const ANSWER_CODES: ReadonlyMap<number, readonly number[]> = new Map([
  [Code.AccessRequest, [Code.AccessAccept, Code.AccessReject, Code.AccessChallenge]],
  [Code.AccountingRequest, [Code.AccountingResponse]],
  [Code.StatusServer, [Code.AccessAccept, Code.AccountingResponse]],
  [Code.DisconnectRequest, [Code.DisconnectAck, Code.DisconnectNak]],
  [Code.CoaRequest, [Code.CoaAck, Code.CoaNak]],
]);

/** Requests whose authenticator is a random number (RFC 2865 §3, RFC 5997 §3); every other one's is a digest of the packet. */
const HAS_RANDOM_AUTHENTICATOR: ReadonlySet<number> = new Set([Code.AccessRequest, Code.StatusServer]);

const ZERO_AUTHENTICATOR = Buffer.alloc(AUTHENTICATOR_LENGTH);

/** Returns a signed request; throws `invalid` when the attributes do not fit into a packet. */
export function encodeRequest(parts: RequestParts): Buffer {
  const { code, identifier, attributes, secret } = parts;
  const isAuthenticated = parts.messageAuthenticator === true || code === Code.StatusServer;
  const attributesStart = HEADER_LENGTH + (isAuthenticated ? MESSAGE_AUTHENTICATOR_LENGTH : 0);
  const length = attributesStart + attributes.length;
  if (length > MAX_LENGTH) {
    throw new AppError('invalid', `The request would be ${length} bytes long; RADIUS allows ${MAX_LENGTH}.`);
  }
  const bytes = Buffer.alloc(length);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8(identifier, 1);
  bytes.writeUInt16BE(length, 2);
  attributes.copy(bytes, attributesStart);
  const isRandom = HAS_RANDOM_AUTHENTICATOR.has(code);
  if (isRandom) bytes.set(randomBytes(AUTHENTICATOR_LENGTH), AUTHENTICATOR_START);
  // RFC 5176 §3.4: over zeros, before the Request Authenticator is computed over it.
  if (isAuthenticated) writeMessageAuthenticator(bytes, secret);
  if (!isRandom) bytes.set(accountingRequestAuthenticator(bytes, secret), AUTHENTICATOR_START);
  return bytes;
}

/** Returns the packet when a datagram answers that request: a fitting code, the Response Authenticator (RFC 2865 §3), and the Message-Authenticator if there is one. */
export function readAnswer(datagram: Buffer, request: Buffer, secret: Buffer): Answer {
  const parsed = parsePacket(datagram);
  if (!parsed.ok) return { ok: false, reason: 'malformed' };
  const { packet } = parsed;
  const isExpected = ANSWER_CODES.get(request.readUInt8(0))?.includes(packet.code) ?? false;
  if (!isExpected || packet.identifier !== request.readUInt8(1)) return { ok: false, reason: 'unknown' };
  return isSigned(packet, request, secret) ? { ok: true, packet } : { ok: false, reason: 'forged' };
}

function isSigned(response: Packet, request: Buffer, secret: Buffer): boolean {
  const requestAuthenticator = request.subarray(AUTHENTICATOR_START, HEADER_LENGTH);
  if (!isAuthenticResponse(response, requestAuthenticator, secret)) return false;
  if (checkMessageAuthenticator(response, secret, { requestAuthenticator }) !== 'invalid') return true;
  // No RFC defines one in an Accounting-Response; FreeRADIUS and pyrad compute it over zeros.
  return (
    response.code === Code.AccountingResponse &&
    checkMessageAuthenticator(response, secret, { requestAuthenticator: ZERO_AUTHENTICATOR }) === 'valid'
  );
}

function writeMessageAuthenticator(bytes: Buffer, secret: Buffer): void {
  const valueStart = HEADER_LENGTH + ATTRIBUTE_HEADER_LENGTH;
  bytes.writeUInt8(AttributeType.MessageAuthenticator, HEADER_LENGTH);
  bytes.writeUInt8(MESSAGE_AUTHENTICATOR_LENGTH, HEADER_LENGTH + 1);
  const authenticator = bytes.subarray(AUTHENTICATOR_START, HEADER_LENGTH);
  bytes.set(messageAuthenticator(bytes, valueStart, authenticator, secret), valueStart);
}
