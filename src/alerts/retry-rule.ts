/** When a message that could not be sent is tried again, and when it is given up. Pure. */

/** What came of one attempt to send a message. */
export type Attempt =
  | { readonly isSent: true }
  | {
      readonly isSent: false;
      readonly reason: string;
      /** The other side will never take this message. */
      readonly isPermanent: boolean;
      /** It was not about this message: the others would fare no better now. */
      readonly isServerAway: boolean;
      /** Whether it counts towards giving up: the other side had the message, or may have had it. */
      readonly isCounted: boolean;
    };

/** Returns whether a message that could not be sent is given up: refused for good, refused too often, or begun so long ago (milliseconds) that nobody waits for it, however long its server was away. */
export function isGivenUp(
  attempt: Attempt & { readonly isSent: false },
  { attempts, ageMs }: { readonly attempts: number; readonly ageMs: number },
): boolean {
  const isRefusedTooOften = attempt.isCounted && attempts >= ATTEMPTS_MAX;
  return attempt.isPermanent || isRefusedTooOften || ageMs >= AGE_MS_MAX;
}

/** Two days with the waits below. */
const ATTEMPTS_MAX = 20;
const AGE_MS_MAX = 14 * 86_400_000;
const FIRST_WAIT_MS = 60_000;
const WAIT_MS_MAX = 4 * 3_600_000;

/** Returns how long to wait after so many attempts (1 or more) before the next: a minute, then twice as long each time, four hours at most. */
export function waitAfterMs(attempts: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 30), WAIT_MS_MAX);
}

const PAUSE_MS = 30_000;
const PAUSE_MS_MAX = 600_000;

/** Returns how long to leave a server alone that was away so many times in a row (1 or more). */
export function pauseAfterMs(times: number): number {
  return Math.min(PAUSE_MS * 2 ** Math.min(times - 1, 30), PAUSE_MS_MAX);
}
