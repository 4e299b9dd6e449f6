/** Sends requests to one RADIUS server and waits for the answers: Accounting-Requests of simulated NASes, Disconnect- and CoA-Requests to real ones. */
import type { Clock } from '../clock.ts';
import type { Packet } from './packet.ts';
import { encodeRequest, readAnswer } from './request.ts';
import { type ServerAddress, SourcePort } from './source-port.ts';

export interface RequesterOptions {
  readonly server: ServerAddress;
  readonly secret: Buffer;
  /** The wait before the first retransmission; each further one is twice as long. */
  readonly timeoutMs?: number;
  /** The longest wait between two transmissions. */
  readonly maxTimeoutMs?: number;
  /** Transmissions of one request, the first included. */
  readonly tries?: number;
  /** How long an Identifier of a source port rests after its request ended. */
  readonly identifierRestMs?: number;
  /** Source ports opened at most; each has 256 Identifiers. */
  readonly maxSourcePorts?: number;
  readonly maxOutstanding?: number;
  readonly clock?: Clock;
}

export interface RequestToSend {
  readonly code: number;
  /** Encoded attributes, one after the other, without a Message-Authenticator. */
  readonly attributes: Buffer;
  /** Whether a Message-Authenticator goes in front of them. */
  readonly messageAuthenticator?: boolean;
}

/** `overloaded`: nothing was sent, because too much is outstanding or every Identifier rests. */
export type RequestFailure = 'timeout' | 'closed' | 'overloaded';

/** `rttMs` counts from the first transmission to the answer; `tries` is how often the request was sent. */
export type RequestResult =
  | { readonly ok: true; readonly response: Packet; readonly rttMs: number; readonly tries: number }
  | { readonly ok: false; readonly reason: RequestFailure; readonly tries: number };

/** Datagrams ignored, by why, and the system's errors while sending. */
export interface RequesterCounts {
  malformed: number;
  unknown: number;
  forged: number;
  sendErrors: number;
}

interface Outstanding {
  readonly port: SourcePort;
  readonly identifier: number;
  readonly bytes: Buffer;
  readonly firstSentMs: number;
  readonly settle: (result: RequestResult) => void;
  tries: number;
  timeoutMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** RFC 5080 §2.2.1 gives the three of retransmission (IRT, MRT, MRC). */
const DEFAULTS = {
  timeoutMs: 2_000,
  maxTimeoutMs: 16_000,
  tries: 5,
  identifierRestMs: 300_000,
  maxSourcePorts: 64,
  maxOutstanding: 4_096,
  // Monotonic: a step of the system's clock must not keep 256 Identifiers resting for an hour.
  clock: { now: () => performance.now() },
};

/** RFC 5080 §2.2.1: RAND, so that senders do not fall into step. */
const JITTER_SHARE = 0.1;

export class Requester {
  /** What was ignored so far. */
  readonly counts: RequesterCounts = { malformed: 0, unknown: 0, forged: 0, sendErrors: 0 };
  readonly #options: Required<RequesterOptions>;
  readonly #ports: SourcePort[] = [];
  readonly #outstanding = new Map<SourcePort, Map<number, Outstanding>>();
  #opening: Promise<void> | undefined;
  #outstandingCount = 0;
  #isClosed = false;

  constructor(options: RequesterOptions) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** How many requests wait for an answer. */
  get outstandingCount(): number {
    return this.#outstandingCount;
  }

  /** Opens the first source port, so that an address that cannot be reached at all fails here; rejects with the system's error. */
  async start(): Promise<void> {
    await this.#openPort();
  }

