/** How much work a packet can make: in proportion to its octets, however they are cut into attributes. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeAccountingRequest } from '../../src/accounting/decode.ts';
import { checkMessageAuthenticator } from '../../src/radius/authenticator.ts';
import { describePacket } from '../../src/radius/describe.ts';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { findAttribute, type Packet, parsePacket, walkAttributes } from '../../src/radius/packet.ts';
import { encodeAccountingResponse } from '../../src/radius/response.ts';
import { decodeContext } from '../support/decoding.ts';
import {
  attribute,
  packetOf,
  type TestAttribute,
  unsignedPacket,
  vendorSpecific,
} from '../support/packet-builder.ts';
import { countedBytes } from './counted-bytes.ts';

const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));
const secret = Buffer.from('testing123');
const EMPTY = Buffer.alloc(0);
const STATUS_AND_ID = [attribute([40, 3]), attribute([44, 'x'])];

/** Returns a packet of nearly that length with nothing in it but the attribute, again and again. */
function filledWith(one: Buffer, length: number): Buffer {
  const before = Buffer.concat(STATUS_AND_ID);
  const count = Math.floor((length - 20 - before.length) / one.length);
  return unsignedPacket(4, 1, Buffer.concat([before, ...Array.from({ length: count }, () => one)]));
}

const FILLINGS: [string, Buffer][] = [
  ...([1, 25, 26, 31, 33, 44, 55, 80, 97, 200] as const).map((type): [string, Buffer] => [
    `attributes ${type} of two octets`,
    attribute([type, EMPTY] satisfies TestAttribute),
  ]),
  ['Message-Authenticators', attribute([80, Buffer.alloc(16)])],
  ['User-Names of 253 octets that are no text', attribute([1, Buffer.alloc(253, 0xff)])],
  ['vendor attributes of two octets', vendorSpecific(14559, Buffer.alloc(248, 2))],
  [
    'vendor attributes that end in half of one',
    vendorSpecific(9, Buffer.concat([Buffer.alloc(246, 2), Buffer.of(1)])),
  ],
  ['stations that are nearly MAC addresses', attribute([31, '02-A0-00-87-FB-F'.repeat(15)])],
];

const STEPS: [string, (packet: Packet, counted: Buffer) => void][] = [
  ['framing', (_, counted) => parsePacket(counted)],
  ['verifying', (packet, counted) => checkMessageAuthenticator({ ...packet, bytes: counted }, secret)],
  ['decoding', (packet, counted) => decodeAccountingRequest({ ...packet, bytes: counted }, decodeContext())],
  ['describing', (packet, counted) => describePacket({ ...packet, bytes: counted }, dictionary)],
  ['answering', (packet, counted) => encodeAccountingResponse({ ...packet, bytes: counted }, secret)],
];

const WORK_PER_OCTET_MAX = 8;

function workOf(bytes: Buffer, step: (packet: Packet, counted: Buffer) => void): number {
  const { bytes: counted, readCount } = countedBytes(bytes);
  step(packetOf(bytes), counted);
  return readCount();
}

describe.each(STEPS)('%s', (_, step) => {
  it.each(FILLINGS)('looks a few times at each octet of a packet of %s', (_name, one) => {
    for (const length of [512, 1024, 2048, 4096]) {
      const bytes = filledWith(one, length);
      const work = workOf(bytes, step);
      expect(work).toBeGreaterThan(0);
      expect(work).toBeLessThanOrEqual(WORK_PER_OCTET_MAX * bytes.length);
    }
  });
});

it('counts work that grows with the square as far too much', () => {
  const bytes = filledWith(attribute([33, EMPTY]), 1024);
  const work = workOf(bytes, (packet, counted) => {
    const watched = { ...packet, bytes: counted };
    walkAttributes(watched, () => findAttribute(watched, 255));
  });
  expect(work).toBeGreaterThan(20 * WORK_PER_OCTET_MAX * bytes.length);
});

describe('what is made of a packet', () => {
  it.each(FILLINGS)('of %s stays within its octets', (_name, one) => {
    const packet = packetOf(filledWith(one, 4096));
    const { attributes } = describePacket(packet, dictionary);
    expect(attributes.length).toBeLessThanOrEqual(packet.length / 2);
    const shown = attributes.reduce((sum, { value }) => sum + value.length, 0);
    expect(shown).toBeLessThanOrEqual(4 * packet.length);
    const { anomalies } = decodeAccountingRequest(packet, decodeContext());
    expect(anomalies.length).toBeLessThanOrEqual(packet.length / 2);
  });
});
