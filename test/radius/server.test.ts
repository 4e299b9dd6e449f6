import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkMessageAuthenticator } from '../../src/radius/authenticator.ts';
import { attributesOf } from '../../src/radius/packet.ts';
import { failOnLeaks } from '../support/leaks.ts';
import { answers, packetOf, signedRequest, TEST_SECRET } from '../support/packet-builder.ts';
import { type ServerHarness, startServer } from '../support/radius-server.ts';
import { openPeer } from '../support/udp-peer.ts';

let harness: ServerHarness;

const start = signedRequest({
  identifier: 17,
  attributes: [
    [1, 'john'],
    [40, 1],
    [44, 'abc'],
  ],
});
const statusServer = (options = {}) =>
  signedRequest({ code: 12, hasRandomAuthenticator: true, messageAuthenticator: 'valid', ...options });

describe('RadiusServer', () => {
  failOnLeaks();

  beforeEach(async () => {
    harness = await startServer();
  });

  afterEach(() => harness.close());

  it('offers an authentic request and sends its signed answer', async () => {
    const { bytes } = await harness.ask(start);
    expect(answers(bytes, start)).toBe(true);
    expect(packetOf(bytes)).toMatchObject({ code: 5, identifier: 17, length: 20 });
    expect(harness.requests).toHaveLength(1);
    expect(harness.requests[0]).toMatchObject({
      nas: { name: 'loopback' },
      source: { address: '127.0.0.1', port: harness.nas.port },
      arrivedAt: 1_000_000,
    });
    expect(harness.requests[0]?.packet.bytes.equals(start)).toBe(true);
    expect(harness.discards).toEqual([]);
  });

  it('carries Proxy-State back in order', async () => {
    const request = signedRequest({
      attributes: [
        [33, 'outer'],
        [44, 'abc'],
        [33, 'inner'],
        [33, 'outer'],
      ],
    });
    const { bytes } = await harness.ask(request);
    expect(attributesOf(packetOf(bytes)).map(({ type, value }) => `${type} ${value}`)).toEqual([
      '33 outer',
      '33 inner',
      '33 outer',
    ]);
  });

  it('answers only once acknowledged, and once only', async () => {
    harness.state.onRequest = () => {};
    await harness.sendAndSettle(start);
    expect(harness.nas.pending()).toBe(0);
    const [request] = harness.requests;
    request?.acknowledge();
    request?.acknowledge();
    request?.abandon();
    const { bytes } = await harness.nas.next();
    expect(answers(bytes, start)).toBe(true);
    await harness.sendAndSettle(start);
    expect((await harness.nas.next()).bytes.equals(bytes)).toBe(true);
    expect(harness.nas.pending()).toBe(0);
  });

  describe('with a retransmission', () => {
    it('sends the same bytes again and offers the request once', async () => {
      const { bytes } = await harness.ask(start);
      harness.state.now += 29_999;
      expect((await harness.ask(start)).bytes.equals(bytes)).toBe(true);
      expect(harness.requests).toHaveLength(1);
      expect(harness.server.duplicatesAnswered).toBe(1);
    });

    it('stays silent while the request is in progress', async () => {
      harness.state.onRequest = () => {};
      await harness.sendAndSettle(start);
      await harness.sendAndSettle(start);
      expect(harness.requests).toHaveLength(1);
      expect(harness.nas.pending()).toBe(0);
      expect(harness.discards.map(({ reason }) => reason)).toEqual(['duplicate-in-progress']);
    });

    it('takes it as new after the request was abandoned', async () => {
      harness.state.onRequest = (request) => request.abandon();
      await harness.sendAndSettle(start);
      harness.state.onRequest = (request) => request.acknowledge();
      const { bytes } = await harness.ask(start);
      expect(answers(bytes, start)).toBe(true);
      expect(harness.requests).toHaveLength(2);
    });

    it('takes it as new after 30 s', async () => {
      await harness.ask(start);
      harness.state.now += 30_000;
      await harness.ask(start);
      expect(harness.requests).toHaveLength(2);
    });

    it.each([
      [
        'another Identifier',
        signedRequest({
          identifier: 18,
          attributes: [
            [1, 'john'],
            [40, 1],
            [44, 'abc'],
          ],
        }),
      ],
      [
        'another Request Authenticator',
        signedRequest({
          identifier: 17,
          attributes: [
            [1, 'jane'],
            [40, 1],
            [44, 'abc'],
          ],
        }),
      ],
    ])('takes %s as another request', async (_name, other) => {
      await harness.ask(start);
      const { bytes } = await harness.ask(other);
      expect(answers(bytes, other)).toBe(true);
      expect(harness.requests).toHaveLength(2);
    });

    it('takes another source port as another request', async () => {
      await harness.ask(start);
      const other = await openPeer('127.0.0.1');
      await other.send(start, harness.port);
      const { bytes } = await other.next();
      await other.close();
      expect(answers(bytes, start)).toBe(true);
      expect(harness.requests).toHaveLength(2);
    });
  });

  describe('asked with Status-Server', () => {
    it('answers with an Accounting-Response that a Message-Authenticator proves', async () => {
      const request = statusServer({ identifier: 9 });
      const { bytes } = await harness.ask(request);
      const secret = Buffer.from(TEST_SECRET);
      expect(answers(bytes, request)).toBe(true);
      expect(packetOf(bytes)).toMatchObject({ code: 5, identifier: 9, length: 38 });
      const requestAuthenticator = request.subarray(4, 20);
      expect(checkMessageAuthenticator(packetOf(bytes), secret, { requestAuthenticator })).toBe('valid');
      expect(harness.requests).toEqual([]);
    });

    it('is silent while nothing could be made durable, and never answers from memory', async () => {
      const request = statusServer();
      await harness.ask(request);
      harness.state.isReady = false;
      await harness.sendAndSettle(request);
      expect(harness.nas.pending()).toBe(0);
      expect(harness.discards.map(({ reason }) => reason)).toEqual(['not-ready']);
      harness.state.isReady = true;
      expect(answers((await harness.ask(request)).bytes, request)).toBe(true);
    });

    it.each([
      [{ messageAuthenticator: undefined }, 'missing-message-authenticator'],
      [{ messageAuthenticator: 'spoilt' }, 'bad-message-authenticator'],
      [{ secret: 'wrong' }, 'bad-message-authenticator'],
    ])('is silent when it comes with %o', async (options, reason) => {
      await harness.sendAndSettle(statusServer(options));
      expect(harness.nas.pending()).toBe(0);
      expect(harness.discards.map((discard) => discard.reason)).toEqual([reason]);
    });
  });

  it('discards what comes while it stops, and still answers what it took before', async () => {
    harness.state.onRequest = () => {};
    await harness.sendAndSettle(start);
    harness.server.stopReceiving();
    await harness.nas.send(signedRequest({ identifier: 1 }), harness.port);
    harness.requests[0]?.acknowledge();
    expect(answers((await harness.nas.next()).bytes, start)).toBe(true);
    await expect.poll(() => harness.discards.map(({ reason }) => reason)).toEqual(['stopping']);
    await harness.server.close();
    expect(() => harness.requests[0]?.acknowledge()).not.toThrow();
  });

  it('survives a fault of ours, logs it at a bounded rate, and takes the retransmission as new', async () => {
    harness.state.onRequest = () => {
      throw new Error('out of order');
    };
    await harness.sendAndSettle(start);
    await harness.sendAndSettle(start);
    expect(harness.requests).toHaveLength(2);
    expect(harness.discards.map(({ reason }) => reason)).toEqual(['internal-error', 'internal-error']);
    expect(harness.errors).toHaveLength(1);
    harness.state.onRequest = (request) => request.acknowledge();
    expect(answers((await harness.ask(start)).bytes, start)).toBe(true);
  });
});

