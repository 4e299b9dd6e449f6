import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describePacket } from '../../src/radius/describe.ts';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { attribute, packetOf, unsignedPacket, vendorSpecific } from '../support/packet-builder.ts';

const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));
const SECRET_TEXT = 'hunter2-hunter2-';

function described(...attributes: Buffer[]): string[] {
  const packet = packetOf(unsignedPacket(4, 9, Buffer.concat(attributes)));
  return describePacket(packet, dictionary).attributes.map(({ name, value }) => `${name} = ${value}`);
}
const vsa = (vendorId: number, hex: string) => vendorSpecific(vendorId, Buffer.from(hex, 'hex'));

describe('describePacket', () => {
  it('names the code and gives the Identifier', () => {
    expect(describePacket(packetOf(unsignedPacket(43, 9, Buffer.alloc(0))), dictionary)).toEqual({
      code: 'CoA-Request',
      identifier: 9,
      attributes: [],
    });
    expect(describePacket(packetOf(unsignedPacket(99, 0, Buffer.alloc(0))), dictionary).code).toBe('Code-99');
  });

  it.each<[string, Buffer, string[]]>([
    ['a number without a name', attribute([40, 4]), ['Acct-Status-Type = 4']],
    [
      'a value of the wrong length',
      attribute([42, Buffer.from('0102', 'hex')]),
      ['Acct-Input-Octets = 0x0102'],
    ],
    ['a text that is not fit for display', attribute([1, Buffer.alloc(4)]), ['User-Name = 0x00000000']],
    ['an unknown attribute', attribute([250, 'x']), ['Attr-250 = 0x78']],
    ['an unknown vendor attribute', vsa(41112, '0104abcd'), ['Attr-26.41112.1 = 0xabcd']],
    [
      'several attributes in one Vendor-Specific',
      vsa(14988, '080341010600000010'),
      ['Mikrotik-Rate-Limit = A', 'Mikrotik-Recv-Limit = 16'],
    ],
    ['a malformed vendor attribute', vsa(14988, '0800'), ['Vendor-Specific = 0x00003a8c0800']],
    ['a tagged number', attribute([64, Buffer.from('0100000d', 'hex')]), ['Tunnel-Type:1 = VLAN']],
    ['a tagged text', attribute([81, Buffer.from('013230', 'hex')]), ['Tunnel-Private-Group-Id:1 = 20']],
    ['a text without its tag', attribute([81, '20']), ['Tunnel-Private-Group-Id = 20']],
    ['an empty tagged attribute', attribute([64, '']), ['Tunnel-Type = 0x']],
    ['a date before today', attribute([55, 0]), ['Event-Timestamp = Jan 01 1970 00:00:00 UTC']],
    ['Starent in its own framing', vsa(8164, '00030005aa'), ['Attr-26.8164.3 = 0xaa']],
  ])('prints %s', (_name, bytes, text) => {
    expect(described(bytes)).toEqual(text);
  });

  it.each<[string, Buffer]>([
    ['User-Password', attribute([2, SECRET_TEXT])],
    ['CHAP-Password', attribute([3, SECRET_TEXT])],
    ['Tunnel-Password', attribute([69, SECRET_TEXT])],
    ['EAP-Message', attribute([79, SECRET_TEXT])],
    ...[1, 3, 4, 5, 6, 11, 12, 16, 17, 25, 26, 27].map(
      (type) =>
        [`Microsoft's ${type}`, vendorSpecific(311, attribute([type, SECRET_TEXT]))] as [string, Buffer],
    ),
    ['a malformed Microsoft attribute', vendorSpecific(311, Buffer.from(`\x10\xff${SECRET_TEXT}`, 'latin1'))],
    ['Mikrotik-Wireless-PSK', vendorSpecific(14988, attribute([16, SECRET_TEXT]))],
    ['Aruba-MPSK-Passphrase', vendorSpecific(14823, attribute([44, SECRET_TEXT]))],
  ])('never shows %s', (_name, bytes) => {
    const [line = ''] = described(bytes);
    expect(line).toMatch(/ = \*\*\*$/);
    expect(line).not.toContain(Buffer.from(SECRET_TEXT).toString('hex'));
  });

  it('hides passwords under any dictionary', () => {
    const empty = { ...dictionary, attribute: () => undefined };
    const bytes = Buffer.concat([
      attribute([2, SECRET_TEXT]),
      vendorSpecific(311, attribute([16, SECRET_TEXT])),
    ]);
    const { attributes } = describePacket(packetOf(unsignedPacket(1, 0, bytes)), empty);
    expect(attributes.map(({ value }) => value)).toEqual(['***', '***']);
  });
});
