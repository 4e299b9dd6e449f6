/** Runs the command line as a child process, as a shell would. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface RunResult {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** RADMETER_* variables and others on top of this process's environment, whose own RADMETER_* ones are left out. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Which Node, and which entry file; default: this one, and the sources. */
  readonly node?: string;
  readonly main?: string;
}

/** A radmeter that runs. */
export interface RunningRadmeter {
  readonly result: Promise<RunResult>;
  /** Resolves when its standard output matches; rejects when it ends first. */
  printed(pattern: RegExp): Promise<void>;
  /** The same of its standard error. */
  noted(pattern: RegExp): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Stops reading its standard output, as `| head` does. */
  closeOutput(): void;
}

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** Starts `radmeter ARGS`. */
export function startRadmeter(args: readonly string[], options: RunOptions = {}): RunningRadmeter {
  // Tests run side by side, and the ports of HTTP and of logins are one for all.
  const quiet = args[0] === 'serve' ? { RADMETER_HTTP_LISTEN: 'none', RADMETER_AUTH_LISTEN: 'none' } : {};
  const child = spawn(options.node ?? process.execPath, [options.main ?? MAIN, ...args], {
    cwd: options.cwd,
    env: { ...environmentWithoutSettings(), NO_COLOR: '1', ...quiet, ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    output.stderr += chunk;
  });
  child.stdin.end(options.input);
  const result = new Promise<RunResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  const seen = (name: 'stdout' | 'stderr', pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => pattern.test(output[name]) && resolve();
      look();
      child[name].on('data', look);
      child.on('close', () =>
        reject(new Error(`radmeter ended before it printed ${pattern}: ${output.stderr}`)),
      );
    });
  return {
    result,
    printed: (pattern) => seen('stdout', pattern),
    noted: (pattern) => seen('stderr', pattern),
    signal: (name) => child.kill(name),
    closeOutput: () => child.stdout.destroy(),
  };
}

/** Runs `radmeter ARGS` to its end. */
export function runRadmeter(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return startRadmeter(args, options).result;
}

function environmentWithoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RADMETER_')));
}
