/** Ends a fuzzing run whose input does not end: a thread of its own sees that the number of inputs done stands still. */
import { Worker } from 'node:worker_threads';

const STANDSTILL_MS = 20_000;

// It has no file of its own: it shares nothing with the run but the number, and prints by itself, since the run cannot.
const WATCH = `
  const { workerData } = require('node:worker_threads');
  const { writeSync } = require('node:fs');
  const { done, seed, from, standstillMs } = workerData;
  let last = -1;
  setInterval(() => {
    const now = Atomics.load(done, 0);
    if (now !== last) { last = now; return; }
    const index = from + now;
    writeSync(2, 'Input ' + index + ' of seed ' + seed + ' does not end.\\n');
    writeSync(2, 'Again: npm run fuzz -- --seed ' + seed + ' --from ' + index + ' --count 1\\n');
    process.kill(process.pid, 'SIGKILL');
  }, standstillMs);
`;

export interface Watchdog {
  /** Says how many inputs are done. */
  tell(doneCount: number): void;
  stop(): Promise<unknown>;
}

/** Starts watching; the process is killed when nothing is told for 20 s. */
export function startWatchdog({ seed, from }: { readonly seed: number; readonly from: number }): Watchdog {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { done, seed, from, standstillMs: STANDSTILL_MS };
  const worker = new Worker(WATCH, { eval: true, workerData });
  worker.unref();
  return { tell: (doneCount) => Atomics.store(done, 0, doneCount), stop: () => worker.terminate() };
}
