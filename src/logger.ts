/** The log: pino JSON lines, or readable ones on a terminal. */
import { type DestinationStream, type Logger, pino } from 'pino';
import { build as buildPretty } from 'pino-pretty';

export type { Logger } from 'pino';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** Returns a logger writing to standard output: pretty on a terminal, JSON elsewhere, synchronous so that no last line is lost. */
export function createLogger(level: LogLevel): Logger {
  const stream: DestinationStream = process.stdout.isTTY
    ? buildPretty({ colorize: true, ignore: 'pid,hostname', sync: true })
    : pino.destination({ dest: 1, sync: true });
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: shortError } },
    stream,
  );
}

const MESSAGE_CHARACTERS_MAX = 1_000;

/** What the log keeps of an error: the database drivers hang whole statements, packets and secrets in them, on theirs. */
export function shortError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error).slice(0, MESSAGE_CHARACTERS_MAX);
  const message = error.message.slice(0, MESSAGE_CHARACTERS_MAX);
  const frames = error.stack?.slice(error.stack.indexOf('\n    at ')) ?? '';
  return {
    type: error.name,
    message,
    ...('code' in error ? { code: error.code } : undefined),
    ...(error.cause === undefined ? undefined : { cause: shortError(error.cause) }),
    stack: frames.startsWith('\n') ? frames.slice(1) : undefined,
  };
}
