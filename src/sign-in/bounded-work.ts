/** Slow work, a few pieces at a time, with an end to how many wait. */
import { AppError } from '../errors.ts';

export interface BoundedWorkOptions {
  readonly atOnceMax: number;
  readonly waitingMax: number;
}

export class BoundedWork {
  readonly #options: BoundedWorkOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: BoundedWorkOptions) {
    this.#options = options;
  }

  /** Does a piece of work in its turn and returns what it returns; throws AppError `unavailable` where too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await work();
    } finally {
      // Whoever waits takes the place over, so nobody who comes just now slips in before.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(): Promise<void> | undefined {
    const { atOnceMax, waitingMax } = this.#options;
    if (this.#running < atOnceMax) {
      this.#running++;
      return undefined;
    }
    if (this.#waiting.length >= waitingMax) {
      throw new AppError('unavailable', `more than ${waitingMax} passwords wait to be checked`);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
