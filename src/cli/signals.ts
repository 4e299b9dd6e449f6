/** How a command that runs until it is stopped learns that it should stop. */

/** `stop` aborts at the first signal (finish what is begun), `hurry` at the second (finish nothing more). */
export interface StopSignals {
  readonly stop: AbortSignal;
  readonly hurry: AbortSignal;
}

/** Takes the signals over from the system, which until then just ends the process. */
export type WatchSignals = () => StopSignals;

/** Resolves once a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
