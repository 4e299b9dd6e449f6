/** How far each NAS's clock is behind ours, learned from what its packets say of both. */
import type { ClockReading } from './decode.ts';

/** A minimum is trusted for one to two windows, so that a clock that was set back is followed within the hour. */
const WINDOW_MS = 30 * 60 * 1000;
const NASES_MAX = 10_000;

interface Observed {
  windowStart: number;
  current: number;
  previous: number;
}

/**
 * Learned offsets by NAS, in milliseconds to add to the NAS's clock to get ours.
 *
 * No packet arrives before its event, so the smallest difference seen is the nearest to the truth: a packet that was
 * late, or resent, only looks as if the NAS's clock were further behind.
 */
export class ClockOffsets {
  readonly #byNas = new Map<string, Observed>();

  /** Takes one packet's reading into account and returns the NAS's offset in milliseconds. */
  observe(nas: string, { nasEventAt, arrivedAt, delaySeconds }: ClockReading): number {
    const offset = arrivedAt - delaySeconds * 1000 - nasEventAt;
    const known = this.#byNas.get(nas);
    if (known === undefined) {
      if (this.#byNas.size >= NASES_MAX) this.#byNas.clear();
      this.#byNas.set(nas, { windowStart: arrivedAt, current: offset, previous: Number.POSITIVE_INFINITY });
      return offset;
    }
    if (arrivedAt - known.windowStart >= WINDOW_MS) {
      known.previous = known.current;
      known.current = offset;
      known.windowStart = arrivedAt;
    }
    known.current = Math.min(known.current, offset);
    return Math.min(known.current, known.previous);
  }
}
