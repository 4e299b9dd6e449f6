/** Whether the database answers, as far as the last question showed: what a Status-Server on the authentication port asks (RFC 5997 §4.2). */
import type { Database } from '../db/database.ts';

/** An answer older than this is asked for anew, behind whoever wants to know. */
const FRESH_MS = 1_000;
/** A question that waits this long has an answer. */
const SILENT_MS = 2_000;

export class DatabaseReadiness {
  readonly #db: Pick<Database, 'knex'>;
  #isUp = true;
  #seenAt = Number.NEGATIVE_INFINITY;
  #askedAt: number | undefined;

  constructor(db: Pick<Database, 'knex'>) {
    this.#db = db;
  }

  /** Whether logins can be decided now. */
  get isUp(): boolean {
    const now = performance.now();
    if (now - this.#seenAt > FRESH_MS) this.#ask(now);
    const isSilent = this.#askedAt !== undefined && now - this.#askedAt > SILENT_MS;
    return this.#isUp && !isSilent;
  }

  /** Takes note of whether the database did what it was asked. */
  note(isUp: boolean): void {
    this.#isUp = isUp;
    this.#seenAt = performance.now();
  }

  #ask(now: number): void {
    if (this.#askedAt !== undefined) return;
    this.#askedAt = now;
    // The table that logins begin with.
    this.#db
      .knex('users')
      .select('id')
      .limit(1)
      .then(
        () => this.note(true),
        () => this.note(false),
      )
      .finally(() => {
        this.#askedAt = undefined;
      });
  }
}
