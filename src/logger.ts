/** The log: pino JSON lines, or readable ones on a terminal. */
import { type DestinationStream, type Logger, pino } from 'pino';
import { build as buildPretty } from 'pino-pretty';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Returns a logger writing to standard output: pretty on a terminal, JSON elsewhere, synchronous so that no last line is lost. */
export function createLogger(level: LogLevel): Logger {
  const stream: DestinationStream = process.stdout.isTTY
    ? buildPretty({ colorize: true, ignore: 'pid,hostname', sync: true })
    : pino.destination({ dest: 1, sync: true });
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}
