/** What packets teach about their NASes, written to their rows every few seconds instead of with every packet. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import type { Nas } from './nas.ts';
import { type NasFacts, updateNasFacts } from './nas-store.ts';

const FLUSH_INTERVAL_MS = 5_000;

/** Facts learned since the last flush. A NAS of the configuration file has no row, and is learned about anew by each process. */
export class LearnedFacts {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #flushIntervalMs: number;
  #facts = new Map<number, NasFacts>();
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
    if (nas.id === null) return;
    this.#facts.set(nas.id, { ...this.#facts.get(nas.id), ...facts });
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
