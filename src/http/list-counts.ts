/** How many rows whole lists have: counting a million takes longer than a page may, so it is remembered for a minute (contract §0.10). */
import { EXACT_COUNT_MAX } from '../profiles/head-counts.ts';

const MAX_AGE_MS = 60_000;

interface Counted {
  readonly count: number;
  readonly at: number;
}

export class ListCounts {
  readonly #known = new Map<string, Counted>();
  readonly #counting = new Map<string, Promise<Counted>>();
  readonly #nowMs: () => number;

  /** `nowMs` need not be the time of day: it only tells ages. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Returns the count of an unfiltered list: of this moment while it is short, else an older one at once, while it is counted anew behind it. */
  async of(list: string, count: () => Promise<number>): Promise<number> {
    const known = this.#known.get(list);
    const isLong = known !== undefined && known.count > EXACT_COUNT_MAX;
    if (isLong && this.#nowMs() - known.at < MAX_AGE_MS) return known.count;
    const counting = this.#count(list, count);
    if (!isLong) return (await counting).count;
    // Whoever comes next tries again.
    counting.catch(() => {});
    return known.count;
  }

  /** After something was added or removed through this instance: a client that adds a row expects to see it counted. */
  forget(list: string): void {
    this.#known.delete(list);
  }

  #count(list: string, count: () => Promise<number>): Promise<Counted> {
    const running = this.#counting.get(list);
    if (running !== undefined) return running;
    const counting = count()
      .then((found) => {
        const counted = { count: found, at: this.#nowMs() };
        this.#known.set(list, counted);
        return counted;
      })
      .finally(() => this.#counting.delete(list));
    this.#counting.set(list, counting);
    return counting;
  }
}
