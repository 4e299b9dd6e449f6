/** A fleet of simulated NASes under steady load, whose own meters are the truth about what was used and what was acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, seededRandom, wholeBetween } from '../../src/simulate/random.ts';
import { Radio, type RadioCounts } from './nas-fleet-radio.ts';
import type { TestAttribute } from './packet-builder.ts';
import { type Report, reportAttributes } from './session-packets.ts';

export interface FleetOptions {
  readonly seed: number;
  /** Returns the ports that all packets of a NAS go to; one daemon, or a copy to each of several. */
  readonly portsOf: (nas: number) => readonly number[];
  readonly nases?: number;
  /** Sessions that are open at once at one NAS. */
  readonly lanes?: number;
  /** Users of the whole fleet, each with many sessions, also at once. */
  readonly users?: number;
  /** From one report of a session to the next, from and to, in milliseconds. */
  readonly pauseMs?: readonly [number, number];
  readonly retransmitMs?: readonly [number, number];
  readonly triesMax?: number;
  /** Retransmits with the same bytes, with a new Identifier and a grown Acct-Delay-Time, or record by record the one or the other. */
  readonly retransmission?: 'same-bytes' | 'new-identifier' | 'either';
  /** Whether a session reports on before its last report is answered, so that its records overtake each other. */
  readonly isOverlapping?: boolean;
}

/** One record a NAS has sent, with its meters at that moment. */
export interface MeteredRecord {
  readonly status: Report['status'];
  readonly inputOctets: number;
  readonly outputOctets: number;
  /** Undefined while it is on its way, false once it is given up. */
  isAcknowledged: boolean | undefined;
}

export interface MeteredSession {
  readonly sessionId: string;
  readonly user: string;
  readonly records: MeteredRecord[];
}

const DEFAULTS = {
  nases: 4,
  lanes: 8,
  users: 12,
  pauseMs: [5, 50],
  retransmitMs: [1_000, 2_000],
  triesMax: 60,
  retransmission: 'either',
  isOverlapping: false,
} as const;

const REPORTS_MAX = 5;
const SMALL_GROWTH_MAX = 5_000_000;
const LARGE_GROWTH_MAX = 6_000_000_000;
/** Share of reports that show gigabytes, so that Gigawords count. */
const LARGE_SHARE = 0.2;
/** Share of sessions whose NAS never tells their beginning, and of those that end in silence: their last Interim must count. */
const STARTLESS_SHARE = 0.1;
const SILENT_SHARE = 0.3;

/** Starts with `open`; sends until `finish`. */
export class NasFleet {
  readonly counts: RadioCounts = {
    packetsSent: 0,
    retransmissions: 0,
    acknowledged: 0,
    givenUp: 0,
    lateAnswers: 0,
    forgedAnswers: 0,
  };
  readonly sessions: MeteredSession[] = [];
  readonly #options: Required<FleetOptions>;
  readonly #random: Random;
  readonly #radios: Radio[] = [];
  readonly #waiting = new Set<{ isReached: () => boolean; resolve: () => void }>();
  #playing: Promise<unknown> = Promise.resolve();
  #isFinishing = false;

  private constructor(options: FleetOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#random = seededRandom(options.seed);
  }

