/** Compiles replay.c and runs it: the load generator of the bench, in C so that it does not eat the machine it measures. */
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface ReplayOptions {
  readonly program: string;
  readonly file: string;
  readonly port: number;
  /** Packets outstanding at most. */
  readonly window: number;
  readonly timeoutMs: number;
  /** Packets begun per second at most; without it, as the window allows. */
  readonly ratePerSecond?: number;
}

export interface ReplayResult {
  readonly answered: number;
  /** Of the answered, those with an Access-Reject. */
  readonly rejected: number;
  readonly lost: number;
  readonly retransmits: number;
  readonly seconds: number;
  readonly p50Microseconds: number;
  readonly p99Microseconds: number;
  readonly maxMicroseconds: number;
  readonly cpuSeconds: number;
}

const SOURCE = fileURLToPath(new URL('replay.c', import.meta.url));
const LEAST_SOCKETS = 16;
const IDENTIFIERS = 256;

/** Compiles replay.c into a directory and returns the program's path, or nothing where there is no C compiler. */
export function compileReplay(directory: string): string | undefined {
  const program = join(directory, 'replay');
  try {
    execFileSync('cc', ['-O2', '-o', program, SOURCE], { stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return program;
}

/** Replays a load file against 127.0.0.1 and returns what came of it; lost packets are a figure, not an error. */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  // Twice the window in slots, so that one slow answer does not hold up the packets behind it.
  const sockets = Math.max(LEAST_SOCKETS, Math.ceil((2 * options.window) / IDENTIFIERS));
  const { file, port, window, timeoutMs, ratePerSecond = 0 } = options;
  const words = [file, '127.0.0.1', port, window, sockets, timeoutMs, ratePerSecond].map(String);
  const output = await run(options.program, words);
  return {
    answered: figure(output, 'answered'),
    rejected: figure(output, 'rejected'),
    lost: figure(output, 'lost'),
    retransmits: figure(output, 'retransmits'),
    seconds: figure(output, 'seconds'),
    p50Microseconds: figure(output, 'p50_us'),
    p99Microseconds: figure(output, 'p99_us'),
    maxMicroseconds: figure(output, 'max_us'),
    cpuSeconds: figure(output, 'cpu_seconds'),
  };
}

async function run(program: string, words: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, words)).stdout;
  } catch (error) {
    // Exit code 1: packets were lost, and the figures say how many.
    const hasFigures = error instanceof Error && 'code' in error && error.code === 1 && 'stdout' in error;
    if (hasFigures) return String(error.stdout);
    throw error;
  }
}

function figure(output: string, name: string): number {
  const value = output.match(new RegExp(`\\b${name} ([0-9.]+)`))?.[1];
  if (value === undefined) throw new Error(`replay printed no ${name}: ${output}`);
  return Number(value);
}
