/** Keeping sums fresh behind the scenes for as long as people ask for them, so that nobody is shown those of whoever asked last (contract §0.10). */

/** A clock that nobody sets, and what it rings for. */
export interface Timing {
  /** Milliseconds since whenever. */
  nowMs(): number;
  /** Calls back once, so many milliseconds from now, unless the returned function is called before. */
  after(ms: number, ring: () => void): () => void;
}

/** The clock of this process; what rings later does not keep the process alive. */
export const processTiming: Timing = {
  nowMs: () => performance.now(),
  after: (ms, ring) => {
    const timer = setTimeout(ring, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Sums over many users are no older than this, and as long as making them takes (contract §0.10). */
export const MAX_AGE_MS = 60_000;
/** What is too old is waited for so long; then it is shown with its age. */
export const PATIENCE_MS = 10_000;
const INTEREST_MS = 15 * 60_000;
/** What fails is not tried again at once. */
const PAUSE_MS = 2_000;

export interface KeptFreshOptions {
  readonly timing: Timing;
  /** When to refresh next, by the same clock; undefined where nothing need be kept fresh. */
  readonly dueAt: () => number | undefined;
  readonly refresh: () => Promise<unknown>;
  /** So long after the last question nothing is kept fresh any more; a quarter of an hour if not given. */
  readonly interestMs?: number;
}

/** Refreshes when it is due, while somebody has asked not long ago. */
export class KeptFresh {
  readonly #options: KeptFreshOptions;
  #askedAt = Number.NEGATIVE_INFINITY;
  #disarm: (() => void) | undefined;
  #isRefreshing = false;
  #isClosed = false;

  constructor(options: KeptFreshOptions) {
    this.#options = options;
  }

  /** Takes note that somebody asked. */
  asked(): void {
    this.#askedAt = this.#options.timing.nowMs();
    this.#arm();
  }

  /** Refreshes no more. */
  close(): void {
    this.#isClosed = true;
    this.#disarm?.();
  }

  #arm(): void {
    const { timing, dueAt } = this.#options;
    if (this.#isClosed || this.#isRefreshing || this.#disarm !== undefined) return;
    const due = dueAt();
    if (due === undefined) return;
    this.#disarm = timing.after(Math.max(PAUSE_MS, due - timing.nowMs()), () => this.#ring());
  }

  #ring(): void {
    const { timing, dueAt, refresh, interestMs = INTEREST_MS } = this.#options;
    this.#disarm = undefined;
    const now = timing.nowMs();
    if (now - this.#askedAt > interestMs) return;
    // Whoever asked meanwhile may have had it made.
    if ((dueAt() ?? Number.POSITIVE_INFINITY) > now) {
      this.#arm();
      return;
    }
    this.#isRefreshing = true;
    const again = () => {
      this.#isRefreshing = false;
      this.#arm();
    };
    // What is at hand says how old it is, and it is tried again.
    refresh().then(again, again);
  }
}

/** Returns how old sums may get, in milliseconds since they were begun, before newer ones are begun: in time for them to be ready within a minute, but never oftener than every half. */
export function restMs(tookMs: number): number {
  return Math.max(MAX_AGE_MS / 2, MAX_AGE_MS - tookMs);
}

/** Returns what work gives, or undefined where it takes longer than that or fails: what is at hand says how old it is. */
export async function within<T>(timing: Timing, work: Promise<T>, ms: number): Promise<T | undefined> {
  const { promise: waited, resolve } = Promise.withResolvers<undefined>();
  const stop = timing.after(ms, () => resolve(undefined));
  try {
    return await Promise.race([work.catch(() => undefined), waited]);
  } finally {
    stop();
  }
}
