/** Asking the database whether it is there, for those who want to know it now. */
import type { Database } from './database.ts';

/** An answer is as good as new for this long. */
const MAX_AGE_MS = 1_000;
const WAIT_MS = 1_000;

/** One question at a time: a database that hangs gets no second one before it has answered the first. */
export class DatabaseWatch {
  readonly #db: Pick<Database, 'knex'>;
  readonly #waitMs: number;
  #asking: Promise<void> | undefined;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #isUp = false;

  constructor(db: Pick<Database, 'knex'>, waitMs: number = WAIT_MS) {
    this.#db = db;
    this.#waitMs = waitMs;
  }

  /** Returns whether the database answers; false also where it takes longer than a second. Never throws. */
  async isUp(): Promise<boolean> {
    if (performance.now() - this.#answeredAt < MAX_AGE_MS) return this.#isUp;
    this.#asking ??= this.#ask();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), this.#waitMs);
    });
    const answer = await Promise.race([this.#asking.then(() => this.#isUp), tooLate]);
    clearTimeout(timer);
    return answer;
  }

  async #ask(): Promise<void> {
    try {
      await this.#db.knex.raw('SELECT 1');
      this.#isUp = true;
    } catch {
      // Why is in the log of whoever needed it.
      this.#isUp = false;
    }
    this.#answeredAt = performance.now();
    this.#asking = undefined;
  }
}
