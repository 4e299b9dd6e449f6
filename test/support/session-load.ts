/** Access points that report many sessions at once and send every report until it is acknowledged, as RFC 2866 §2 wants it. */
import { Requester } from '../../src/radius/requester.ts';
import { attribute, TEST_SECRET } from './packet-builder.ts';
import { reportAttributes } from './session-packets.ts';

export interface SessionLoad {
  /** Resolves when that many reports have been acknowledged. */
  acknowledged(count: number): Promise<void>;
  /** How many have been acknowledged so far. */
  count(): number;
  /** How many transmissions more than one the acknowledged reports have taken. */
  retransmissions(): number;
  /** Resolves when every session has ended and is acknowledged; rejects when a report never is. */
  readonly finished: Promise<void>;
}

export interface SessionLoadOptions {
  readonly port: number;
  readonly sessions: number;
  /** A lost report shows in the sum only where no later one repeats it: few reports test acknowledgements, many test runs. */
  readonly reportsPerSession: number;
}

/** How many sessions are open at once. */
const LANES = 50;
const OCTETS_PER_REPORT = 1_000_003;
/** Often enough that what happens while a server is away happens to many packets. */
const RETRANSMIT_MS = 100;
const RETRANSMIT_MAX_MS = 400;
const TRIES_MAX = 300;

/** What all sessions of a load together have used. */
export function octetsOf({ sessions, reportsPerSession }: SessionLoadOptions): number {
  return sessions * (reportsPerSession - 1) * OCTETS_PER_REPORT;
}

/** Starts sessions of as many users (user1, user2, …), fifty at a time: a Start, Interim-Updates, a Stop. */
export function playSessions({ port, sessions, reportsPerSession }: SessionLoadOptions): SessionLoad {
  const requester = new Requester({
    server: { address: '127.0.0.1', port },
    secret: Buffer.from(TEST_SECRET),
    timeoutMs: RETRANSMIT_MS,
    maxTimeoutMs: RETRANSMIT_MAX_MS,
    tries: TRIES_MAX,
    identifierRestMs: 0,
  });
  let count = 0;
  let retransmissions = 0;
  const waiting = new Map<number, () => void>();

  const play = async (user: string) => {
    for (let report = 0; report < reportsPerSession; report++) {
      const result = await requester.send({ code: 4, attributes: attributesOf(user, report) });
      if (!result.ok) throw new Error(`report ${report} of ${user}: ${result.reason}`);
      retransmissions += result.tries - 1;
      count++;
      waiting.get(count)?.();
    }
  };
  const beganAt = Date.now();
  const attributesOf = (user: string, report: number) => {
    const now = Date.now();
    const isLast = report === reportsPerSession - 1;
    return Buffer.concat(
      reportAttributes({
        status: report === 0 ? 'start' : isLast ? 'stop' : 'interim',
        user,
        sessionId: `session-of-${user}`,
        outputOctets: report * OCTETS_PER_REPORT,
        seconds: Math.floor((now - beganAt) / 1000),
        eventAt: now,
      }).map(attribute),
    );
  };

  let begun = 0;
  const playLane = async () => {
    while (begun < sessions) await play(`user${++begun}`);
  };
  const finished = Promise.all(Array.from({ length: LANES }, playLane))
    .then(() => undefined)
    .finally(() => requester.close());
  return {
    finished,
    count: () => count,
    retransmissions: () => retransmissions,
    acknowledged: (target) =>
      Promise.race([
        finished,
        new Promise<void>((resolve) => {
          if (count >= target) resolve();
          else waiting.set(target, resolve);
        }),
      ]),
  };
}
