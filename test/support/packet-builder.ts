/** Builds RADIUS packets for tests with node's plain crypto, apart from the code under test; and reads one where a test needs it read. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { type Packet, parsePacket } from '../../src/radius/packet.ts';

export type TestAttribute = readonly [type: number, value: Buffer | string | number];

export interface TestRequest {
  readonly code?: number;
  readonly identifier?: number;
  readonly secret?: string;
  readonly attributes?: readonly TestAttribute[];
  /** Adds a Message-Authenticator, right or spoilt. */
  readonly messageAuthenticator?: 'valid' | 'spoilt';
  /** Random Request Authenticator (Access-Request, Status-Server) instead of a computed one. */
  readonly hasRandomAuthenticator?: boolean;
}

export const TEST_SECRET = 'testing123';
const ZEROS = Buffer.alloc(16);

/** Returns one attribute: text as UTF-8, numbers as 32-bit integers. */
export function attribute([type, value]: TestAttribute): Buffer {
  const content = typeof value === 'number' ? uint32(value) : Buffer.from(value);
  return Buffer.concat([Buffer.of(type, content.length + 2), content]);
}

/** Returns a Vendor-Specific attribute with the given bytes after the vendor's id. */
export function vendorSpecific(vendorId: number, content: Buffer): Buffer {
  return attribute([26, Buffer.concat([uint32(vendorId), content])]);
}

/** Returns header and attributes with the given Authenticator, unsigned. */
export function unsignedPacket(
  code: number,
  identifier: number,
  attributes: Buffer,
  authenticator: Buffer = ZEROS,
): Buffer {
  const header = Buffer.of(code, identifier, 0, 0);
  header.writeUInt16BE(20 + attributes.length, 2);
  return Buffer.concat([header, authenticator, attributes]);
}

/** Returns a signed request; by default an Accounting-Request as RFC 2866 §3 signs it. */
export function signedRequest(request: TestRequest = {}): Buffer {
  const { code = 4, identifier = 1, secret = TEST_SECRET, hasRandomAuthenticator = false } = request;
  const attributes = (request.attributes ?? []).map(attribute);
  if (request.messageAuthenticator !== undefined) attributes.unshift(attribute([80, ZEROS]));
  const bytes = unsignedPacket(
    code,
    identifier,
    Buffer.concat(attributes),
    hasRandomAuthenticator ? randomBytes(16) : ZEROS,
  );
  if (request.messageAuthenticator !== undefined) {
    createHmac('md5', secret).update(bytes).digest().copy(bytes, 22);
    if (request.messageAuthenticator === 'spoilt') bytes[22] = (bytes[22] ?? 0) ^ 1;
  }
  if (!hasRandomAuthenticator) createHash('md5').update(bytes).update(secret).digest().copy(bytes, 4);
  return bytes;
}

/** Tells whether a response is signed for the request under the secret (RFC 2865 §3). */
export function answers(response: Buffer, request: Buffer, secret: string = TEST_SECRET): boolean {
  const expected = createHash('md5')
    .update(response.subarray(0, 4))
    .update(request.subarray(4, 20))
    .update(response.subarray(20))
    .update(secret)
    .digest();
  return response[1] === request[1] && expected.equals(response.subarray(4, 20));
}

/** Returns the packet in bytes that are known to hold one. */
export function packetOf(bytes: Buffer): Packet {
  const result = parsePacket(bytes);
  if (!result.ok) throw new Error(result.reason);
  return result.packet;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
