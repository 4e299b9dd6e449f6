/** How one simulated NAS sends: a source port, retransmissions as a NAS does them, and only answers that prove themselves count. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Random, wholeBetween } from '../../src/simulate/random.ts';
import { answers, signedRequest, type TestAttribute } from './packet-builder.ts';

/** What the radio of a NAS has seen. */
export interface RadioCounts {
  /** Datagrams, retransmissions and copies included. */
  packetsSent: number;
  retransmissions: number;
  /** Answers that acknowledged a record. */
  acknowledged: number;
  /** Records sent as often as the NAS tries, and never answered. */
  givenUp: number;
  /** Answers to what had been answered or given up already. */
  lateAnswers: number;
  /** Answers whose Response Authenticator fits nothing that was ever sent. */
  forgedAnswers: number;
}

export interface RadioOptions {
  readonly random: Random;
  /** Every packet goes to each of these ports of 127.0.0.1. */
  readonly ports: readonly number[];
  /** The wait before a retransmission, from and to, in milliseconds. */
  readonly retransmitMs: readonly [number, number];
  readonly triesMax: number;
  /** Whether a retransmission has a new Identifier and a grown Acct-Delay-Time (RFC 2866 §5.2) instead of the same bytes. */
  readonly renewsIdentifier: (random: Random) => boolean;
  readonly counts: RadioCounts;
  /** Called when the counts have changed. */
  readonly onCounted: () => void;
}

/** Acct-Delay-Time. */
const DELAY = 41;
const IDENTIFIERS = 256;
/** Requests of an Identifier that are remembered, to tell a late answer from a forged one. */
const REMEMBERED = 64;

interface Exchange {
  readonly attributes: readonly TestAttribute[];
  readonly firstSentMs: number;
  readonly renews: boolean;
  readonly settle: (isAcknowledged: boolean) => void;
  bytes: Buffer;
  tries: number;
  timer: NodeJS.Timeout | undefined;
  isSettled: boolean;
}

interface Transmission {
  readonly bytes: Buffer;
  readonly exchange: Exchange;
}

/** One source port of a NAS. */
export class Radio {
  readonly #options: RadioOptions;
  readonly #socket: Socket;
  readonly #open = new Set<Exchange>();
  /** By Identifier, the newest last. */
  readonly #sent: Transmission[][] = Array.from({ length: IDENTIFIERS }, () => []);
  #identifier = 0;
  #isClosed = false;

  private constructor(options: RadioOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    socket.on('message', (bytes: Buffer, _from: RemoteInfo) => this.#receive(bytes));
    // A port where nobody listens just now is a packet that got lost.
    socket.on('error', () => undefined);
  }

  /** Opens a radio on a free port of the given local address. */
  static async open(address: string, options: RadioOptions): Promise<Radio> {
    const socket = createSocket('udp4').bind(0, address);
    await once(socket, 'listening');
    return new Radio(options, socket);
  }

  /** Sends a record until it is acknowledged; resolves to false when the NAS gives it up, or is closed. */
  send(attributes: readonly TestAttribute[]): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const exchange: Exchange = {
        attributes,
        firstSentMs: performance.now(),
        renews: this.#options.renewsIdentifier(this.#options.random),
        settle: resolve,
        bytes: Buffer.alloc(0),
        tries: 0,
        timer: undefined,
        isSettled: false,
      };
      this.#open.add(exchange);
      this.#sign(exchange, 0);
      this.#transmit(exchange);
    });
  }

  /** Gives up what is not acknowledged yet. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const exchange of this.#open) this.#settle(exchange, false);
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #sign(exchange: Exchange, delaySeconds: number): void {
    const delay: TestAttribute[] = delaySeconds > 0 ? [[DELAY, delaySeconds]] : [];
    const identifier = this.#freeIdentifier();
    exchange.bytes = signedRequest({ identifier, attributes: [...exchange.attributes, ...delay] });
    const known = this.#sent[identifier] ?? [];
    known.push({ bytes: exchange.bytes, exchange });
    if (known.length > REMEMBERED) known.shift();
  }

  /** An Identifier must not stand for two requests at once (RFC 2865 §3). */
  #freeIdentifier(): number {
    for (let tried = 0; tried < IDENTIFIERS; tried++) {
      this.#identifier = (this.#identifier + 1) % IDENTIFIERS;
      const last = this.#sent[this.#identifier]?.at(-1);
      if (last === undefined || last.exchange.isSettled || last.bytes !== last.exchange.bytes) break;
    }
    return this.#identifier;
  }

  #transmit(exchange: Exchange): void {
    const { ports, counts, random, retransmitMs, triesMax } = this.#options;
    for (const port of ports) {
      counts.packetsSent++;
      this.#socket.send(exchange.bytes, port, '127.0.0.1', () => undefined);
    }
    this.#options.onCounted();
    exchange.tries++;
    exchange.timer = setTimeout(
      () => {
        if (exchange.tries >= triesMax) this.#settle(exchange, false);
        else this.#retransmit(exchange);
      },
      wholeBetween(random, retransmitMs[0], retransmitMs[1]),
    );
  }

  #retransmit(exchange: Exchange): void {
    this.#options.counts.retransmissions++;
    if (exchange.renews) {
      const seconds = Math.floor((performance.now() - exchange.firstSentMs) / 1000);
      this.#sign(exchange, seconds);
    }
    this.#transmit(exchange);
  }

  #receive(answer: Buffer): void {
    const { counts } = this.#options;
    const known = this.#sent[answer[1] ?? 0] ?? [];
    const answered = known.findLast(({ bytes }) => answers(answer, bytes));
    if (answered === undefined) counts.forgedAnswers++;
    else if (answered.exchange.isSettled) counts.lateAnswers++;
    else this.#settle(answered.exchange, true);
  }

  #settle(exchange: Exchange, isAcknowledged: boolean): void {
    clearTimeout(exchange.timer);
    exchange.isSettled = true;
    this.#open.delete(exchange);
    if (isAcknowledged) this.#options.counts.acknowledged++;
    else this.#options.counts.givenUp++;
    exchange.settle(isAcknowledged);
    this.#options.onCounted();
  }
}
