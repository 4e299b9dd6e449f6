/** What both ends of the trace socket agree on: where it is, and how a watcher says what to watch. */
import { join } from 'node:path';
import type { TraceSubject } from './trace-filter.ts';

/** The shortest `sun_path` of the systems Node runs on, less its NUL. */
const PATH_BYTES_MAX = 103;

/** Longer than any name with its escapes; a watcher sends no more than this. */
export const REQUEST_BYTES_MAX = 8_192;

/** Returns where the socket of a state directory is. */
export function traceSocketPath(stateDir: string): string {
  return join(stateDir, 'trace.sock');
}

/** Whether a path is too long for a unix socket; the system would cut or refuse it. */
export function isTooLongForSocket(path: string): boolean {
  return Buffer.byteLength(path) > PATH_BYTES_MAX;
}

/** Returns the one line a watcher sends. */
export function encodeRequest(subject: TraceSubject): string {
  return `${JSON.stringify({ watch: subject })}\n`;
}

/** Returns the subject that a watcher's line asks for, or undefined when it is no such line. */
export function decodeRequest(line: string): TraceSubject | undefined {
  const value = parseJson(line);
  if (typeof value !== 'object' || value === null || !('watch' in value)) return undefined;
  const { watch } = value;
  return typeof watch === 'string' || watch === null ? watch : undefined;
}

/** Returns the value of a JSON text, or undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // JSON.parse's only way to say that the text is no JSON.
    return undefined;
  }
}