  /** Sends a request and resolves to its answer, or to why there is none; rejects when the request does not fit into a packet or no further source port can be opened. */
  async send(request: RequestToSend): Promise<RequestResult> {
    if (this.#isClosed) return { ok: false, reason: 'closed', tries: 0 };
    if (this.#outstandingCount >= this.#options.maxOutstanding) return overloaded;
    this.#outstandingCount++;
    try {
      const place = await this.#takeIdentifier();
      if (this.#isClosed) return { ok: false, reason: 'closed', tries: 0 };
      return place === undefined ? overloaded : await this.#exchange(place, request);
    } finally {
      this.#outstandingCount--;
    }
  }

  /** Ends every outstanding request as `closed` and closes the source ports. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const requests of this.#outstanding.values()) {
      for (const one of requests.values())
        this.#settle(one, { ok: false, reason: 'closed', tries: one.tries });
    }
    await this.#opening;
    await Promise.all(this.#ports.splice(0).map((port) => port.close()));
  }

  async #takeIdentifier(): Promise<{ port: SourcePort; identifier: number } | undefined> {
    for (;;) {
      const now = this.#options.clock.now();
      for (const port of this.#ports) {
        const identifier = port.takeIdentifier(now);
        if (identifier !== undefined) return { port, identifier };
      }
      // Rather another source port than an Identifier that the server may still hold in its duplicate cache.
      if (this.#isClosed || this.#ports.length >= this.#options.maxSourcePorts) return undefined;
      await this.#openPort();
    }
  }

  #openPort(): Promise<void> {
    this.#opening ??= this.#openOnePort().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openOnePort(): Promise<void> {
    const port = new SourcePort(this.#options.server, {
      onDatagram: (from, datagram) => this.#read(from, datagram),
      onError: () => {
        this.counts.sendErrors++;
      },
    });
    await port.open();
    this.#outstanding.set(port, new Map());
    this.#ports.push(port);
  }

  #exchange(
    { port, identifier }: { port: SourcePort; identifier: number },
    request: RequestToSend,
  ): Promise<RequestResult> {
    const { timeoutMs } = this.#options;
    const bytes = this.#encode(request, { port, identifier });
    return new Promise((settle) => {
      const firstSentMs = performance.now();
      const one: Outstanding = {
        ...{ port, identifier, bytes, firstSentMs, settle, timeoutMs },
        tries: 0,
        timer: undefined,
      };
      this.#outstanding.get(port)?.set(identifier, one);
      this.#transmit(one);
    });
  }

  #encode(request: RequestToSend, { port, identifier }: { port: SourcePort; identifier: number }): Buffer {
    try {
      return encodeRequest({ ...request, identifier, secret: this.#options.secret });
    } catch (error) {
      // Nothing was sent under it.
      port.releaseIdentifier(identifier, 0);
      throw error;
    }
  }

  /** The same bytes each time: a new Event-Timestamp or authenticator would be another request (RFC 5176 §6.3, RFC 5080 §2.2.2). */
  #transmit(one: Outstanding): void {
    one.tries++;
    one.port.send(one.bytes);
    const waitMs = one.timeoutMs * (1 + JITTER_SHARE * (2 * Math.random() - 1));
    one.timer = setTimeout(() => this.#onTimeout(one), waitMs);
  }

  #onTimeout(one: Outstanding): void {
    if (one.tries >= this.#options.tries) {
      this.#settle(one, { ok: false, reason: 'timeout', tries: one.tries });
      return;
    }
    one.timeoutMs = Math.min(2 * one.timeoutMs, this.#options.maxTimeoutMs);
    this.#transmit(one);
  }

  #read(port: SourcePort, datagram: Buffer): void {
    const one = this.#outstanding.get(port)?.get(datagram[1] ?? -1);
    if (one === undefined) {
      this.counts.unknown++;
      return;
    }
    const answer = readAnswer(datagram, one.bytes, this.#options.secret);
    if (!answer.ok) {
      this.counts[answer.reason]++;
      return;
    }
    const rttMs = performance.now() - one.firstSentMs;
    this.#settle(one, { ok: true, response: answer.packet, rttMs, tries: one.tries });
  }

  #settle(one: Outstanding, result: RequestResult): void {
    clearTimeout(one.timer);
    this.#outstanding.get(one.port)?.delete(one.identifier);
    const reusableAt = this.#options.clock.now() + this.#options.identifierRestMs;
    one.port.releaseIdentifier(one.identifier, reusableAt);
    one.settle(result);
  }
}

const overloaded: RequestResult = { ok: false, reason: 'overloaded', tries: 0 };
