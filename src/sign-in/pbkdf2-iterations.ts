/** How many iterations the PBKDF2 hashes in the database have: what a sign-in must cost for the time to tell nothing (contract §0.16). */
import type { Database } from '../db/database.ts';
import { PBKDF2_ITERATIONS_MAX } from './password-hash.ts';

const MAX_AGE_MS = 3_600_000;
/** Where the number stands in `pbkdf2_sha256$870000$…`, and how long it and its `$` may be. */
const NUMBER_AT = 'pbkdf2_sha256$'.length + 1;
const NUMBER_LENGTH = String(PBKDF2_ITERATIONS_MAX).length + 1;

/** Remembers the most iterations of any hash for an hour: finding them reads the whole table. */
export class Pbkdf2Iterations {
  readonly #reader: Database;
  #known: { readonly most: number; readonly at: number } | undefined;
  #looking: Promise<number> | undefined;

  constructor(reader: Database) {
    this.#reader = reader;
  }

  /** Returns the most there are, 0 for none, and no fewer than those of a hash that was `met`; an older answer at once, while it is looked up anew behind it. Only the first waits. */
  async most(met = 0): Promise<number> {
    if (this.#known === undefined) return Math.max(met, await this.#look());
    // Every other check costs as much from now on, or one that takes longer would tell of its user.
    if (met > this.#known.most) this.#known = { most: met, at: this.#known.at };
    // Whoever comes next tries again.
    if (performance.now() - this.#known.at > MAX_AGE_MS) this.#look().catch(() => {});
    return this.#known.most;
  }

  #look(): Promise<number> {
    this.#looking ??= this.#read().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #read(): Promise<number> {
    const { knex } = this.#reader;
    const rows: { number: string }[] = await knex('users')
      .distinct(knex.raw('SUBSTR(password, ?, ?) as number', [NUMBER_AT, NUMBER_LENGTH]))
      .where('password', 'like', 'pbkdf2%');
    const counts = rows.map(({ number }) => Number(/^([0-9]+)\$/.exec(number)?.[1] ?? 0));
    const most = counts.filter((count) => count <= PBKDF2_ITERATIONS_MAX).reduce((a, b) => Math.max(a, b), 0);
    this.#known = { most, at: performance.now() };
    return most;
  }
}
