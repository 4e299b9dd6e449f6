/** What packets teach about their NASes, written to their rows every few seconds instead of with every packet. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import { type Nas, placeOf } from './nas.ts';
import { type NasFacts, updateNasFacts } from './nas-store.ts';

const FLUSH_INTERVAL_MS = 5_000;

/** What was learned, and what of it is not written down yet. A NAS of the configuration file has no row: this process alone knows about it. */
export class LearnedFacts {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #flushIntervalMs: number;
  #facts = new Map<number, NasFacts>();
  /** The NASes in force that have sent Gigawords, as they are with that knowledge; gone when the registry replaces them. */
  readonly #gigawordSenders = new WeakMap<Nas, Nas>();
  /** The same by place, so that a NAS without a row stays known when the registry reads the table again. */
  readonly #senderPlaces = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: { db: Database; clock: Clock; logger: Logger; flushIntervalMs?: number }) {
    this.#db = options.db;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#flushIntervalMs = options.flushIntervalMs ?? FLUSH_INTERVAL_MS;
  }

  /** Writes facts down every few seconds from now on. */
  start(): void {
    this.#timer = setInterval(() => void this.flush(), this.#flushIntervalMs);
    this.#timer.unref();
  }

  /** Writes down what has been learned and stops. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** Takes note of what one packet says about its NAS. */
  note(nas: Nas, facts: NasFacts): void {
    if (facts.sendsGigawords === true && nas.sendsGigawords !== true) this.#senderPlaces.add(placeOf(nas));
    if (nas.id !== null) this.#facts.set(nas.id, { ...this.#facts.get(nas.id), ...facts });
  }

  /** Returns a NAS with what has been learned about it and is not in its row yet. */
  known(nas: Nas): Nas {
    if (nas.sendsGigawords !== null || !this.#senderPlaces.has(placeOf(nas))) return nas;
    const known = this.#gigawordSenders.get(nas) ?? { ...nas, sendsGigawords: true };
    this.#gigawordSenders.set(nas, known);
    return known;
  }

  /** Writes the facts down now; what the database does not take is learned again from the next packets. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const facts = this.#facts;
    if (facts.size === 0) return;
    this.#facts = new Map();
    try {
      await inTransaction(this.#db, this.#clock, async (transaction) => {
        // In the order of the key, so that two instances cannot deadlock.
        for (const [id, learned] of [...facts].toSorted(([a], [b]) => a - b)) {
          await updateNasFacts(transaction, id, learned);
        }
      });
    } catch (error) {
      this.#logger.debug({ err: error }, 'facts about NASes could not be written down');
    }
  }
}
