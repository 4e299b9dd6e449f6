/** Answer times in bounded memory: counted in buckets one hundredth wide, so that a percentile is right to one part in a hundred. */

const BUCKET_RATIO = 1.01;
const SMALLEST_MS = 0.001;

export class AnswerTimes {
  readonly #counts: number[] = [];
  #total = 0;
  #largestMs = 0;

  add(milliseconds: number): void {
    const ratio = Math.max(milliseconds, SMALLEST_MS) / SMALLEST_MS;
    const bucket = Math.floor(Math.log(ratio) / Math.log(BUCKET_RATIO));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total++;
    this.#largestMs = Math.max(this.#largestMs, milliseconds);
  }

  get maximumMs(): number {
    return this.#largestMs;
  }

  /** Returns the time, in milliseconds, that a share of the answers (0.99) did not exceed; 0 when there were none. */
  percentileMs(share: number): number {
    let remaining = Math.ceil(share * this.#total);
    if (remaining === 0) return 0;
    for (const [bucket, count] of this.#counts.entries()) {
      remaining -= count ?? 0;
      if (remaining <= 0) return Math.min(SMALLEST_MS * BUCKET_RATIO ** (bucket + 1), this.#largestMs);
    }
    return this.#largestMs;
  }
}
