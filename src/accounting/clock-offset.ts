/** How far each NAS's clock is behind ours, learned from what its packets say of both. */
import type { ClockReading } from './decode.ts';

/** A minimum is trusted for one to two windows, so that a clock that was set back is followed within the hour. */
const WINDOW_MS = 30 * 60 * 1000;
const NASES_MAX = 10_000;

interface Observed {
  windowStart: number;
  current: number;
  previous: number;
  /** Whether what was known before this process has been taken into account. */
  isSeeded: boolean;
}

/**
 * Learned offsets by NAS, in milliseconds to add to the NAS's clock to get ours.
 *
 * No packet arrives before its event, so the smallest difference seen is the nearest to the truth: a packet that was
 * late, or resent, only looks as if the NAS's clock were further behind.
 */
export class ClockOffsets {
  readonly #nasesMax: number;
  /** The NAS heard longest ago first, as far as a window tells. */
  readonly #byNas = new Map<string, Observed>();

  constructor({ nasesMax = NASES_MAX }: { readonly nasesMax?: number } = {}) {
    this.#nasesMax = nasesMax;
  }

  /**
   * Takes one packet's reading into account and returns the NAS's offset in milliseconds.
   *
   * `known` gives what was learned of this NAS elsewhere (before a restart, by another instance), undefined while
   * nobody can say. It counts once, as the window before this one: a NAS that was reset meanwhile is followed all the same.
   */
  observe(nas: string, reading: ClockReading, known: () => number | undefined = () => undefined): number {
    const { nasEventAt, arrivedAt, delaySeconds } = reading;
    const offset = arrivedAt - delaySeconds * 1000 - nasEventAt;
    const observed = this.#byNas.get(nas) ?? this.#begin(nas, arrivedAt);
    if (arrivedAt - observed.windowStart >= WINDOW_MS) {
      observed.previous = observed.current;
      observed.current = offset;
      observed.windowStart = arrivedAt;
      this.#byNas.delete(nas);
      this.#byNas.set(nas, observed);
    }
    if (!observed.isSeeded) seed(observed, known());
    observed.current = Math.min(observed.current, offset);
    return Math.min(observed.current, observed.previous);
  }

  #begin(nas: string, windowStart: number): Observed {
    if (this.#byNas.size >= this.#nasesMax) {
      const [oldest] = this.#byNas.keys();
      if (oldest !== undefined) this.#byNas.delete(oldest);
    }
    const observed = {
      windowStart,
      current: Number.POSITIVE_INFINITY,
      previous: Number.POSITIVE_INFINITY,
      isSeeded: false,
    };
    this.#byNas.set(nas, observed);
    return observed;
  }
}

function seed(observed: Observed, known: number | undefined): void {
  if (known === undefined) return;
  observed.previous = Math.min(observed.previous, known);
  observed.isSeeded = true;
}
