/** A daemon among bad packets: each is discarded without an answer and counted by its reason, and the good ones between them are recorded. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Random, seededRandom, wholeBetween } from '../../src/simulate/random.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { attribute, signedRequest, unsignedPacket, vendorSpecific } from '../support/packet-builder.ts';
import { reportAttributes, reportRequest } from '../support/session-packets.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';
import { openPeer } from '../support/udp-peer.ts';

const RANDOM_DATAGRAMS = 10_000;
/** Few enough that no receive buffer overflows before the next good packet is answered. */
const DATAGRAMS_BETWEEN = 100;
const OCTETS_PER_REPORT = 1_000;

describeEachDatabase('a daemon among bad packets', (getDatabase) => {
  let radmeter: TestDaemon;
  let reports = 0;
  beforeEach(async () => {
    reports = 0;
    radmeter = await startTestDaemon(getDatabase().url, { 'unknown-user': 'create' });
  });
  afterEach(() => radmeter.close());

  /** Sends the next report of a session; its answer shows that everything sent before has been read. */
  const reportMore = () => {
    reports++;
    const octets = { inputOctets: reports * OCTETS_PER_REPORT, outputOctets: 0 };
    const report = { status: 'interim', user: 'john', sessionId: 'A1', seconds: 600, ...octets } as const;
    return radmeter.ask(reportRequest(report, reports % 256));
  };
  const usedOctets = async () => {
    const [row] = await getDatabase().db.knex('user_profile_usage').select('used_total');
    return row?.used_total;
  };

  describe('discards', () => {
    it.each(discardedPackets())('$reason: $what', async ({ bytes, reason }) => {
      await reportMore();
      await radmeter.nas.send(bytes, radmeter.port());
      await reportMore();
      expect(await radmeter.counted('packetsDiscarded')).toEqual({ [reason]: 1 });
      expect(radmeter.nas.pending()).toBe(0);
      expect(await usedOctets()).toBe(2 * OCTETS_PER_REPORT);
    });

    it('unknown-nas: a packet from an address that no NAS has', async () => {
      const stranger = await openPeer('127.0.0.66');
      try {
        await stranger.send(
          reportRequest({ status: 'start', user: 'eve', sessionId: 'E1' }),
          radmeter.port(),
          '127.0.0.1',
        );
        await reportMore();
        expect(await radmeter.counted('packetsDiscarded')).toEqual({ 'unknown-nas': 1 });
        expect(stranger.pending()).toBe(0);
      } finally {
        await stranger.close();
      }
    });

    it(`${RANDOM_DATAGRAMS} random datagrams, and records the good packets between them`, {
      timeout: 60_000,
    }, async () => {
      const random = seededRandom(2865);
      for (let sent = 0; sent < RANDOM_DATAGRAMS; sent++) {
        await radmeter.nas.send(randomDatagram(random), radmeter.port());
        if (sent % DATAGRAMS_BETWEEN === DATAGRAMS_BETWEEN - 1) await reportMore();
      }
      const discarded = await radmeter.counted('packetsDiscarded');
      expect(sumOf(discarded)).toBe(RANDOM_DATAGRAMS);
      expect(Object.keys(discarded).sort()).toEqual([
        'attribute-length',
        'bad-authenticator',
        'bad-message-authenticator',
        'length-out-of-range',
        'missing-message-authenticator',
        'shorter-than-header',
        'shorter-than-length',
        'unknown-code',
      ]);
      expect(radmeter.nas.pending()).toBe(0);
      expect(radmeter.warnings.filter((line) => line.includes('failed'))).toEqual([]);
      expect(await usedOctets()).toBe((RANDOM_DATAGRAMS / DATAGRAMS_BETWEEN) * OCTETS_PER_REPORT);
    });
  });

  describe('records in spite of', () => {
    const report = {
      status: 'interim',
      user: 'john',
      sessionId: 'A1',
      seconds: 60,
      inputOctets: 500,
    } as const;
    const attributes = reportAttributes(report);

    it.each([
      {
        kind: 'padding',
        what: 'octets after Length',
        bytes: Buffer.concat([reportRequest(report), Buffer.from('padding')]),
      },
      {
        kind: 'malformed-vendor-attribute',
        what: 'a vendor attribute that overruns',
        bytes: signedRequest({ attributes: [...attributes, [26, Buffer.from('000038df0aff01', 'hex')]] }),
      },
      {
        kind: 'malformed-vendor-attribute',
        what: 'a vendor attribute too short for a vendor',
        bytes: signedRequest({ attributes: [...attributes, [26, Buffer.of(0, 0)]] }),
      },
      {
        kind: 'repeated-attribute',
        what: 'octets told twice, of which the first count',
        bytes: signedRequest({ attributes: [...attributes, [42, 999_999]] }),
      },
      {
        kind: 'malformed-value',
        what: 'an integer of three octets',
        bytes: signedRequest({ attributes: [...attributes, [5, Buffer.of(1, 2, 3)]] }),
      },
    ])('$kind: $what', async ({ bytes, kind }) => {
      await radmeter.nas.send(bytes, radmeter.port());
      await radmeter.nas.next();
      expect(await radmeter.counted('packetAnomalies')).toEqual({ [kind]: 1 });
      expect(await usedOctets()).toBe(500);
    });
  });

  it.each([
    { reason: 'no-session-id', leftOut: 44 },
    { reason: 'no-status-type', leftOut: 40 },
  ])('sets aside, acknowledges and counts an authentic request: $reason', async ({ reason, leftOut }) => {
    const report = { status: 'interim', user: 'john', sessionId: 'A1', inputOctets: 5 } as const;
    const request = signedRequest({
      attributes: reportAttributes(report).filter(([type]) => type !== leftOut),
    });
    await radmeter.ask(request);
    expect(await radmeter.counted('recordsSetAside')).toEqual({ [reason]: 1 });
    const [kept] = await getDatabase().db.knex('set_aside').select('*');
    expect(kept).toMatchObject({ reason, source_address: '127.0.0.1', packet: request });
    expect(await usedOctets()).toBeUndefined();
  });
});

