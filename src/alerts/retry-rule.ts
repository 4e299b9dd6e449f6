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
    };

/** Two days with the waits below: a mail server that is away over a weekend's night loses nothing. */
export const ATTEMPTS_MAX = 20;
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
