import { afterEach, describe, expect, it } from 'vitest';
import { AttributeType } from '../../src/radius/attribute-type.ts';
import { checkMessageAuthenticator, isAuthenticAccountingRequest } from '../../src/radius/authenticator.ts';
import { Code } from '../../src/radius/code.ts';
import { findAttribute, HEADER_LENGTH, type Packet, parsePacket } from '../../src/radius/packet.ts';
import { Requester, type RequesterOptions } from '../../src/radius/requester.ts';
import { encodeResponse } from '../../src/radius/response.ts';
import {
  type FakeRadiusServer,
  type ReceivedRequest,
  startFakeRadiusServer,
} from '../support/fake-radius-server.ts';
import { failOnLeaks } from '../support/leaks.ts';

const SECRET = Buffer.from('testing123');
const NO_ATTRIBUTES = Buffer.alloc(0);
/** Retransmits soon; elsewhere the wait is long, so that a busy machine does not look like a lost packet. */
const SOON = { timeoutMs: 20 };
const ACCOUNTING = { code: Code.AccountingRequest, attributes: Buffer.from('2806000000012c036b', 'hex') };

failOnLeaks();

let server: FakeRadiusServer;
let requester: Requester;

afterEach(async () => {
  await requester.close();
  await server.close();
});

async function setUp(onRequest: (request: ReceivedRequest) => void, options: Partial<RequesterOptions> = {}) {
  server = await startFakeRadiusServer(onRequest);
  const address = { address: '127.0.0.1', port: server.port };
  requester = new Requester({ server: address, secret: SECRET, timeoutMs: 10_000, tries: 3, ...options });
  await requester.start();
}

function packetOf({ bytes }: ReceivedRequest): Packet {
  const parsed = parsePacket(bytes);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.packet;
}

function answerTo(request: ReceivedRequest, overrides: Partial<Parameters<typeof encodeResponse>[0]> = {}) {
  return encodeResponse({
    request: packetOf(request),
    code: Code.AccountingResponse,
    attributes: NO_ATTRIBUTES,
    secret: SECRET,
    messageAuthenticator: false,
    ...overrides,
  });
}

describe('a request', () => {
  it.each([
    ['Accounting-Request', Code.AccountingRequest, Code.AccountingResponse],
    ['Disconnect-Request', Code.DisconnectRequest, Code.DisconnectNak],
    ['CoA-Request', Code.CoaRequest, Code.CoaAck],
  ])('%s is signed as RFC 2866 §3 says, and its answer is the result', async (_name, code, answerCode) => {
    await setUp((request) => request.reply(answerTo(request, { code: answerCode })));
    const result = await requester.send({ ...ACCOUNTING, code, messageAuthenticator: true });
    expect(result).toMatchObject({ ok: true, tries: 1, response: { code: answerCode } });
    const [packet] = server.received.map(packetOf);
    expect(packet?.bytes.subarray(-9)).toEqual(ACCOUNTING.attributes);
    expect(packet && isAuthenticAccountingRequest(packet, SECRET)).toBe(true);
    expect(packet && checkMessageAuthenticator(packet, SECRET)).toBe('valid');
  });

  it('Status-Server has a Message-Authenticator, asked for or not (RFC 5997 §3)', async () => {
    await setUp((request) => request.reply(answerTo(request)));
    expect(await requester.send({ code: Code.StatusServer, attributes: NO_ATTRIBUTES })).toMatchObject({
      ok: true,
    });
    const [packet] = server.received.map(packetOf);
    expect(packet && checkMessageAuthenticator(packet, SECRET)).toBe('valid');
    expect(packet && findAttribute(packet, AttributeType.MessageAuthenticator)).toBe(HEADER_LENGTH);
  });

  it('is refused when it does not fit into a packet, and costs no Identifier', async () => {
    await setUp(() => {}, { maxSourcePorts: 1 });
    const attributes = Buffer.alloc(4_077);
    for (let count = 0; count < 257; count++) {
      await expect(requester.send({ ...ACCOUNTING, attributes })).rejects.toThrow('4097 bytes');
    }
    expect(requester.outstandingCount).toBe(0);
  });
});

describe('retransmission', () => {
  it('sends the same bytes from the same port until they are answered', async () => {
    await setUp((request) => {
      if (server.received.length === 3) request.reply(answerTo(request));
    }, SOON);
    expect(await requester.send(ACCOUNTING)).toMatchObject({ ok: true, tries: 3 });
    const [first, ...again] = server.received;
    expect(again.map(({ bytes }) => bytes)).toEqual([first?.bytes, first?.bytes]);
    expect(again.map(({ from }) => from.port)).toEqual([first?.from.port, first?.from.port]);
  });

  it('gives up after the last try', async () => {
    await setUp(() => {}, SOON);
    expect(await requester.send(ACCOUNTING)).toEqual({ ok: false, reason: 'timeout', tries: 3 });
    expect(server.received).toHaveLength(3);
  });

  it('waits twice as long each time (RFC 5080 §2.2.1)', async () => {
    await setUp(() => {}, { timeoutMs: 40 });
    const startedAt = performance.now();
    await requester.send(ACCOUNTING);
    // 40 + 80 + 160 ms, each a tenth less at most.
    expect(performance.now() - startedAt).toBeGreaterThan(250);
  });
});

