/** What packets teach about their NASes, written down every few seconds instead of with every packet, and read again after a restart. */

import type { Clock } from '../clock.ts';
import { withinCloseWait } from '../db/close-wait.ts';
import { type Database, inTransaction } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Octets } from '../radius/octets.ts';
import { ClockWatch } from './clock-watch.ts';
import { type Heard, HeardSenders } from './heard-senders.ts';
import { type Nas, placeOf } from './nas.ts';
import { listSenders } from './nas-queries.ts';
import { type NasFacts, pruneSenders, saveSender, updateNasFacts } from './nas-store.ts';
import { bySender, furthestOffset } from './sender.ts';

export interface LearnedFactsOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'nasClocksOff'>;
  readonly flushIntervalMs?: number;
  /** Senders remembered, here and in the table. */
  readonly sendersMax?: number;
}

const FLUSH_INTERVAL_MS = 5_000;
/** What other instances hear is read this often. */
const READ_INTERVAL_MS = 60_000;
/** A row may be this much older than the last sight of its sender, and a little. */
const READ_OVERLAP_MS = 3 * 60_000;
const SENDERS_MAX = 10_000;
/** Rows written in one transaction: the recorder waits for it. */
const SENDERS_WRITTEN_MAX = 200;

/** What was learned about NASes and the senders behind them. A NAS of the configuration file has no row; its senders have. */
export class LearnedFacts {
  readonly #options: LearnedFactsOptions;
  readonly #sendersMax: number;
  readonly #senders: HeardSenders;
  readonly #clockWatch: ClockWatch;
  #facts = new Map<number, NasFacts>();
  /** The NASes in force that have sent Gigawords, as they are with that knowledge; gone when the registry replaces them. */
  readonly #gigawordSenders = new WeakMap<Nas, Nas>();
  /** The same by place, so that a NAS stays known when the registry reads the table again. */
  readonly #senderPlaces = new Set<string>();
  #readAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: LearnedFactsOptions) {
    this.#options = options;
    this.#sendersMax = options.sendersMax ?? SENDERS_MAX;
    this.#senders = new HeardSenders(this.#sendersMax);
    this.#clockWatch = new ClockWatch(options.logger);
  }

  /** Reads what was learned before, and from then on writes facts down every few seconds. A database that is away is asked again then. */
  async start(): Promise<void> {
    await this.flush();
    const { flushIntervalMs = FLUSH_INTERVAL_MS } = this.#options;
    this.#timer = setInterval(() => void this.flush(), flushIntervalMs);
    this.#timer.unref();
  }

  /** Writes down what has been learned and stops. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    // Behind a database that hangs, others hold every connection; what is lost is learned again.
    await withinCloseWait(this.flush(), () => {});
  }

  /** Takes note of what one packet says about its NAS and its sender. */
  note(nas: Nas, heard: Heard): void {
    this.#senders.note(nas, heard);
    if (heard.sendsGigawords === true && nas.sendsGigawords === null) this.#senderPlaces.add(placeOf(nas));
    if (nas.id === null) return;
    const facts = this.#facts.get(nas.id);
    const sendsGigawords = heard.sendsGigawords ?? facts?.sendsGigawords;
    this.#facts.set(nas.id, {
      lastSeenAt: heard.lastSeenAt,
      ...(sendsGigawords === undefined ? undefined : { sendsGigawords }),
    });
  }

  /** Returns a NAS with what has been learned about it, or about the sender whose packet it is, and is not in its row. */
  known(nas: Nas, sourceAddress: string, nasIdentifier: Octets | undefined): Nas {
    if (nas.sendsGigawords !== null) return nas;
    const place = placeOf(nas);
    if (this.#senders.get(sourceAddress, nasIdentifier)?.sendsGigawords === true)
      this.#senderPlaces.add(place);
    if (!this.#senderPlaces.has(place)) return nas;
    const known = this.#gigawordSenders.get(nas) ?? { ...nas, sendsGigawords: true };
    this.#gigawordSenders.set(nas, known);
    return known;
  }

  /** Returns the clock offset known of a sender, in milliseconds to add to its clock; undefined when there is none. */
  knownOffsetMs(sourceAddress: string, nasIdentifier: Octets | undefined): number | undefined {
    return this.#senders.get(sourceAddress, nasIdentifier)?.clockOffsetMs ?? undefined;
  }

  /** Writes the facts down now and reads those of other instances once a minute; what the database does not take is written later. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flush());
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    const { clock, logger, metrics } = this.#options;
    metrics.nasClocksOff.set(this.#clockWatch.look(this.#senders.heard(), clock.now()));
    try {
      await this.#read(clock.now());
      await this.#write();
    } catch (error) {
      logger.debug({ err: error }, 'facts about NASes could not be written down or read');
    }
  }

  async #read(now: number): Promise<void> {
    if (this.#readAt !== undefined && now - this.#readAt < READ_INTERVAL_MS) return;
    const { db, clock } = this.#options;
    const since = this.#readAt === undefined ? 0 : this.#readAt - READ_OVERLAP_MS;
    this.#senders.read(await listSenders(db, { since, limit: this.#sendersMax }));
    this.#readAt = now;
    await inTransaction(db, clock, (transaction) => pruneSenders(transaction, this.#sendersMax));
  }

  async #write(): Promise<void> {
    const { db, clock } = this.#options;
    const senders = this.#senders.unwritten(SENDERS_WRITTEN_MAX);
    const facts = this.#facts;
    if (facts.size + senders.length === 0) return;
    this.#facts = new Map();
    const offsets = this.#offsetsById();
    try {
      await inTransaction(db, clock, async (transaction) => {
        // In the order of the keys, so that two instances cannot deadlock.
        for (const [id, learned] of [...facts].toSorted(([a], [b]) => a - b)) {
          const clockOffsetMs = offsets.get(id) ?? undefined;
          await updateNasFacts(transaction, id, {
            ...learned,
            ...(clockOffsetMs === undefined ? undefined : { clockOffsetMs }),
          });
        }
        for (const sender of senders.toSorted(bySender)) await saveSender(transaction, sender);
      });
    } catch (error) {
      this.#facts = new Map([...facts, ...this.#facts]);
      throw error;
    }
    this.#senders.wrote(senders);
  }

  /** A row of `nas` may stand for many senders; its one clock offset is the one furthest off. */
  #offsetsById(): ReadonlyMap<number, number | null> {
    const byId = Map.groupBy(this.#senders.heard(), ({ nas }) => nas.id);
    return new Map(
      [...byId].flatMap(([id, own]) => (id === null ? [] : [[id, furthestOffset(own)] as const])),
    );
  }
}
