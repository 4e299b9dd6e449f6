/** Runs the command line as a child process, as a shell would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface RunResult {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
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

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** Starts `radmeter ARGS` and returns the process with its output collected in `result`. */
export function startRadmeter(
  args: readonly string[],
  options: RunOptions = {},
): { readonly child: ChildProcess; readonly result: Promise<RunResult> } {
  const child = spawn(options.node ?? process.execPath, [options.main ?? MAIN, ...args], {
    cwd: options.cwd,
    env: { ...environmentWithoutSettings(), NO_COLOR: '1', ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(options.input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const result = Promise.all([ended, text(child.stdout), text(child.stderr)]).then(
    ([code, stdout, stderr]) => ({
      code,
      stdout,
      stderr,
    }),
  );
  return { child, result };
}

/** Runs `radmeter ARGS` to its end. */
export function runRadmeter(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return startRadmeter(args, options).result;
}

function environmentWithoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RADMETER_')));
}
