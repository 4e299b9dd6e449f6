/** Waiting for a database that is not there yet. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors.ts';

export interface WaitOptions {
  /** Ends the wait: it then rejects. */
  readonly signal: AbortSignal;
  /** Called with each error that is waited out. */
  readonly onAway: (error: Error) => void;
}

const RETRY_MS = 2_000;

/** Runs an action again and again until the database answers, and returns its result. Rejects with what can never work (an AppError other than `unavailable`), and when the wait is ended. */
export async function untilDatabaseAnswers<T>(
  action: () => Promise<T>,
  { signal, onAway }: WaitOptions,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await action();
    } catch (error) {
      // What was refused for a reason will be refused again; what could not be reached may come.
      if (error instanceof AppError && error.code !== 'unavailable') throw error;
      if (!(error instanceof Error)) throw error;
      onAway(error);
    }
    await sleep(RETRY_MS, undefined, { signal });
  }
}
