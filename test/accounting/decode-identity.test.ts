import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAccountingRequest } from '../../src/accounting/decode.ts';
import { isSessionRecord } from '../../src/accounting/record.ts';
import { AttributeType as T } from '../../src/radius/attribute-type.ts';
import { type DecodeOptions, decode, decodeContext } from '../support/decoding.ts';
import { attribute, packetOf, type TestAttribute, unsignedPacket } from '../support/packet-builder.ts';
import { EPOCH } from '../support/records.ts';

function keyOf(attributes: readonly TestAttribute[], options: DecodeOptions = {}): string {
  const result = decode([[T.AcctStatusType, 3], [T.AcctSessionId, 'a1'], ...attributes], options);
  if (!result.ok || !isSessionRecord(result.record)) throw new Error('no session record');
  return result.record.runKey;
}

function timesOf(attributes: readonly TestAttribute[], options: DecodeOptions = {}) {
  const result = decode([[T.AcctStatusType, 7], ...attributes], options);
  if (!result.ok) throw new Error(result.detail);
  const { eventAt, nasEventAt, delaySeconds } = result.record;
  return { eventAt, nasEventAt, delaySeconds };
}

const ipv4 = (...octets: number[]): TestAttribute => [T.NasIpAddress, Buffer.from(octets)];
const ipv6 = (hex: string): TestAttribute => [T.NasIpv6Address, Buffer.from(hex, 'hex')];

describe('the key of a session', () => {
  it('is sixteen octets', () => {
    expect(keyOf([])).toHaveLength(16);
  });

  it.each<[string, TestAttribute[], TestAttribute[]]>([
    ['NAS-Identifier', [[T.NasIdentifier, 'ap1']], [[T.NasIdentifier, 'ap2']]],
    ['NAS-IP-Address', [ipv4(192, 0, 2, 7)], [ipv4(192, 0, 2, 8)]],
    [
      'NAS-IPv6-Address',
      [ipv6('20010db8000000000000000000000001')],
      [ipv6('20010db8000000000000000000000002')],
    ],
    ['NAS-Identifier that is there', [[T.NasIdentifier, '']], []],
    [
      'where NAS-Identifier ends and NAS-IP-Address begins',
      [[T.NasIdentifier, 'ap 192.0.2.7']],
      [[T.NasIdentifier, 'ap'], ipv4(192, 0, 2, 7)],
    ],
  ])('tells NASes apart by %s', (_, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  it('tells Acct-Session-Ids apart octet for octet', () => {
    const keys = ['a1', 'A1', 'a1\0', 'a'].map((id) => {
      const result = decode([
        [T.AcctStatusType, 3],
        [T.AcctSessionId, id],
      ]);
      return result.ok && isSessionRecord(result.record) ? result.record.runKey : undefined;
    });
    expect(new Set(keys)).toHaveLength(4);
  });

  it.each<[string, TestAttribute[]]>([
    ['NAS-Port', [[T.NasPort, 7]]],
    ['User-Name', [[T.UserName, 'john']]],
    ['Calling-Station-Id', [[T.CallingStationId, 'x']]],
    ['0.0.0.0', [ipv4(0, 0, 0, 0)]],
    ['127.0.0.1', [ipv4(127, 0, 0, 1)]],
    ['127.9.9.9', [ipv4(127, 9, 9, 9)]],
    ['a link-local IPv4 address', [ipv4(169, 254, 3, 4)]],
    ['::', [ipv6('00'.repeat(16))]],
    ['::1', [ipv6(`${'00'.repeat(15)}01`)]],
    ['a link-local IPv6 address', [ipv6(`fe80${'00'.repeat(13)}01`)]],
    ['the end of fe80::/10', [ipv6(`febf${'00'.repeat(13)}01`)]],
    ['an address of the wrong length', [ipv4(192, 0, 2)]],
  ])('is the same with and without %s', (_, attributes) => {
    expect(keyOf(attributes)).toBe(keyOf([]));
  });

  it('holds the source address where the NAS does not name itself, and only there', () => {
    const elsewhere = { sourceAddress: '198.51.100.9' };
    expect(keyOf([], elsewhere)).not.toBe(keyOf([]));
    expect(keyOf([ipv4(0, 0, 0, 0)], elsewhere)).not.toBe(keyOf([ipv4(0, 0, 0, 0)]));
    expect(keyOf([[T.NasIdentifier, 'ap1']], elsewhere)).toBe(keyOf([[T.NasIdentifier, 'ap1']]));
    expect(keyOf([ipv4(192, 0, 2, 7)], elsewhere)).toBe(keyOf([ipv4(192, 0, 2, 7)]));
  });
});

describe('event time', () => {
  const stamp = (epochMs: number): TestAttribute => [T.EventTimestamp, epochMs / 1000];
  const late: TestAttribute = [T.AcctDelayTime, 30];

  it('is arrival less Acct-Delay-Time without Event-Timestamp', () => {
    expect(timesOf([late])).toEqual({ eventAt: EPOCH - 30_000, nasEventAt: undefined, delaySeconds: 30 });
  });

  it('is Event-Timestamp, from which Acct-Delay-Time is not taken', () => {
    expect(timesOf([stamp(EPOCH - 35_000), late])).toEqual({
      eventAt: EPOCH - 35_000,
      nasEventAt: EPOCH - 35_000,
      delaySeconds: 30,
    });
  });

  it('is on our clock: a NAS that lives in 1970 gets its offset added', () => {
    const times = timesOf([stamp(120_000), late], {
      clockOffsetMs: (_nas, { nasEventAt, arrivedAt, delaySeconds }) =>
        arrivedAt - delaySeconds * 1000 - nasEventAt,
    });
    expect(times).toEqual({ eventAt: EPOCH - 30_000, nasEventAt: 120_000, delaySeconds: 30 });
  });

  it('is never after arrival', () => {
    expect(timesOf([stamp(EPOCH + 5000)]).eventAt).toBe(EPOCH);
  });

  it('takes the offset of the NAS-Identifier the packet names', () => {
    const asked: unknown[] = [];
    timesOf([stamp(EPOCH), [T.NasIdentifier, 'ap7']], {
      clockOffsetMs: (nasIdentifier) => asked.push(nasIdentifier),
    });
    expect(asked).toEqual(['ap7']);
  });
});

describe('any attributes whatever', () => {
  const type = fc.oneof(fc.constantFrom(...Object.values(T)), fc.integer({ min: 0, max: 255 }));
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(0, 1, 3, 7, 2 ** 31, 2 ** 32 - 1).map((number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(number);
      return bytes;
    }),
  );
  const attributes = fc.array(
    fc.tuple(type, value).map(([number, bytes]) => attribute([number, Buffer.from(bytes)])),
    { maxLength: 25 },
  );

  it('give a record whose numbers are whole and whose event is not after arrival, or a reason', () => {
    const context = decodeContext();
    const property = fc.property(attributes, (list) => {
      const status = attribute([T.AcctStatusType, 3]);
      const bytes = unsignedPacket(4, 1, Buffer.concat([...list, status]), randomBytes(16));
      const result = decodeAccountingRequest(packetOf(bytes), context);
      if (!result.ok) return result.detail.length > 0;
      return result.record.eventAt <= EPOCH && Number.isSafeInteger(result.record.eventAt);
    });
    fc.assert(property, { numRuns: 5000 });
  });
});
