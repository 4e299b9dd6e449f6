import { describe, expect, it } from 'vitest';
import { attributesOf, findAttribute, parsePacket } from '../../src/radius/packet.ts';
import { attribute, packetOf, unsignedPacket } from '../support/packet-builder.ts';

const header = (length: number) => {
  const bytes = Buffer.alloc(20);
  bytes[0] = 4;
  bytes.writeUInt16BE(length, 2);
  return bytes;
};
const withAttributes = (hex: string) => unsignedPacket(4, 7, Buffer.from(hex, 'hex'));

describe('parsePacket', () => {
  it.each([
    ['an empty datagram', Buffer.alloc(0), 'shorter-than-header'],
    ['19 bytes', header(20).subarray(0, 19), 'shorter-than-header'],
    ['a Length below 20', header(19), 'length-out-of-range'],
    ['a Length above 4096', Buffer.concat([header(4097), Buffer.alloc(4077)]), 'length-out-of-range'],
    ['a datagram shorter than its Length', header(21), 'shorter-than-length'],
    ['an attribute of length 0', withAttributes('0100'), 'attribute-length'],
    ['an attribute of length 1', withAttributes('0101'), 'attribute-length'],
    ['an attribute that overruns', withAttributes('0104aa'), 'attribute-length'],
    ['an attribute without its length octet', withAttributes('0103aa01'), 'attribute-length'],
  ])('discards %s', (_name, datagram, reason) => {
    expect(parsePacket(datagram)).toEqual({ ok: false, reason });
  });

  it('takes a packet of 20 bytes and one of 4096', () => {
    expect(packetOf(header(20)).length).toBe(20);
    const largest = Buffer.concat(Array.from({ length: 1019 }, () => attribute([1, 'ab'])));
    expect(packetOf(unsignedPacket(4, 0, largest)).length).toBe(4096);
  });

  it('ignores padding after Length', () => {
    const bytes = withAttributes('0103aa');
    const packet = packetOf(Buffer.concat([bytes, Buffer.from('0104')]));
    expect(packet.hasPadding).toBe(true);
    expect(packet.bytes.equals(bytes)).toBe(true);
    expect(packetOf(bytes).hasPadding).toBe(false);
  });

  it('gives code, Identifier, Authenticator and attributes as they are on the wire', () => {
    const authenticator = Buffer.from('0f403f9473978057bd83d5cb98f4227a', 'hex');
    const packet = packetOf(unsignedPacket(4, 255, Buffer.from('0103aa19020103bb', 'hex'), authenticator));
    expect(packet).toMatchObject({ code: 4, identifier: 255, length: 28 });
    expect(packet.authenticator.equals(authenticator)).toBe(true);
    expect(attributesOf(packet).map(({ type, value }) => [type, value.toString('hex')])).toEqual([
      [1, 'aa'],
      [25, ''],
      [1, 'bb'],
    ]);
  });
});

describe('findAttribute', () => {
  it('gives where each attribute of a type starts, and -1 after the last', () => {
    const packet = packetOf(withAttributes('0103aa19020103bb'));
    expect(findAttribute(packet, 1)).toBe(20);
    expect(findAttribute(packet, 1, 23)).toBe(25);
    expect(findAttribute(packet, 1, 28)).toBe(-1);
    expect(findAttribute(packet, 80)).toBe(-1);
  });
});
