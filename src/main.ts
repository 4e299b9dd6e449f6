#!/usr/bin/env node
/** The installed command: sees to a Node that can run radmeter, then hands the command line over; owns signals and the exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Nothing but Node's own modules is imported above, and nothing newer than Node 18 is written here: an old Node
// must get as far as the check below (better-sqlite3 dies on Node 20 with SIGSEGV).
const NODE_MAJOR_MIN = 22;
/** How long something forgotten may keep the process alive once all is done. */
const LAST_RESORT_MS = 10_000;
/** How long a hurried end may take: a batch that is under way ends within db-timeout. */
const HURRIED_END_MS = 4_000;
const EXIT_UNAVAILABLE = 69;
const EXIT_INTERNAL = 70;

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) runOnBundledNode();
else await run();

async function run(): Promise<void> {
  const closed = new AbortController();
  // Whoever reads our output may stop reading (`| head`): that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed.abort();
  });
  const { runCli } = await import('./cli/cli.ts');
  const { stopSignals } = await import('./cli/signals.ts');
  const watchSignals = () => {
    const signals = stopSignals(process, () => performance.now(), closed.signal);
    signals.hurry.addEventListener('abort', () => endWithin(HURRIED_END_MS), { once: true });
    return signals;
  };
  process.exitCode = await runCli(process.argv.slice(2), { watchSignals });
  endWithin(LAST_RESORT_MS);
}

/** Unref'd: it only fires when something else still keeps the process alive. */
function endWithin(waitMs: number): void {
  setTimeout(() => process.exit(process.exitCode ?? EXIT_INTERNAL), waitMs).unref();
}

function runOnBundledNode(): void {
  const binary = bundledNode();
  if (binary === undefined) {
    process.stderr.write(
      `radmeter needs Node ${NODE_MAJOR_MIN} or newer and this is ${process.version}; install a newer Node, or reinstall radmeter with its optional packages.\n`,
    );
    process.exitCode = EXIT_UNAVAILABLE;
    return;
  }
  const child = spawn(binary, process.argv.slice(1), { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write(`radmeter: ${binary} cannot be started (${error.message}).\n`);
    process.exitCode = EXIT_UNAVAILABLE;
  });
  endLike(child);
}

/** Passes signals on to the child and ends the way it ends. */
function endLike(child: ChildProcess): void {
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeAllListeners(name);
    if (signal === null) process.exitCode = code ?? EXIT_INTERNAL;
    else {
      // A shell's way to say "killed by that signal", in case the signal itself does not end us.
      process.exitCode = 128 + constants.signals[signal];
      process.kill(process.pid, signal);
    }
  });
}

/** The binary of the optional package for this machine, in our own node_modules or in one around us, where npm hoists it. */
function bundledNode(): string | undefined {
  const packageName = `node-${process.platform}-${process.arch}`;
  let directory = dirname(realpathSync(fileURLToPath(import.meta.url)));
  for (;;) {
    const binary = join(directory, 'node_modules', packageName, 'bin', 'node');
    if (existsSync(binary) && realpathSync(process.execPath) !== realpathSync(binary)) return binary;
    if (dirname(directory) === directory) return undefined;
    directory = dirname(directory);
  }
}
