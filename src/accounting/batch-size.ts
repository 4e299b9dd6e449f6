/** How large a batch a database can commit in time, found by trying. */

/** Keeps patience bounded: so many batches between two tries of a larger one. */
const PATIENCE_MAX = 1_024;

/** Halves with each failure and doubles after successes; the more often the larger size failed, the later it is tried again, until it succeeds. */
export class BatchSize {
  readonly #most: number;
  #records: number;
  /** Successes at one size before a larger one is tried. */
  #patience = 1;
  #successes = 0;
  /** Whether this size follows a smaller one that did, and has still to show itself. */
  #isTrial = false;

  /** Begins with the most records a batch may have. */
  constructor(most: number) {
    this.#most = most;
    this.#records = most;
  }

  /** The most records the next batch should have, at least 1. */
  get records(): number {
    return this.#records;
  }

  /** Takes note of a batch that was committed in time. A smaller one than asked for says nothing about size. */
  succeeded(records: number): void {
    if (records < this.#records) return;
    if (this.#isTrial) this.#patience = Math.ceil(this.#patience / 2);
    this.#isTrial = false;
    if (this.#records === this.#most) this.#patience = 1;
    else if (++this.#successes >= this.#patience) this.#tryLarger();
  }

  /** Takes note of a batch that was not; several failures in a row are one database that is away, not many sizes that are too large. */
  failed(records: number): void {
    if (this.#isTrial) this.#patience = Math.min(PATIENCE_MAX, 2 * this.#patience);
    this.#isTrial = false;
    this.#successes = 0;
    this.#records = Math.max(1, Math.floor(Math.min(records, this.#records) / 2));
  }

  #tryLarger(): void {
    this.#records = Math.min(this.#most, 2 * this.#records);
    this.#successes = 0;
    this.#isTrial = true;
  }
}
