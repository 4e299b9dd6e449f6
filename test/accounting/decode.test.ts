import { describe, expect, it } from 'vitest';
import { ClockOffsets } from '../../src/accounting/clock-offset.ts';
import { isSessionRecord, type SessionRecord } from '../../src/accounting/record.ts';
import { AttributeType as T } from '../../src/radius/attribute-type.ts';
import { decode } from '../support/decoding.ts';
import type { TestAttribute } from '../support/packet-builder.ts';
import { EPOCH, testNas } from '../support/records.ts';

const START: readonly TestAttribute[] = [
  [T.AcctStatusType, 1],
  [T.AcctSessionId, 'a1'],
];

/** The record of a session in a packet with a Start's attributes and those given. */
function decodeSession(attributes: readonly TestAttribute[], options?: Parameters<typeof decode>[1]) {
  const result = decode([...START, ...attributes], options);
  if (!result.ok || !isSessionRecord(result.record)) throw new Error('no session record');
  return { record: result.record, anomalies: result.anomalies };
}

describe('Acct-Status-Type', () => {
  it.each([
    [1, 'Start'],
    [2, 'Stop'],
    [3, 'Interim-Update'],
    [7, 'Accounting-On'],
    [8, 'Accounting-Off'],
  ])('%d is %s', (value, statusType) => {
    const result = decode([
      [T.AcctStatusType, value],
      [T.AcctSessionId, 'a1'],
    ]);
    expect(result).toMatchObject({ ok: true, record: { statusType } });
  });

  it.each([
    [0, 'Acct-Status-Type is 0'],
    [4, 'Acct-Status-Type is 4'],
    [9, 'Acct-Status-Type is 9 (Tunnel-Start)'],
    [15, 'Acct-Status-Type is 15 (Failed)'],
    [0xffffffff, 'Acct-Status-Type is 4294967295'],
  ])('%d cannot be metered: %s', (value, detail) => {
    expect(decode([[T.AcctStatusType, value]])).toMatchObject({
      ok: false,
      reason: 'unknown-status-type',
      detail,
    });
  });

  it('that is missing, or not four octets, cannot be metered', () => {
    expect(decode([[T.AcctSessionId, 'a1']])).toMatchObject({ ok: false, reason: 'no-status-type' });
    const bent = decode([
      [T.AcctStatusType, Buffer.of(0, 1)],
      [T.AcctSessionId, 'a1'],
    ]);
    expect(bent).toMatchObject({ ok: false, reason: 'no-status-type', anomalies: ['malformed-value'] });
  });
});

describe('Acct-Session-Id', () => {
  it.each([1, 2, 3])('is needed by Acct-Status-Type %d', (status) => {
    expect(decode([[T.AcctStatusType, status]])).toMatchObject({ ok: false, reason: 'no-session-id' });
  });

  it.each([7, 8])('is not needed by Acct-Status-Type %d: it is about the NAS', (status) => {
    expect(decode([[T.AcctStatusType, status]])).toMatchObject({ ok: true });
  });

  it('is raw octets: NUL, %, invalid UTF-8 and 253 of them stay as they are', () => {
    const raw = Buffer.concat([Buffer.from([0, 0x25, 0xff, 0xc3]), Buffer.alloc(249, 'x')]);
    const { record } = decodeSession([]);
    const result = decode([
      [T.AcctStatusType, 1],
      [T.AcctSessionId, raw],
    ]);
    if (!result.ok || !isSessionRecord(result.record)) throw new Error('no session record');
    expect(Buffer.from(result.record.acctSessionId, 'latin1')).toEqual(raw);
    expect(result.record.runKey).not.toBe(record.runKey);
  });
});

