/** Microsoft's attributes of MS-CHAPv2 (RFC 2548): finding them in a request, encoding them for an answer. Pure. */
import { AttributeType } from '../radius/attribute-type.ts';
import { attributesOf, type Packet } from '../radius/packet.ts';
import { parseVendorSpecific, VendorId } from '../radius/vendor-attributes.ts';

/** Vendor-Type by name (RFC 2548 §2.1-2.4). */
export const MicrosoftType = {
  MsChapResponse: 1,
  MsChapError: 2,
  MsMppeEncryptionPolicy: 7,
  MsMppeEncryptionTypes: 8,
  MsChapChallenge: 11,
  MsMppeSendKey: 16,
  MsMppeRecvKey: 17,
  MsChap2Response: 25,
  MsChap2Success: 26,
} as const;

/** Type, Length, Vendor-Id, Vendor-Type and Vendor-Length (RFC 2865 §5.26). */
const HEADER_BYTES = 8;
/** The longest value of a vendor's attribute. */
export const MICROSOFT_VALUE_BYTES_MAX = 255 - HEADER_BYTES;

/** Returns the first value of each Microsoft attribute of a packet, by Vendor-Type; views into the packet. */
export function microsoftAttributes(packet: Packet): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (const { type, value } of attributesOf(packet)) {
    if (type !== AttributeType.VendorSpecific) continue;
    const vendor = parseVendorSpecific(value);
    if (!vendor.ok || vendor.vendorId !== VendorId.Microsoft) continue;
    for (const each of vendor.attributes) if (!found.has(each.type)) found.set(each.type, each.value);
  }
  return found;
}

/** Returns one encoded Vendor-Specific attribute; throws RangeError for a value above MICROSOFT_VALUE_BYTES_MAX. */
export function encodeMicrosoft(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(AttributeType.VendorSpecific, 0);
  header.writeUInt8(HEADER_BYTES + value.length, 1);
  header.writeUInt32BE(VendorId.Microsoft, 2);
  header.writeUInt8(type, 6);
  header.writeUInt8(2 + value.length, 7);
  return Buffer.concat([header, value]);
}
