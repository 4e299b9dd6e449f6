/** Failed requests in the log at a bounded rate: whoever can reach the port could write a line with each request otherwise. */
import type { Logger } from '../logger.ts';

const INTERVAL_MS = 60_000;

/** A failed request, by its method and the pattern of its route. */
export interface FailedRequest {
  readonly method: string;
  readonly route: string | undefined;
}

export class FailureLog {
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  /** When a line of each kind was written, and how many more there would have been since. */
  readonly #written = new Map<string, { readonly at: number; more: number }>();

  /** `nowMs` only tells ages. */
  constructor(logger: Logger, nowMs: () => number = () => performance.now()) {
    this.#logger = logger;
    this.#nowMs = nowMs;
  }

  /** Writes a line, unless one of its kind was written within the minute; the next one says how many were left out (`more`). */
  note(severity: 'error' | 'warn', error: unknown, request: FailedRequest): void {
    const kind = kindOf(severity, error, request);
    const now = this.#nowMs();
    const last = this.#written.get(kind);
    if (last !== undefined && now - last.at < INTERVAL_MS) {
      last.more++;
      return;
    }
    this.#written.set(kind, { at: now, more: 0 });
    const more = last === undefined || last.more === 0 ? {} : { more: last.more };
    this.#logger[severity]({ err: error, ...request, ...more }, 'a request failed');
  }
}

/** Finitely many. What heals itself is the same on every route; somebody must look at each route that has an error. */
function kindOf(severity: 'error' | 'warn', error: unknown, { method, route }: FailedRequest): string {
  const name = error instanceof Error ? error.name : typeof error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return severity === 'warn' ? `${name} ${code}` : `${name} ${code} ${method} ${route ?? ''}`;
}
