import { describe, expect, it } from 'vitest';
import { addressToBytes, PrefixTable, parsePrefix, unmapIpv4 } from '../../src/radius/address.ts';

describe('unmapIpv4', () => {
  it.each([
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['0:0:0:0:0:ffff:a00:1', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::10.0.0.1', '::10.0.0.1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['::ffff:999.0.0.1', '::ffff:999.0.0.1'],
    ['not an address', 'not an address'],
  ])('gives %s as %s', (address, unmapped) => {
    expect(unmapIpv4(address)).toBe(unmapped);
  });
});

describe('addressToBytes', () => {
  it.each([
    ['192.0.2.255', 'c00002ff'],
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['::', '00'.repeat(16)],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1::', `0001${'00'.repeat(14)}`],
  ])('gives the bytes of %s', (address, hex) => {
    expect(addressToBytes(address)?.toString('hex')).toBe(hex);
  });

  it.each(['', '10.0.0', '256.0.0.1', 'fe80::1%eth0', '2001:db8::1::2', 'localhost'])(
    'refuses "%s"',
    (text) => {
      expect(addressToBytes(text)).toBeUndefined();
    },
  );
});

describe('parsePrefix', () => {
  it.each([
    ['10.0.0.0/8', { family: 4, network: 0x0a000000n, length: 8 }],
    ['10.1.2.3/8', { family: 4, network: 0x0a000000n, length: 8 }],
    ['10.0.0.1', { family: 4, network: 0x0a000001n, length: 32 }],
    ['0.0.0.0/0', { family: 4, network: 0n, length: 0 }],
    ['2001:db8::/32', { family: 6, network: 0x20010db8n << 96n, length: 32 }],
    ['::1', { family: 6, network: 1n, length: 128 }],
    ['::ffff:10.0.0.1', { family: 4, network: 0x0a000001n, length: 32 }],
    ['::ffff:10.0.0.0/104', { family: 4, network: 0x0a000000n, length: 8 }],
    ['fe80::1%eth0', { family: 6, network: (0xfe80n << 112n) | 1n, length: 128, zone: 'eth0' }],
  ])('reads %s', (text, prefix) => {
    expect(parsePrefix(text)).toEqual(prefix);
  });

  it.each([
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8.0',
    '10.0.0/8',
    '2001:db8::/129',
    '::ffff:10.0.0.0/24',
    'fe80::1%eth0/64',
    'access-point',
    '10.0.0.1 ',
  ])('refuses "%s"', (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });
});

describe('PrefixTable', () => {
  function tableOf(...texts: string[]): PrefixTable<string> {
    const table = new PrefixTable<string>();
    for (const text of texts) {
      const prefix = parsePrefix(text);
      if (prefix === undefined) throw new Error(text);
      table.add(prefix, text);
    }
    return table;
  }

  const table = tableOf(
    '0.0.0.0/0',
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.1.2.3',
    '2001:db8::/32',
    '2001:db8:1::/48',
    '2001:db8:1::7',
    'fe80::1%eth0',
    'fe80::2',
  );

  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.4', '10.1.0.0/16'],
    ['10.2.0.0', '10.0.0.0/8'],
    ['192.0.2.1', '0.0.0.0/0'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.9.9', '10.1.0.0/16'],
    ['2001:db8:1::7', '2001:db8:1::7'],
    ['2001:0DB8:0001:0:0:0:0:7', '2001:db8:1::7'],
    ['2001:db8:1::8', '2001:db8:1::/48'],
    ['2001:db8:2::8', '2001:db8::/32'],
    ['2001:db9::1', undefined],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['fe80::1%eth1', undefined],
    ['fe80::2%eth1', 'fe80::2'],
    ['not an address', undefined],
  ])('finds for %s the longest prefix, %s', (address, found) => {
    expect(table.find(address)).toBe(found);
  });

  it('gives the value added last for a prefix', () => {
    const twice = tableOf('10.0.0.0/8');
    twice.add({ family: 4, network: 0x0a000000n, length: 8 }, 'again');
    expect(twice.find('10.0.0.1')).toBe('again');
  });

  it('finds nothing in an empty table', () => {
    expect(tableOf().find('10.0.0.1')).toBeUndefined();
  });
});
