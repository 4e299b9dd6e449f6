/** Values of attributes by data type (RFC 8044 §3): each reader takes where the value lies, and gives undefined when its length does not fit the type. */
import { octetAt } from './packet.ts';

/** Returns an unsigned 32-bit integer (RFC 8044 §3.1). */
export function readInteger(bytes: Buffer, offset: number, length: number): number | undefined {
  return length === 4 ? bytes.readUInt32BE(offset) : undefined;
}

/** Returns an unsigned 64-bit integer (RFC 8044 §3.7) as a bigint: it may be above 2^53. */
export function readInteger64(bytes: Buffer, offset: number, length: number): bigint | undefined {
  return length === 8 ? bytes.readBigUInt64BE(offset) : undefined;
}

/** Returns an instant in epoch milliseconds; on the wire it is seconds since 1970 in 32 bits (RFC 8044 §3.3). */
export function readDate(bytes: Buffer, offset: number, length: number): number | undefined {
  return length === 4 ? bytes.readUInt32BE(offset) * 1000 : undefined;
}

/** Returns an IPv4 address as dotted text (RFC 8044 §3.8). */
export function readIpv4(bytes: Buffer, offset: number, length: number): string | undefined {
  if (length !== 4) return undefined;
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

/** Returns an IPv6 address as RFC 5952 writes it (RFC 8044 §3.9). */
export function readIpv6(bytes: Buffer, offset: number, length: number): string | undefined {
  if (length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(offset + 2 * index));
  return ipv6Text(groups);
}

/** Returns an IPv6 prefix as `2001:db8::/32`; RFC 3162 §2.3 lets trailing zero octets be left out. */
export function readIpv6Prefix(bytes: Buffer, offset: number, length: number): string | undefined {
  if (length < 2 || length > 18) return undefined;
  const prefixLength = octetAt(bytes, offset + 1);
  // RFC 3162 §2.3: the bits outside of the prefix are zero and the octets given hold at least the prefix.
  if (prefixLength > 128 || length - 2 < Math.ceil(prefixLength / 8)) return undefined;
  const address = Buffer.alloc(16);
  bytes.copy(address, 0, offset + 2, offset + length);
  return `${readIpv6(address, 0, 16)}/${prefixLength}`;
}

/** Returns an interface identifier as four groups of hex digits, `2:0:0:1` (RFC 3162 §2.2). */
export function readInterfaceId(bytes: Buffer, offset: number, length: number): string | undefined {
  if (length !== 8) return undefined;
  return Array.from({ length: 4 }, (_, index) => bytes.readUInt16BE(offset + 2 * index).toString(16)).join(
    ':',
  );
}

function ipv6Text(groups: number[]): string {
  const { start, count } = longestZeroRun(groups);
  // RFC 5952 §5: an IPv4-mapped address keeps its IPv4 part readable.
  if (start === 0 && count === 5 && groups[5] === 0xffff) {
    const octets = groups.slice(6).flatMap((group) => [group >> 8, group & 255]);
    return `::ffff:${octets.join('.')}`;
  }
  const hex = groups.map((group) => group.toString(16));
  // RFC 5952 §4.2.2: `::` never stands for a single group.
  if (count < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + count).join(':')}`;
}

// RFC 5952 §4.2.3: the longest run of zero groups, the first of equals.
function longestZeroRun(groups: number[]): { start: number; count: number } {
  let longest = { start: 0, count: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > longest.count) longest = { start, count: index + 1 - start };
  });
  return longest;
}
