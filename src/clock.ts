/** The clock every decision is given, so that tests of time are exact and instant; and how its instants look in JSON. */

export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Returns an instant (epoch milliseconds) as JSON shows it everywhere: UTC, without a fraction when it is zero (contract §5); null stays null. */
export function instantJson(epochMs: number): string;
export function instantJson(epochMs: number | null): string | null;
export function instantJson(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString().replace('.000Z', 'Z');
}
