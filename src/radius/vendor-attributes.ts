/** What stands inside a Vendor-Specific attribute (RFC 2865 §5.26), in each vendor's own framing. */
import { octetAt } from './packet.ts';

export interface VendorAttribute {
  readonly type: number;
  /** A view into the Vendor-Specific attribute's value. */
  readonly value: Buffer;
}

/** Not ok: the contents are not in the vendor's framing, so they are kept raw; the vendor is known if its id was there. */
export type VendorSpecific =
  | { readonly ok: true; readonly vendorId: number; readonly attributes: readonly VendorAttribute[] }
  | { readonly ok: false; readonly vendorId?: number };

interface Format {
  /** Bytes of the type field. */
  readonly typeLength: 1 | 2 | 4;
  /** Bytes of the length field, which counts the whole header; 0: the value is all that is left. */
  readonly lengthLength: 0 | 1 | 2;
  /** Whether an octet with the continuation flag follows the length (WiMAX Forum T33-001 §5.4.1). */
  readonly hasContinuation: boolean;
}

/** The vendors' SMI Private Enterprise Codes for which code makes a difference. */
export const VendorId = {
  Microsoft: 311,
  UsRobotics: 429,
  Lucent: 4846,
  Starent: 8164,
  WimaxForum: 24757,
} as const;

const VENDOR_ID_LENGTH = 4;

const RFC_2865_FORMAT: Format = { typeLength: 1, lengthLength: 1, hasContinuation: false };

const FORMATS: ReadonlyMap<number, Format> = new Map<number, Format>([
  [VendorId.UsRobotics, { typeLength: 4, lengthLength: 0, hasContinuation: false }],
  [VendorId.Lucent, { typeLength: 2, lengthLength: 1, hasContinuation: false }],
  [VendorId.Starent, { typeLength: 2, lengthLength: 2, hasContinuation: false }],
  [VendorId.WimaxForum, { typeLength: 1, lengthLength: 1, hasContinuation: true }],
]);

/** Tells whether a vendor frames its attributes as RFC 2865 §5.26 suggests, one octet of type and one of length. */
export function hasStandardFormat(vendorId: number): boolean {
  return !FORMATS.has(vendorId);
}

/** Returns the vendor's attributes in a Vendor-Specific value; a fragment of a continued WiMAX one is given as it is. */
export function parseVendorSpecific(value: Buffer): VendorSpecific {
  if (value.length < VENDOR_ID_LENGTH) return { ok: false };
  const vendorId = value.readUInt32BE(0);
  const attributes = parseAttributes(value, FORMATS.get(vendorId) ?? RFC_2865_FORMAT);
  return attributes === undefined ? { ok: false, vendorId } : { ok: true, vendorId, attributes };
}

function parseAttributes(value: Buffer, format: Format): VendorAttribute[] | undefined {
  const { typeLength, lengthLength } = format;
  const headerLength = typeLength + lengthLength + (format.hasContinuation ? 1 : 0);
  const attributes: VendorAttribute[] = [];
  let at = VENDOR_ID_LENGTH;
  do {
    const left = value.length - at;
    if (left < headerLength) return undefined;
    const length = lengthLength === 0 ? left : value.readUIntBE(at + typeLength, lengthLength);
    if (length < headerLength || length > left) return undefined;
    const type = typeLength === 1 ? octetAt(value, at) : value.readUIntBE(at, typeLength);
    attributes.push({ type, value: value.subarray(at + headerLength, at + length) });
    at += length;
  } while (at < value.length);
  return attributes;
}