describe('octet counters', () => {
  it.each<[string, TestAttribute[], SessionRecord['input']]>([
    ['are absent when not sent: missing is not zero', [], undefined],
    ['keep zero as zero', [[42, 0]], { low: 0, gigawords: undefined }],
    ['are unsigned', [[42, 0xffffffff]], { low: 0xffffffff, gigawords: undefined }],
    [
      'come with their Gigawords, also of zero',
      [
        [42, 7],
        [52, 0],
      ],
      { low: 7, gigawords: 0 },
    ],
    [
      'take Gigawords that precede them',
      [
        [52, 2],
        [42, 7],
      ],
      { low: 7, gigawords: 2 },
    ],
    ['say nothing by Gigawords alone', [[52, 2]], undefined],
    [
      'are exact up to 2^53 - 1',
      [
        [42, 0xffffffff],
        [52, 2 ** 21 - 1],
      ],
      { low: 0xffffffff, gigawords: 2 ** 21 - 1 },
    ],
    [
      'are none at all with Gigawords that would make them inexact',
      [
        [42, 7],
        [52, 2 ** 21],
      ],
      undefined,
    ],
    ['that are not four octets are absent', [[42, Buffer.alloc(8, 1)]], undefined],
  ])('%s', (_, attributes, input) => {
    expect(decodeSession(attributes).record.input).toEqual(input);
  });

  it('of the two directions are told apart', () => {
    const { record } = decodeSession([
      [T.AcctInputOctets, 1],
      [T.AcctOutputOctets, 2],
      [T.AcctOutputGigawords, 3],
    ]);
    expect(record).toMatchObject({
      input: { low: 1, gigawords: undefined },
      output: { low: 2, gigawords: 3 },
    });
  });

  it('above 2^53 - 1 are counted as an anomaly and do not cost the packet', () => {
    const { anomalies } = decodeSession([
      [T.AcctInputOctets, 7],
      [T.AcctInputGigawords, 0xffffffff],
    ]);
    expect(anomalies).toEqual(['malformed-value']);
  });
});

describe('oddities', () => {
  it('of an attribute allowed once the first counts', () => {
    const { record, anomalies } = decodeSession([
      [T.UserName, 'john'],
      [T.UserName, 'mallory'],
      [T.AcctInputOctets, 1],
      [T.AcctInputOctets, 2],
    ]);
    expect(record).toMatchObject({ userName: 'john', input: { low: 1 } });
    expect(anomalies).toEqual(['repeated-attribute', 'repeated-attribute']);
  });

  it('every Class is kept, in order', () => {
    const { record, anomalies } = decodeSession([
      [T.Class, Buffer.from([0, 0xff])],
      [T.Class, 'second'],
    ]);
    expect(record.classes).toEqual(['\0\xff', 'second']);
    expect(anomalies).toEqual([]);
  });

  it.each([
    ['shorter than a vendor id', Buffer.of(0, 0)],
    ['whose inner length overruns', Buffer.of(0, 0, 0x38, 0xdf, 10, 20, 0)],
  ])('a Vendor-Specific %s is counted and does not cost the packet', (_, value) => {
    const { record, anomalies } = decodeSession([
      [T.VendorSpecific, value],
      [T.AcctInputOctets, 5],
    ]);
    expect(anomalies).toEqual(['malformed-vendor-attribute']);
    expect(record.input).toEqual({ low: 5, gigawords: undefined });
  });
});

describe('counting direction', () => {
  const viewPoint = (value: number): TestAttribute => [
    T.VendorSpecific,
    Buffer.of(0, 0, 0x38, 0xdf, 10, 6, 0, 0, 0, value),
  ];

  it.each([
    ['auto', [], false],
    ['auto', [viewPoint(1)], false],
    ['auto', [viewPoint(2)], true],
    ['rfc', [viewPoint(2)], false],
    ['reversed', [viewPoint(1)], true],
    ['reversed', [], true],
  ] as const)('of a NAS set to %s that says %j is reversed: %s', (direction, attributes, isReversed) => {
    const { record } = decodeSession(attributes, { nas: testNas({ direction }) });
    expect(record.isReversed).toBe(isReversed);
  });

  it('is not read from another vendor of the same type', () => {
    const { record } = decodeSession([[T.VendorSpecific, Buffer.of(0, 0, 0, 9, 10, 6, 0, 0, 0, 2)]]);
    expect(record.isReversed).toBe(false);
  });
});

