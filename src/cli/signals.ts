/** How a command that runs until it is stopped learns that it should stop. */

/** `stop` aborts at the first signal (finish what is begun), `hurry` at the second (finish nothing more). */
export interface StopSignals {
  readonly stop: AbortSignal;
  readonly hurry: AbortSignal;
}

/** Takes the signals over from the system, which until then just ends the process. */
export type WatchSignals = () => StopSignals;

/** What of a process is needed to hear its signals. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
}

/** A terminal and systemd signal every process of ours, and the one that started us on another Node forwards it again. */
const SAME_SIGNAL_MS = 500;

/** Returns signals that follow SIGTERM and SIGINT; `stop` also follows `outputClosed`, since nobody reads any more. `nowMs` is a clock that never steps. */
export function stopSignals(
  source: SignalSource,
  nowMs: () => number,
  outputClosed: AbortSignal = new AbortController().signal,
): StopSignals {
  const stop = new AbortController();
  const hurry = new AbortController();
  let firstAt: number | undefined;
  const listener = () => {
    firstAt ??= nowMs();
    stop.abort();
    if (nowMs() - firstAt >= SAME_SIGNAL_MS) hurry.abort();
  };
  source.on('SIGTERM', listener);
  source.on('SIGINT', listener);
  return { stop: AbortSignal.any([stop.signal, outputClosed]), hurry: hurry.signal };
}

/** Resolves once a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
