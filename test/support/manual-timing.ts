/** A clock that stands still until it is moved. */
import type { Timing } from '../../src/usage/kept-fresh.ts';

export interface ManualTiming extends Timing {
  /** Moves it on; what is due on the way rings. */
  pass(ms: number): void;
  /** Moves it on and rings nothing: what is due rings when it passes on. */
  leap(ms: number): void;
  /** How much is to ring. */
  ringCount(): number;
}

/** Returns a clock at 0. */
export function manualTiming(): ManualTiming {
  const rings = new Set<{ readonly at: number; readonly ring: () => void }>();
  let now = 0;
  return {
    nowMs: () => now,
    after(ms, ring) {
      const entry = { at: now + ms, ring };
      rings.add(entry);
      return () => void rings.delete(entry);
    },
    pass(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...rings].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        rings.delete(next);
        now = Math.max(now, next.at);
        next.ring();
      }
      now = end;
    },
    leap(ms) {
      now += ms;
    },
    ringCount: () => rings.size,
  };
}