describe('when it happened', () => {
  const HOUR_MS = 3_600_000;
  const stamp = (epochMs: number): TestAttribute => [T.EventTimestamp, epochMs / 1000];
  const eventAt = (attributes: readonly TestAttribute[], offsets = new ClockOffsets()) =>
    decodeSession(attributes, { clockOffsetMs: (_, reading) => offsets.observe('ap', reading) }).record
      .eventAt;
  /** What a NAS whose clock was right has taught. */
  const rightClock = () => {
    const offsets = new ClockOffsets();
    offsets.observe('ap', { nasEventAt: EPOCH - 60_000, arrivedAt: EPOCH - 60_000, delaySeconds: 0 });
    return offsets;
  };

  it.each<[string, TestAttribute[], number]>([
    ['at its Event-Timestamp, 47 h before arrival', [stamp(EPOCH - 47 * HOUR_MS)], EPOCH - 47 * HOUR_MS],
    ['at its Event-Timestamp, 48 h before arrival', [stamp(EPOCH - 48 * HOUR_MS)], EPOCH - 48 * HOUR_MS],
    ['at arrival, stamped 49 h before', [stamp(EPOCH - 49 * HOUR_MS)], EPOCH],
    ['at arrival, stamped in 1970', [stamp(60_000)], EPOCH],
    [
      'at arrival less Acct-Delay-Time, stamped in 1970',
      [stamp(60_000), [T.AcctDelayTime, 30]],
      EPOCH - 30_000,
    ],
    ['at arrival, stamped later', [stamp(EPOCH + 5_000)], EPOCH],
    ['at arrival less Acct-Delay-Time, without a stamp', [[T.AcctDelayTime, 30]], EPOCH - 30_000],
    ['30 days before arrival, being that late', [[T.AcctDelayTime, 2_592_000]], EPOCH - 720 * HOUR_MS],
    ['at arrival, with an Acct-Delay-Time above 30 days', [[T.AcctDelayTime, 2_592_001]], EPOCH],
    ['at arrival, with an Acct-Delay-Time of -1', [[T.AcctDelayTime, 0xffffffff]], EPOCH],
    [
      'at arrival, stamped in 1970, with an Acct-Delay-Time of 5 in the wrong order of octets',
      [stamp(60_000), [T.AcctDelayTime, 0x05000000]],
      EPOCH,
    ],
  ])('is %s, on a clock that was right so far', (_, attributes, expected) => {
    expect(eventAt(attributes, rightClock())).toBe(expected);
  });

  it('is by the stamp of a clock that never left 1970: its offset is known', () => {
    const offsets = new ClockOffsets();
    offsets.observe('ap', { nasEventAt: 10_000, arrivedAt: EPOCH - 60_000, delaySeconds: 0 });
    expect(eventAt([stamp(40_000)], offsets)).toBe(EPOCH - 30_000);
  });
});

describe('what is kept for people', () => {
  it('is named by the dictionary, and by its number where it has no name', () => {
    const { record } = decodeSession([
      [T.AcctTerminateCause, 1],
      [T.NasPortType, 19],
      [T.ServiceType, 4242],
    ]);
    expect(record.acctTerminateCause).toBe('User-Request');
    expect(record.details).toMatchObject({ nasPortType: 'Wireless-802.11', serviceType: '4242' });
  });

  it('takes NAS-Port-Id before NAS-Port', () => {
    const port: TestAttribute = [T.NasPort, 17];
    expect(decodeSession([port]).record.details.nasPortId).toBe('17');
    expect(decodeSession([port, [T.NasPortId, 'wlan0']]).record.details.nasPortId).toBe('wlan0');
  });

  it('shows addresses as text', () => {
    const { record } = decodeSession([
      [T.FramedIpAddress, Buffer.of(10, 0, 0, 7)],
      [T.FramedIpv6Prefix, Buffer.of(0, 32, 0x20, 1, 0xd, 0xb8)],
    ]);
    expect(record.details.address).toMatchObject({
      framedIpAddress: '10.0.0.7',
      framedIpv6Prefix: '2001:db8::/32',
    });
  });

  it('makes the station canonical', () => {
    const { record } = decodeSession([[T.CallingStationId, '02:ab:cd:ef:00:01']]);
    expect(record.station).toBe('02-AB-CD-EF-00-01');
  });
});