describe('RadiusServer with other settings', () => {
  failOnLeaks();

  afterEach(() => harness.close());

  it('answers under the secret that verified while one is rotated', async () => {
    harness = await startServer({ secrets: ['new', 'old'] });
    for (const [identifier, secret] of ['old', 'new'].entries()) {
      for (const messageAuthenticator of [undefined, 'valid'] as const) {
        const request = signedRequest({
          identifier,
          secret,
          attributes: [[44, `${messageAuthenticator}`]],
          ...(messageAuthenticator === undefined ? {} : { messageAuthenticator }),
        });
        expect(answers((await harness.ask(request)).bytes, request, secret)).toBe(true);
      }
    }
    await harness.sendAndSettle(signedRequest({ secret: 'older' }));
    expect(harness.discards.map(({ reason }) => reason)).toEqual(['bad-authenticator']);
  });

  it('answers from the address that was asked on a wildcard', async () => {
    harness = await startServer({
      listen: [{ host: '0.0.0.0', port: 0 }],
      localAddresses: () => ['127.0.0.1', '127.0.0.2'],
    });
    for (const host of ['127.0.0.2', '127.0.0.1']) {
      const request = signedRequest({ attributes: [[44, host]] });
      const { bytes, from } = await harness.ask(request, host);
      expect(from).toBe(host);
      expect(answers(bytes, request)).toBe(true);
    }
  });

  it('takes an Accounting-Request with a right Message-Authenticator as well as one without', async () => {
    harness = await startServer();
    const request = signedRequest({ messageAuthenticator: 'valid' });
    for (const bytes of [start, request]) expect(answers((await harness.ask(bytes)).bytes, bytes)).toBe(true);
    expect(harness.discards).toEqual([]);
  });
});