  /** Opens the NASes and begins to send. */
  static async open(options: FleetOptions): Promise<NasFleet> {
    const fleet = new NasFleet(options);
    for (let nas = 0; nas < fleet.#options.nases; nas++) await fleet.#openRadio(nas);
    fleet.#playing = Promise.all(fleet.#radios.flatMap((radio, nas) => fleet.#playLanes(radio, nas)));
    return fleet;
  }

  /** Resolves when that many more records have been acknowledged than now. */
  acknowledgedMore(count: number): Promise<void> {
    const target = this.counts.acknowledged + count;
    return this.#until(() => this.counts.acknowledged >= target);
  }

  /** Resolves when NASes have sent again, for want of an answer, that many times more than now. */
  retransmittedMore(count: number): Promise<void> {
    const target = this.counts.retransmissions + count;
    return this.#until(() => this.counts.retransmissions >= target);
  }

  /** Begins no more sessions and resolves when every record of those that are open is acknowledged or given up. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    await this.#playing;
  }

  /** Ends at once: what is on its way counts as given up. */
  async close(): Promise<void> {
    this.#isFinishing = true;
    await Promise.all(this.#radios.splice(0).map((radio) => radio.close()));
    await this.#playing;
  }

  async #openRadio(nas: number): Promise<void> {
    const { portsOf, retransmitMs, triesMax, retransmission } = this.#options;
    const renewsIdentifier = (random: Random) =>
      retransmission === 'either' ? random() < 0.5 : retransmission === 'new-identifier';
    // Each NAS has an address of its own: all of 127.0.0.0/8 is this machine.
    const radio = await Radio.open(`127.0.1.${nas + 1}`, {
      ...{ random: this.#random, ports: portsOf(nas), retransmitMs, triesMax },
      ...{ renewsIdentifier, counts: this.counts, onCounted: () => this.#look() },
    });
    this.#radios.push(radio);
  }

  #playLanes(radio: Radio, nas: number): Promise<void>[] {
    return Array.from({ length: this.#options.lanes }, async () => {
      while (!this.#isFinishing) await this.#playSession(radio, nas);
    });
  }

  async #playSession(radio: Radio, nas: number): Promise<void> {
    const random = this.#random;
    const user = `user${wholeBetween(random, 1, this.#options.users + 1)}`;
    const session = { sessionId: `nas${nas}-${this.sessions.length}`, user, records: [] };
    this.sessions.push(session);
    const meter = { input: 0, output: 0, beganAt: Date.now() };
    const answered: Promise<void>[] = [];
    for (const status of statusesOf(random)) {
      if (status !== 'start') {
        meter.input += grownBy(random);
        meter.output += grownBy(random);
      }
      const isAnswered = this.#report(radio, session, status, { nas, meter });
      if (this.#options.isOverlapping) answered.push(isAnswered);
      else await isAnswered;
      if (this.#isFinishing && status !== 'start') break;
      await sleep(wholeBetween(random, ...this.#options.pauseMs));
    }
    await Promise.all(answered);
  }

  async #report(
    radio: Radio,
    session: MeteredSession,
    status: Report['status'],
    { nas, meter }: { nas: number; meter: { input: number; output: number; beganAt: number } },
  ): Promise<void> {
    const { sessionId, user } = session;
    const record: MeteredRecord = {
      status,
      inputOctets: meter.input,
      outputOctets: meter.output,
      isAcknowledged: undefined,
    };
    session.records.push(record);
    const eventAt = Date.now();
    const seconds = Math.floor((eventAt - meter.beganAt) / 1000);
    const { inputOctets, outputOctets } = record;
    const attributes = reportAttributes({
      ...{ status, user, sessionId, seconds, inputOctets, outputOctets, eventAt },
    }).map((each): TestAttribute => (each[0] === NAS_IDENTIFIER ? [NAS_IDENTIFIER, `nas${nas}`] : each));
    record.isAcknowledged = await radio.send(attributes);
  }

  #until(isReached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add({ isReached, resolve });
    });
  }

  #look(): void {
    for (const waiting of this.#waiting) {
      if (!waiting.isReached()) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }
}

const NAS_IDENTIFIER = 32;

function statusesOf(random: Random): Report['status'][] {
  const interims = wholeBetween(random, 0, REPORTS_MAX - 1);
  const statuses: Report['status'][] = random() < STARTLESS_SHARE ? [] : ['start'];
  for (let interim = 0; interim < interims; interim++) statuses.push('interim');
  if (random() >= SILENT_SHARE || statuses.length === 0) statuses.push('stop');
  return statuses;
}

function grownBy(random: Random): number {
  return wholeBetween(random, 1, random() < LARGE_SHARE ? LARGE_GROWTH_MAX : SMALL_GROWTH_MAX);
}
