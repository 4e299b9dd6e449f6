import { describe, expect, it } from 'vitest';
import {
  readDate,
  readInteger,
  readInteger64,
  readInterfaceId,
  readIpv4,
  readIpv6,
  readIpv6Prefix,
} from '../../src/radius/values.ts';

type Reader = (bytes: Buffer, offset: number, length: number) => unknown;

function read(reader: Reader, hex: string): unknown {
  const value = Buffer.from(hex, 'hex');
  // Set between other bytes, so that a reader that looks outside of its value is found out.
  return reader(Buffer.concat([Buffer.of(0xff), value, Buffer.of(0xff)]), 1, value.length);
}

describe('values', () => {
  it.each<[string, Reader, string, unknown]>([
    ['an integer', readInteger, 'ffffffff', 4_294_967_295],
    ['an integer of 3 octets', readInteger, 'ffffff', undefined],
    ['an integer of 5 octets', readInteger, 'ffffffffff', undefined],
    ['an empty integer', readInteger, '', undefined],
    ['a 64-bit integer', readInteger64, 'ffffffffffffffff', 18_446_744_073_709_551_615n],
    ['a 64-bit integer of 4 octets', readInteger64, 'ffffffff', undefined],
    ['a date', readDate, '6b02f490', Date.UTC(2026, 10, 22, 13, 56, 32)],
    ['a date of 8 octets', readDate, '000000006b02f490', undefined],
    ['an IPv4 address', readIpv4, 'c0000201', '192.0.2.1'],
    ['an IPv4 address of 16 octets', readIpv4, '00'.repeat(16), undefined],
    ['an IPv6 address', readIpv6, '20010db8000000000000000000000001', '2001:db8::1'],
    ['an IPv6 address of 15 octets', readIpv6, '00'.repeat(15), undefined],
    ['the longest run of zeros', readIpv6, '20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['the first of equal runs', readIpv6, '20010000000000010001000000000001', '2001::1:1:0:0:1'],
    ['a single zero group', readIpv6, '20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['the unspecified address', readIpv6, '00'.repeat(16), '::'],
    ['loopback', readIpv6, `${'00'.repeat(15)}01`, '::1'],
    ['an IPv4-mapped address', readIpv6, '00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
    ['zeros at the end', readIpv6, '20010db8000000000000000000000000', '2001:db8::'],
    ['a prefix in full', readIpv6Prefix, '004020010db8000000000000000000000000', '2001:db8::/64'],
    ['a prefix cut to its octets', readIpv6Prefix, '002020010db8', '2001:db8::/32'],
    ['the empty prefix', readIpv6Prefix, '0000', '::/0'],
    ['a prefix shorter than its length', readIpv6Prefix, '004020010db8', undefined],
    ['a prefix length above 128', readIpv6Prefix, `0081${'00'.repeat(16)}`, undefined],
    ['a prefix of one octet', readIpv6Prefix, '00', undefined],
    ['a prefix of 19 octets', readIpv6Prefix, '00'.repeat(19), undefined],
    ['an interface id', readInterfaceId, '0002000000000001', '2:0:0:1'],
    ['an interface id of 7 octets', readInterfaceId, '00'.repeat(7), undefined],
  ])('reads %s', (_name, reader, hex, value) => {
    expect(read(reader, hex)).toBe(value);
  });
});
