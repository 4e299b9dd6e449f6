/** Slow work, a few pieces at a time, in lanes that take turns, with an end to how many wait in each. */
import { AppError } from '../errors.ts';

export interface BoundedWorkOptions {
  readonly atOnceMax: number;
  /** How long a piece takes until one was seen, milliseconds. */
  readonly pieceMs?: number;
  /** Milliseconds that never go back; those of this process if not given. */
  readonly nowMs?: () => number;
}

/** Where a lane ends; either may be left out. */
export interface LaneLimits {
  /** Pieces that wait. */
  readonly waitingMax?: number;
  /** Milliseconds that the work before a new piece would take, by what pieces took lately. */
  readonly waitMaxMs?: number;
}

/** Where pieces of one sort queue up. */
export interface WorkLane {
  /** Does a piece of work in its turn and returns what it returns; throws AppError `unavailable` where too much waits already. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

interface Lane {
  readonly limits: LaneLimits;
  readonly waiting: (() => void)[];
}

const PIECE_MS = 100;
/** How much the last piece says of the next one. */
const WEIGHT = 0.2;

/** Lanes that share what may be done at once: where several have work waiting, each gets every second, third, … place, so none starves another. */
export class BoundedWork {
  readonly #atOnceMax: number;
  readonly #nowMs: () => number;
  readonly #lanes: Lane[] = [];
  #pieceMs: number;
  #running = 0;
  /** Whose turn it was. */
  #turn = 0;

  constructor({ atOnceMax, pieceMs, nowMs }: BoundedWorkOptions) {
    this.#atOnceMax = atOnceMax;
    this.#pieceMs = pieceMs ?? PIECE_MS;
    this.#nowMs = nowMs ?? (() => performance.now());
  }

  /** Returns a new lane. */
  lane(limits: LaneLimits): WorkLane {
    const lane: Lane = { limits, waiting: [] };
    this.#lanes.push(lane);
    return { run: (work) => this.#run(lane, work) };
  }

  async #run<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    await this.#place(lane);
    const begunAt = this.#nowMs();
    try {
      const result = await work();
      this.#pieceMs += WEIGHT * (this.#nowMs() - begunAt - this.#pieceMs);
      return result;
    } finally {
      this.#passOn();
    }
  }

  #place(lane: Lane): Promise<void> | undefined {
    if (this.#running < this.#atOnceMax) {
      this.#running++;
      return undefined;
    }
    if (this.#isFull(lane)) throw new AppError('unavailable', 'too many passwords wait to be checked');
    return new Promise((resolve) => lane.waiting.push(resolve));
  }

  #isFull({ limits, waiting }: Lane): boolean {
    const { waitingMax = Number.POSITIVE_INFINITY, waitMaxMs = Number.POSITIVE_INFINITY } = limits;
    // Others that wait take as many places meanwhile.
    const others = this.#lanes.filter((lane) => lane.waiting !== waiting && lane.waiting.length > 0).length;
    const waitMs = (waiting.length * (1 + others) * this.#pieceMs) / this.#atOnceMax;
    return waiting.length >= waitingMax || waitMs > waitMaxMs;
  }

  /** Whoever waits takes the place over, so nobody who comes just now slips in before. */
  #passOn(): void {
    for (let step = 1; step <= this.#lanes.length; step++) {
      const at = (this.#turn + step) % this.#lanes.length;
      const next = this.#lanes[at]?.waiting.shift();
      if (next === undefined) continue;
      this.#turn = at;
      next();
      return;
    }
    this.#running--;
  }
}
