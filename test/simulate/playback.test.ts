import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { parsePacket } from '../../src/radius/packet.ts';
import { Requester } from '../../src/radius/requester.ts';
import { encodeAccountingResponse } from '../../src/radius/response.ts';
import { Playback } from '../../src/simulate/playback.ts';
import { Simulation } from '../../src/simulate/simulation.ts';
import {
  type FakeRadiusServer,
  type ReceivedRequest,
  startFakeRadiusServer,
} from '../support/fake-radius-server.ts';
import { failOnLeaks } from '../support/leaks.ts';

const SECRET = Buffer.from('testing123');
const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));

failOnLeaks();

let server: FakeRadiusServer;
let requester: Requester;

afterEach(async () => {
  await requester.close();
  await server.close();
});

function answer(request: ReceivedRequest): void {
  const parsed = parsePacket(request.bytes);
  if (parsed.ok) request.reply(encodeAccountingResponse(parsed.packet, SECRET));
}

function hexOf({ bytes }: ReceivedRequest): string {
  return bytes.toString('hex');
}

async function setUp(
  onRequest: (request: ReceivedRequest) => void,
  durationMs: number,
  // Long, so that a busy machine does not look like a lost packet.
  timeoutMs = 10_000,
) {
  server = await startFakeRadiusServer(onRequest);
  requester = new Requester({
    server: { address: '127.0.0.1', port: server.port },
    secret: SECRET,
    timeoutMs,
    tries: 2,
    identifierRestMs: 0,
  });
  await requester.start();
  const stop = new AbortController();
  const hurry = new AbortController();
  const simulation = new Simulation({
    userNames: Array.from({ length: 20 }, (_, index) => `user${index + 1}`),
    nasCount: 2,
    interimSeconds: 60,
    seed: 1,
    sessionIdPrefix: 'AB',
  });
  const playback = new Playback({
    simulation,
    ratePerSecond: 500,
    durationMs,
    speed: 1_500,
    dictionary,
    requester,
    clock: systemClock,
    stop: stop.signal,
    hurry: hurry.signal,
  });
  return { playback, stop, hurry };
}

describe('a playback', () => {
  it('sends what it counts, is answered, and ends with every session stopped', async () => {
    const { playback } = await setUp(answer, 400);
    const { byStatus, total, unacknowledgedOctets, p99Ms, maximumMs } = await playback.run();
    expect(total).toEqual({
      sent: server.received.length,
      acknowledged: server.received.length,
      unanswered: 0,
    });
    expect(byStatus['Accounting-On'].sent).toBe(2);
    expect(byStatus.Start.sent).toBeGreaterThan(5);
    expect(byStatus.Stop.sent).toBe(byStatus.Start.sent);
    expect(unacknowledgedOctets).toBe(0);
    expect(p99Ms).toBeGreaterThan(0);
    expect(p99Ms).toBeLessThanOrEqual(maximumMs);
  });

  it('sends no Event-Timestamp from the future', async () => {
    const late: number[] = [];
    const { playback } = await setUp((request) => {
      const at = request.bytes.indexOf(Buffer.of(55, 6), 20);
      if (request.bytes.readUInt32BE(at + 2) > Date.now() / 1_000) late.push(at);
      answer(request);
    }, 200);
    await playback.run();
    expect(late).toEqual([]);
  });

  it('counts retransmissions', async () => {
    const { playback } = await setUp(
      (request) => {
        const isAgain = server.received.filter(({ bytes }) => bytes.equals(request.bytes)).length > 1;
        if (isAgain) answer(request);
      },
      100,
      20,
    );
    const { retransmits } = await playback.run();
    expect(retransmits).toBe(server.received.length - new Set(server.received.map(hexOf)).size);
    expect(retransmits).toBeGreaterThan(0);
  });

  it('ends at once where nobody answers the Accounting-Ons', async () => {
    const { playback } = await setUp(() => {}, 600_000, 20);
    const { total } = await playback.run();
    expect(total).toEqual({ sent: 2, acknowledged: 0, unanswered: 2 });
  });

  it('stops every session when it is told to stop', async () => {
    const { playback, stop } = await setUp((request) => {
      if (server.received.length === 30) stop.abort();
      answer(request);
    }, 600_000);
    const { byStatus } = await playback.run();
    expect(byStatus.Start.sent).toBeGreaterThan(0);
    expect(byStatus.Stop.acknowledged).toBe(byStatus.Start.acknowledged);
  });
});
