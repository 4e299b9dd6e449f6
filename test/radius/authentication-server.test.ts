import { afterEach, describe, expect, it } from 'vitest';
import { checkMessageAuthenticator } from '../../src/radius/authenticator.ts';
import { Code } from '../../src/radius/code.ts';
import { attributesOf } from '../../src/radius/packet.ts';
import type { AnswerableRequest, KnownNas } from '../../src/radius/server.ts';
import { failOnLeaks } from '../support/leaks.ts';
import { answers, attribute, packetOf, signedRequest, type TestRequest } from '../support/packet-builder.ts';
import { type ServerHarness, type ServerHarnessOptions, startServer } from '../support/radius-server.ts';

let harness: ServerHarness;

const accessRequest = (options: TestRequest = {}) =>
  signedRequest({
    code: 1,
    identifier: 9,
    hasRandomAuthenticator: true,
    attributes: [[1, 'john']],
    ...options,
  });
const proven = accessRequest({ messageAuthenticator: 'valid' });
const GREETING = attribute([18, 'welcome']);
const accept = (request: AnswerableRequest<KnownNas>) => request.reply(Code.AccessAccept, GREETING);

async function start(options: ServerHarnessOptions = {}): Promise<void> {
  harness = await startServer({ role: 'authentication', ...options });
  harness.state.onRequest = accept;
}

describe('RadiusServer for logins', () => {
  failOnLeaks();
  afterEach(() => harness.close());

  it('answers with a code and attributes, Message-Authenticator first', async () => {
    await start();
    const { bytes } = await harness.ask(proven);
    const answer = packetOf(bytes);
    expect(answers(bytes, proven)).toBe(true);
    expect(answer).toMatchObject({ code: 2, identifier: 9 });
    expect(attributesOf(answer).map(({ type }) => type)).toEqual([80, 18]);
    const requestAuthenticator = proven.subarray(4, 20);
    expect(checkMessageAuthenticator(answer, Buffer.from('testing123'), { requestAuthenticator })).toBe(
      'valid',
    );
  });

  it('answers a retransmission with the same bytes, and asks once', async () => {
    await start();
    const { bytes } = await harness.ask(proven);
    expect((await harness.ask(proven)).bytes.equals(bytes)).toBe(true);
    expect(harness.requests).toHaveLength(1);
  });

  it('carries Proxy-State back behind the attributes', async () => {
    await start();
    const request = accessRequest({
      messageAuthenticator: 'valid',
      attributes: [
        [33, 'outer'],
        [1, 'john'],
        [33, 'inner'],
      ],
    });
    const { bytes } = await harness.ask(request);
    expect(attributesOf(packetOf(bytes)).map(({ type }) => type)).toEqual([80, 18, 33, 33]);
  });

  it('says which secret a request was proven under', async () => {
    await start({ secrets: ['new-one', 'testing123'] });
    await harness.ask(proven);
    expect(harness.requests[0]?.secret.toString()).toBe('testing123');
  });

  it('takes a request as new whose answer did not fit into a packet', async () => {
    await start();
    harness.state.onRequest = (request) => {
      expect(() => request.reply(Code.AccessAccept, Buffer.alloc(4090))).toThrow('RADIUS allows 4096');
    };
    await harness.sendAndSettle(proven);
    harness.state.onRequest = accept;
    expect(answers((await harness.ask(proven)).bytes, proven)).toBe(true);
  });

  it.each<[string, Buffer, ServerHarnessOptions, string]>([
    ['without Message-Authenticator', accessRequest(), {}, 'missing-message-authenticator'],
    ['with a spoilt one', accessRequest({ messageAuthenticator: 'spoilt' }), {}, 'bad-message-authenticator'],
    [
      'of another secret',
      accessRequest({ messageAuthenticator: 'valid', secret: 'other' }),
      {},
      'bad-message-authenticator',
    ],
    [
      'with a spoilt one from a NAS that need not send it',
      accessRequest({ messageAuthenticator: 'spoilt' }),
      { requireMessageAuthenticator: false },
      'bad-message-authenticator',
    ],
    [
      'that was proxied without one, from a NAS that need not send it',
      accessRequest({ attributes: [[33, 'a']] }),
      { requireMessageAuthenticator: false },
      'proxied-without-message-authenticator',
    ],
    [
      'with EAP and without one, from a NAS that need not send it',
      accessRequest({ attributes: [[79, 'a']] }),
      { requireMessageAuthenticator: false },
      'eap-without-message-authenticator',
    ],
    ['that is for accounting', signedRequest(), {}, 'unknown-code'],
  ])('discards a request %s', async (_, request, options, reason) => {
    await start(options);
    await harness.sendAndSettle(request);
    expect(harness.discards.map((discard) => discard.reason)).toEqual([reason]);
    expect(harness.requests).toEqual([]);
    expect(harness.nas.pending()).toBe(0);
  });

  it('takes a request without Message-Authenticator from a NAS that need not send it', async () => {
    await start({ requireMessageAuthenticator: false });
    const request = accessRequest();
    expect(answers((await harness.ask(request)).bytes, request)).toBe(true);
  });

  it('answers a Status-Server with an Access-Accept, and not while no login can be decided', async () => {
    await start();
    const status = signedRequest({ code: 12, hasRandomAuthenticator: true, messageAuthenticator: 'valid' });
    const { bytes } = await harness.ask(status);
    expect(answers(bytes, status)).toBe(true);
    expect(attributesOf(packetOf(bytes)).map(({ type }) => type)).toEqual([80]);
    expect(bytes[0]).toBe(2);
    harness.state.isReady = false;
    await harness.sendAndSettle(status);
    expect(harness.nas.pending()).toBe(0);
    expect(harness.requests).toEqual([]);
  });
});
