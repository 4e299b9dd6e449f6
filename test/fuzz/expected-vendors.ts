/** Whether a Vendor-Specific is in its vendor's framing, found out in another way. */
import assert from 'node:assert/strict';
import { parseVendorSpecific, VendorId } from '../../src/radius/vendor-attributes.ts';
import { LOOSE_HEADER_LENGTH, type LooseAttribute, takeApart } from './loose-packet.ts';

/** Octets before each value where it is not type and length of one octet each. */
const HEADER_LENGTHS: ReadonlyMap<number, number> = new Map([
  [VendorId.UsRobotics, 4],
  [VendorId.Lucent, 3],
  [VendorId.Starent, 4],
  [VendorId.WimaxForum, 3],
]);

/** Throws AssertionError when a Vendor-Specific was taken apart where it must not be, or otherwise than it is. */
export function expectVendorAttributes(attributes: readonly LooseAttribute[]): void {
  for (const { type, value } of attributes) if (type === 26) expectVendorSpecific(value);
}

function expectVendorSpecific(value: Buffer): void {
  const parsed = parseVendorSpecific(value);
  assert.equal(parsed.vendorId, value.length < 4 ? undefined : value.readUInt32BE());
  const headerLength = HEADER_LENGTHS.get(parsed.vendorId ?? 0);
  if (headerLength === undefined && parsed.vendorId !== undefined) {
    assert.equal(parsed.ok, isFramed(value.subarray(4)), 'a framing of one octet each');
  }
  if (!parsed.ok) return;
  const taken = parsed.attributes.reduce((sum, one) => sum + (headerLength ?? 2) + one.value.length, 4);
  assert.equal(taken, value.length, 'vendor attributes fill their Vendor-Specific');
}

// As a packet's attributes are framed, but never none of them.
function isFramed(inner: Buffer): boolean {
  const { attributes, rest } = takeApart(Buffer.concat([Buffer.alloc(LOOSE_HEADER_LENGTH), inner]));
  return attributes.length > 0 && rest.length === 0;
}
