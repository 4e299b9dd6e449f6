import { createHash, randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failOnLeaks } from '../support/leaks.ts';
import { answers, attribute, signedRequest, TEST_SECRET, unsignedPacket } from '../support/packet-builder.ts';
import { type ServerHarness, startServer } from '../support/radius-server.ts';
import { openPeer } from '../support/udp-peer.ts';

let harness: ServerHarness;

const good = signedRequest({
  identifier: 200,
  attributes: [
    [1, 'john'],
    [40, 1],
    [44, 'abc'],
  ],
});

function withLength(bytes: Buffer, length: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt16BE(length, 2);
  return changed;
}

/** A packet whose framing is broken and whose Request Authenticator is right all the same. */
function signedBrokenly(attributes: string): Buffer {
  const bytes = unsignedPacket(4, 3, Buffer.from(attributes, 'hex'));
  createHash('md5').update(bytes).update(TEST_SECRET).digest().copy(bytes, 4);
  return bytes;
}

describe('RadiusServer discards without an answer', () => {
  failOnLeaks();

  beforeEach(async () => {
    harness = await startServer();
  });

  afterEach(() => harness.close());

  it.each<[string, Buffer, string]>([
    ['an empty datagram', Buffer.alloc(0), 'shorter-than-header'],
    ['one byte', Buffer.of(4), 'shorter-than-header'],
    ['19 bytes', good.subarray(0, 19), 'shorter-than-header'],
    ['a packet shorter than its Length', good.subarray(0, good.length - 1), 'shorter-than-length'],
    ['a Length below 20', withLength(good, 19), 'length-out-of-range'],
    ['a Length of 0', withLength(good, 0), 'length-out-of-range'],
    [
      'a Length above 4096',
      withLength(Buffer.concat([good, Buffer.alloc(5000)]), 4097),
      'length-out-of-range',
    ],
    ['an attribute of length 0', signedBrokenly('2800'), 'attribute-length'],
    ['an attribute of length 1', signedBrokenly('2801'), 'attribute-length'],
    ['an attribute that overruns', signedBrokenly('28ff00000001'), 'attribute-length'],
    ['an attribute cut in its header', signedBrokenly('28060000000101'), 'attribute-length'],
    ['an Access-Request', signedRequest({ code: 1, hasRandomAuthenticator: true }), 'unknown-code'],
    ['an Accounting-Response', signedRequest({ code: 5 }), 'unknown-code'],
    ['code 0', signedRequest({ code: 0 }), 'unknown-code'],
    ['code 255', signedRequest({ code: 255 }), 'unknown-code'],
    ['another secret', signedRequest({ secret: 'testing124' }), 'bad-authenticator'],
    ['a Request Authenticator of zeros', unsignedPacket(4, 1, attribute([1, 'a'])), 'bad-authenticator'],
    [
      'a Request Authenticator of 0xFF',
      unsignedPacket(4, 1, attribute([1, 'a']), Buffer.alloc(16, 0xff)),
      'bad-authenticator',
    ],
    [
      'a spoilt Message-Authenticator',
      signedRequest({ messageAuthenticator: 'spoilt' }),
      'bad-message-authenticator',
    ],
    [
      'two Message-Authenticators',
      signedRequest({ messageAuthenticator: 'valid', attributes: [[80, Buffer.alloc(16)]] }),
      'bad-message-authenticator',
    ],
  ])('%s', async (_name, datagram, reason) => {
    await harness.sendAndSettle(datagram);
    expect(harness.nas.pending()).toBe(0);
    expect(harness.requests).toEqual([]);
    expect(harness.discards).toEqual([
      {
        reason,
        address: '127.0.0.1',
        port: harness.nas.port,
        nas: expect.objectContaining({ name: 'loopback' }),
      },
    ]);
  });

  it('whatever comes from an unknown source, however well signed', async () => {
    const stranger = await openPeer('127.0.0.3');
    await harness.sendAndSettle(good, stranger);
    expect(stranger.pending()).toBe(0);
    await stranger.close();
    expect(harness.requests).toEqual([]);
    expect(harness.unknown).toEqual(['127.0.0.3']);
    expect(harness.discards).toEqual([{ reason: 'unknown-nas', address: '127.0.0.3', port: stranger.port }]);
  });

  it('nothing for padding after Length', async () => {
    const { bytes } = await harness.ask(Buffer.concat([good, randomBytes(100)]));
    expect(answers(bytes, good)).toBe(true);
    expect(harness.requests[0]?.packet).toMatchObject({ hasPadding: true, length: good.length });
    expect(harness.discards).toEqual([]);
  });

  it('nothing for a malformed vendor attribute', async () => {
    const request = signedRequest({
      attributes: [
        [26, Buffer.from('00003a8c0800', 'hex')],
        [26, 'x'],
      ],
    });
    expect(answers((await harness.ask(request)).bytes, request)).toBe(true);
  });

  it('10,000 random datagrams, and answers a good one after them', async () => {
    for (let n = 0; n < 10_000; n++) {
      const datagram = randomBytes(n % 300);
      // Half of them look like an Accounting-Request of the right length.
      if (n % 2 === 0 && datagram.length >= 20) {
        datagram[0] = 4;
        datagram.writeUInt16BE(datagram.length, 2);
      }
      await harness.nas.send(datagram, harness.port);
      if (n % 50 === 0) await nextTurn();
    }
    await harness.sendAndSettle(Buffer.alloc(0));
    expect(answers((await harness.ask(good)).bytes, good)).toBe(true);
    expect(harness.requests).toHaveLength(1);
    expect(harness.errors).toEqual([]);
    expect(harness.discards.length).toBeGreaterThan(9000);
    expect(new Set(harness.discards.map(({ reason }) => reason))).not.toContain('internal-error');
  });
});
