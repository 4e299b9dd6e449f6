/** A RADIUS packet as it stands on the wire (RFC 2865 §3): framing is checked here once, for every later walk. */

export type MalformedReason =
  | 'shorter-than-header'
  | 'length-out-of-range'
  | 'shorter-than-length'
  | 'attribute-length';

/** A packet whose framing holds: attributes fill the bytes from HEADER_LENGTH to the end without gap or overrun. */
export interface Packet {
  readonly code: number;
  readonly identifier: number;
  /** The Length field in bytes, 20 to 4096; equal to bytes.length. */
  readonly length: number;
  /** Header and attributes, exactly Length bytes: padding after it is cut off. */
  readonly bytes: Buffer;
  /** The 16 bytes of the Authenticator field, a view into bytes. */
  readonly authenticator: Buffer;
  /** Whether the datagram went on after Length; RFC 2865 §3 says to ignore that. */
  readonly hasPadding: boolean;
}

export type ParsedPacket =
  | { readonly ok: true; readonly packet: Packet }
  | { readonly ok: false; readonly reason: MalformedReason };

/** One attribute as walkAttributes and attributesOf give it: value is bytes[valueStart..end). */
export interface RawAttribute {
  readonly type: number;
  readonly value: Buffer;
}

// RFC 2865 §3: Code, Identifier, Length and Authenticator; Length is 20 to 4096.
export const HEADER_LENGTH = 20;
export const MAX_LENGTH = 4096;
export const AUTHENTICATOR_START = 4;
export const AUTHENTICATOR_LENGTH = 16;
/** RFC 2865 §5: an attribute's Type and Length octets, which its Length counts too. */
export const ATTRIBUTE_HEADER_LENGTH = 2;

/** Returns the packet in a datagram, or why its framing does not hold. Any bytes whatever give a value. */
export function parsePacket(datagram: Buffer): ParsedPacket {
  if (datagram.length < HEADER_LENGTH) return malformed('shorter-than-header');
  const length = datagram.readUInt16BE(2);
  if (length < HEADER_LENGTH || length > MAX_LENGTH) return malformed('length-out-of-range');
  if (datagram.length < length) return malformed('shorter-than-length');
  if (!attributesFill(datagram, length)) return malformed('attribute-length');

  const hasPadding = datagram.length > length;
  const bytes = hasPadding ? datagram.subarray(0, length) : datagram;
  const packet: Packet = {
    code: datagram.readUInt8(0),
    identifier: datagram.readUInt8(1),
    length,
    bytes,
    authenticator: datagram.subarray(AUTHENTICATOR_START, HEADER_LENGTH),
    hasPadding,
  };
  return { ok: true, packet };
}

/** Returns every attribute of a packet in order; the values are views into its bytes. Not for the hot path. */
export function attributesOf(packet: Packet): RawAttribute[] {
  const attributes: RawAttribute[] = [];
  walkAttributes(packet, (type, valueStart, valueLength) => {
    attributes.push({ type, value: packet.bytes.subarray(valueStart, valueStart + valueLength) });
  });
  return attributes;
}

/** Calls visit for every attribute in order with where its value lies in packet.bytes; allocates nothing. */
export function walkAttributes(
  packet: Packet,
  visit: (type: number, valueStart: number, valueLength: number) => void,
): void {
  const { bytes, length } = packet;
  for (let at = HEADER_LENGTH; at < length; at += octetAt(bytes, at + 1)) {
    const valueStart = at + ATTRIBUTE_HEADER_LENGTH;
    visit(octetAt(bytes, at), valueStart, octetAt(bytes, at + 1) - ATTRIBUTE_HEADER_LENGTH);
  }
}

/** Returns where the first attribute of that type starts (its Type octet) at or after from, or -1. */
export function findAttribute(packet: Packet, type: number, from = HEADER_LENGTH): number {
  const { bytes, length } = packet;
  for (let at = from; at < length; at += octetAt(bytes, at + 1)) {
    if (bytes[at] === type) return at;
  }
  return -1;
}

/** Returns the octet at an offset that a length check has shown to exist. */
export function octetAt(bytes: Buffer, offset: number): number {
  const octet = bytes[offset];
  if (octet === undefined) throw new RangeError(`offset ${offset} is outside of ${bytes.length} bytes`);
  return octet;
}

// RFC 2865 §5: an attribute's Length counts its own two header octets; one outside of 2..what is left makes the
// packet invalid, and it is discarded.
function attributesFill(bytes: Buffer, length: number): boolean {
  let at = HEADER_LENGTH;
  while (at < length) {
    const attributeLength = at + 1 < length ? octetAt(bytes, at + 1) : 0;
    if (attributeLength < ATTRIBUTE_HEADER_LENGTH) return false;
    at += attributeLength;
  }
  return at === length;
}

function malformed(reason: MalformedReason): ParsedPacket {
  return { ok: false, reason };
}
