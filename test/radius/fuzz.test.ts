import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMessageAuthenticator, isAuthenticAccountingRequest } from '../../src/radius/authenticator.ts';
import { describePacket } from '../../src/radius/describe.ts';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { octetsFrom, octetsToBytes, octetsToDisplay } from '../../src/radius/octets.ts';
import { attributesOf, parsePacket } from '../../src/radius/packet.ts';
import { encodeAccountingResponse } from '../../src/radius/response.ts';
import { parseVendorSpecific } from '../../src/radius/vendor-attributes.ts';
import { answers, attribute, packetOf, unsignedPacket, vendorSpecific } from '../support/packet-builder.ts';

const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));
const secret = Buffer.from('testing123');

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const vendorId = fc.constantFrom(9, 311, 429, 4846, 8164, 14559, 14988, 24757, 41112, 0xffffffff);
const anyAttribute = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 255 }), bytes(40)).map(attribute),
  fc.tuple(fc.constantFrom(1, 4, 33, 40, 42, 55, 64, 80, 81, 95, 97, 123), bytes(18)).map(attribute),
  fc.tuple(vendorId, bytes(40)).map(([vendor, content]) => vendorSpecific(vendor, content)),
);
const framedPacket = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.array(anyAttribute, { maxLength: 20 }))
  .map(([code, attributes]) => unsignedPacket(code, 5, Buffer.concat(attributes), randomBytes(16)));

/** Everything the wire can set in motion. */
function read(datagram: Buffer): void {
  const parsed = parsePacket(datagram);
  if (!parsed.ok) return;
  describePacket(parsed.packet, dictionary);
  checkMessageAuthenticator(parsed.packet, secret);
  isAuthenticAccountingRequest(parsed.packet, secret);
  encodeAccountingResponse(parsed.packet, secret);
}

describe('any bytes whatever', () => {
  it('give a value when read as a packet', () => {
    fc.assert(
      fc.property(bytes(200), (datagram) => read(datagram)),
      { numRuns: 2000 },
    );
  });

  it('give a value when well framed, cut or bent', () => {
    const bent = fc.tuple(framedPacket, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat());
    const property = fc.property(bent, ([packet, at, octet, cut]) => {
      read(packet);
      packet[at % packet.length] = octet;
      read(packet);
      read(packet.subarray(0, cut % packet.length));
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('give a value when read as a Vendor-Specific', () => {
    const property = fc.property(vendorId, bytes(60), (vendor, content) => {
      const value = vendorSpecific(vendor, content).subarray(2);
      const parsed = parseVendorSpecific(value);
      expect(parsed.vendorId).toBe(vendor);
      if (!parsed.ok) return;
      const total = parsed.attributes.reduce((sum, { value }) => sum + value.length, 0);
      expect(total).toBeLessThan(value.length);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('come through octets unchanged, and are shown without a control character', () => {
    const property = fc.property(bytes(60), (value) => {
      expect(octetsToBytes(octetsFrom(value)).equals(value)).toBe(true);
      expect(octetsToDisplay(octetsFrom(value))).not.toMatch(/\p{Cc}/u);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});

describe('round trips', () => {
  it('give back every attribute of a packet in order', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 1, max: 255 }), bytes(253)), { maxLength: 15 });
    const property = fc.property(pairs, (attributes) => {
      const packet = packetOf(unsignedPacket(4, 1, Buffer.concat(attributes.map(attribute))));
      expect(attributesOf(packet).map(({ type, value }) => [type, value.toString('hex')])).toEqual(
        attributes.map(([type, value]) => [type, value.toString('hex')]),
      );
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('give back every Proxy-State in a signed answer', () => {
    const property = fc.property(framedPacket, (request) => {
      const response = encodeAccountingResponse(packetOf(request), secret);
      expect(answers(response, request)).toBe(true);
      const proxyStates = attributesOf(packetOf(request)).filter(({ type }) => type === 33);
      expect(attributesOf(packetOf(response))).toEqual(proxyStates);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
