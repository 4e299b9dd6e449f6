/** A logger whose lines a test reads. */
import { type Logger, pino } from 'pino';

export interface LogLines {
  readonly logger: Logger;
  /** What was written so far, each line as an object with `level` and `msg`. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** Returns a logger that keeps every line, and the lines. */
export function logLines(): LogLines {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { logger, lines };
}