describe('ignores and counts', () => {
  const forged = { code: Code.DisconnectAck, secret: Buffer.from('another') };
  it.each<[string, 'malformed' | 'unknown' | 'forged', (request: ReceivedRequest) => Buffer]>([
    ['an answer under another secret', 'forged', (request) => answerTo(request, forged)],
    ['an answer that no such request has', 'unknown', (request) => answerTo(request, { code: Code.CoaAck })],
    ['a datagram that is no packet', 'malformed', (request) => request.bytes.subarray(0, 19)],
    [
      'an answer whose Message-Authenticator is wrong',
      'forged',
      (request) => {
        const code = Code.DisconnectAck;
        const wrong = Buffer.concat([
          Buffer.from([AttributeType.MessageAuthenticator, 18]),
          Buffer.alloc(16),
        ]);
        return answerTo(request, { code, attributes: wrong });
      },
    ],
    [
      'an answer under another Identifier',
      'unknown',
      (request) => {
        const answer = answerTo(request);
        answer[1] = 200;
        return answer;
      },
    ],
  ])('%s, and takes the right one that follows', async (_name, reason, wrong) => {
    const code = reason === 'forged' ? Code.DisconnectRequest : Code.AccountingRequest;
    const right = { code: code === Code.DisconnectRequest ? Code.DisconnectAck : Code.AccountingResponse };
    await setUp((request) => {
      request.reply(wrong(request));
      request.reply(answerTo(request, right));
    });
    expect(await requester.send({ ...ACCOUNTING, code })).toMatchObject({ ok: true, tries: 1 });
    expect(requester.counts[reason]).toBe(1);
  });

  it('a second answer to one request', async () => {
    await setUp((request) => {
      request.reply(answerTo(request));
      request.reply(answerTo(request));
    });
    await requester.send(ACCOUNTING);
    await requester.send(ACCOUNTING);
    expect(requester.counts.unknown).toBeGreaterThanOrEqual(1);
  });
});

describe('an Identifier', () => {
  it('rests: another source port is opened rather than reuse it within 300 s, and after them it is reused', async () => {
    let now = 0;
    await setUp((request) => request.reply(answerTo(request)), { clock: { now: () => now } });
    for (let count = 0; count < 257; count++) await requester.send(ACCOUNTING);
    const places = server.received.map(({ from, bytes }) => `${from.port}/${bytes[1]}`);
    expect(new Set(places).size).toBe(257);
    expect(new Set(server.received.map(({ from }) => from.port)).size).toBe(2);
    now = 300_000;
    await requester.send(ACCOUNTING);
    const last = server.received.at(-1);
    expect(`${last?.from.port}/${last?.bytes[1]}`).toBe(places[0]);
  });

  it('is reused at once where it need not rest', async () => {
    await setUp((request) => request.reply(answerTo(request)), { identifierRestMs: 0, maxSourcePorts: 1 });
    for (let count = 0; count < 300; count++) {
      expect(await requester.send(ACCOUNTING)).toMatchObject({ ok: true });
    }
  });

  it('that none is left is a value, and nothing is sent', async () => {
    await setUp((request) => request.reply(answerTo(request)), { maxSourcePorts: 1 });
    for (let count = 0; count < 256; count++) await requester.send(ACCOUNTING);
    expect(await requester.send(ACCOUNTING)).toEqual({ ok: false, reason: 'overloaded', tries: 0 });
    expect(server.received).toHaveLength(256);
  });
});

it('refuses more requests at once than it may have outstanding', async () => {
  await setUp(() => {}, { maxOutstanding: 2, ...SOON });
  const outstanding = [requester.send(ACCOUNTING), requester.send(ACCOUNTING)];
  expect(await requester.send(ACCOUNTING)).toEqual({ ok: false, reason: 'overloaded', tries: 0 });
  await Promise.all(outstanding);
});

it('closing ends what is outstanding', async () => {
  await setUp(() => void requester.close());
  expect(await requester.send(ACCOUNTING)).toMatchObject({ ok: false, reason: 'closed' });
  expect(await requester.send(ACCOUNTING)).toEqual({ ok: false, reason: 'closed', tries: 0 });
});