/** Packets that fail in exactly one way. */
function discardedPackets(): { reason: string; what: string; bytes: Buffer }[] {
  const good = reportRequest({ status: 'start', user: 'eve', sessionId: 'E1' });
  return [
    {
      reason: 'bad-authenticator',
      what: 'a packet under another secret',
      bytes: signedRequest({ secret: 'guessed', attributes: [[40, 1], [44, 'E1']] }), // biome-ignore format: one packet
    },
    {
      reason: 'bad-message-authenticator',
      what: 'a spoilt Message-Authenticator',
      bytes: signedRequest({ messageAuthenticator: 'spoilt', attributes: [[40, 1], [44, 'E1']] }), // biome-ignore format: one packet
    },
    { reason: 'shorter-than-header', what: 'an empty datagram', bytes: Buffer.alloc(0) },
    { reason: 'shorter-than-header', what: '19 octets', bytes: good.subarray(0, 19) },
    { reason: 'shorter-than-length', what: 'a packet cut off', bytes: good.subarray(0, good.length - 1) },
    { reason: 'length-out-of-range', what: 'Length 19', bytes: withLength(good, 19) },
    { reason: 'length-out-of-range', what: 'Length 4097', bytes: withLength(Buffer.alloc(4097, 4), 4097) },
    {
      reason: 'attribute-length',
      what: 'an attribute of length 1',
      bytes: unsignedPacket(4, 1, Buffer.of(44, 1)),
    },
    {
      reason: 'attribute-length',
      what: 'an attribute that overruns',
      bytes: unsignedPacket(4, 1, Buffer.of(44, 9, 65)),
    },
    { reason: 'attribute-length', what: 'half an attribute', bytes: unsignedPacket(4, 1, Buffer.of(44)) },
    { reason: 'unknown-code', what: 'an Access-Request', bytes: signedRequest({ code: 1 }) },
    { reason: 'unknown-code', what: 'an Accounting-Response', bytes: signedRequest({ code: 5 }) },
    { reason: 'unknown-code', what: 'code 255', bytes: signedRequest({ code: 255 }) },
  ];
}

/** Noise, noise with a fitting Length, well-formed packets nobody signed, and good packets with one bit turned. */
function randomDatagram(random: Random): Buffer {
  const kind = wholeBetween(random, 0, 4);
  if (kind === 0) return randomBytes(random, wholeBetween(random, 0, 100));
  if (kind === 1)
    return withLength(randomBytes(random, wholeBetween(random, 20, 600)), wholeBetween(random, 0, 700));
  if (kind === 2) {
    const attributes = Array.from({ length: wholeBetween(random, 0, 20) }, () =>
      attribute([wholeBetween(random, 0, 256), randomBytes(random, wholeBetween(random, 0, 60))]),
    );
    attributes.push(vendorSpecific(14_559, randomBytes(random, 9)));
    return unsignedPacket(
      4,
      wholeBetween(random, 0, 256),
      Buffer.concat(attributes),
      randomBytes(random, 16),
    );
  }
  const spoilt = reportRequest({ status: 'start', user: 'eve', sessionId: 'E1' });
  const at = wholeBetween(random, 0, spoilt.length);
  spoilt[at] = (spoilt[at] ?? 0) ^ (1 << wholeBetween(random, 0, 8));
  return spoilt;
}

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => wholeBetween(random, 0, 256)));
}

function withLength(bytes: Buffer, length: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt16BE(length, 2);
  return changed;
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
