/** The clock that all instances on one database share: the server's, followed by measuring how far ours is from it. */
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Database } from './database.ts';
import { type Dialect, serverTimeSql } from './dialect.ts';

const MEASURE_INTERVAL_MS = 60_000;

/** Dialects whose server may be another machine; an embedded database has our own clock. */
const HAS_SERVER_CLOCK: Record<Dialect, boolean> = { mysql: true, sqlite: false };

/** The database server's time, from our clock and an offset measured every minute, so that two instances agree. */
export class DatabaseClock implements Clock {
  readonly #db: Database;
  readonly #own: Clock;
  readonly #logger: Logger;
  #offsetMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { db: Database; own: Clock; logger: Logger }) {
    this.#db = options.db;
    this.#own = options.own;
    this.#logger = options.logger;
  }

  now(): number {
    return this.#own.now() + this.#offsetMs;
  }

  /** Measures, and from then on every minute; throws when the database cannot be asked. */
  async start(): Promise<void> {
    if (!HAS_SERVER_CLOCK[this.#db.dialect]) return;
    await this.#measure();
    this.#timer = setInterval(() => {
      this.#measure().catch((error: unknown) => {
        this.#logger.debug({ err: error }, 'the database clock cannot be read; the last offset stays');
      });
    }, MEASURE_INTERVAL_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** The server's answer lies somewhere between question and reply: the middle is the nearest guess. */
  async #measure(): Promise<void> {
    const asked = this.#own.now();
    const [rows] = await this.#db.knex.raw<[{ now_ms: number }[], unknown]>(serverTimeSql);
    const answered = this.#own.now();
    const [row] = rows;
    if (row !== undefined) this.#offsetMs = Math.round(row.now_ms - (asked + answered) / 2);
  }
}
