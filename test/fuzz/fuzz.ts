/** `npm run fuzz`: mutated packets through the whole way of a datagram, and which outcomes they came to. */
import { randomInt } from 'node:crypto';
import { printLine, printNote } from '../../src/cli/output.ts';
import { type CampaignFailure, type CampaignResult, runCampaign } from './campaign.ts';
import { SWEEP_COUNT } from './fuzz-input.ts';
import { startWatchdog } from './watchdog.ts';

const HELP = `npm run fuzz -- [options]

  --count N   inputs (default: 1000000)
  --seed N    what they are made of, with their number (default: random, printed)
  --from N    number of the first input (default: 0)

  npm run fuzz                              a million new inputs
  npm run fuzz -- --seed 7 --from 81 --count 1   input 81 of seed 7 again

Exit code 1 when the code threw, did what it must never do, or a class of outcome was never reached; an input that
does not end is named and the run killed.
`;

/** A run from 0 of at least so many inputs reaches every class, whatever its seed. */
const COMPLETE_COUNT = 3 * SWEEP_COUNT;

const OPTIONS = ['--count', '--seed', '--from'];
const EXIT_USAGE = 64;

process.exitCode = await main();

async function main(): Promise<number> {
  const plan = planFrom(process.argv.slice(2));
  if (plan === undefined) {
    process.stdout.write(HELP);
    return process.argv.includes('--help') ? 0 : EXIT_USAGE;
  }
  const { seed, from, count } = plan;
  printLine(`Seed ${seed}, ${count} inputs from number ${from}`);
  const startedAt = performance.now();
  const watchdog = startWatchdog(plan);
  const onProgress = (done: number) => {
    watchdog.tell(done);
    showProgress(done, count);
  };
  const result = runCampaign({ ...plan, onProgress });
  clearProgress();
  await watchdog.stop();
  const seconds = (performance.now() - startedAt) / 1000;
  for (const line of result.counts.lines()) printLine(line);
  printLine(`${seconds.toFixed(1)} s, ${Math.round(result.doneCount / seconds)} inputs/s`);
  return verdict(result, { seed, isComplete: from === 0 && count >= COMPLETE_COUNT });
}

interface Plan {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
}

/** Returns what is asked for; undefined for help, and for what is not understood. */
function planFrom(args: readonly string[]): Plan | undefined {
  const numberAfter = (name: string, otherwise: number) => {
    const at = args.indexOf(name);
    return at < 0 ? otherwise : Number(args[at + 1] ?? Number.NaN);
  };
  const plan = {
    seed: numberAfter('--seed', randomInt(2 ** 31)),
    from: numberAfter('--from', 0),
    count: numberAfter('--count', 1_000_000),
  };
  const isKnown = args.every((arg, at) => (at % 2 === 0 ? OPTIONS.includes(arg) : /^\d+$/.test(arg)));
  return isKnown && Object.values(plan).every(Number.isSafeInteger) ? plan : undefined;
}

function verdict(
  { counts, failure }: CampaignResult,
  { seed, isComplete }: { readonly seed: number; readonly isComplete: boolean },
): number {
  if (failure !== undefined) {
    printFailure(failure, seed);
    return 1;
  }
  const missing = isComplete ? counts.missing() : [];
  for (const name of missing) printNote(`Never reached: ${name}`);
  if (missing.length > 0) return 1;
  printLine(isComplete ? 'Every input gave a value; every class was reached.' : 'Every input gave a value.');
  return 0;
}

function printFailure({ index, input, error }: CampaignFailure, seed: number): void {
  printNote(`Input ${index} of seed ${seed} failed, arrived at ${input.arrivedAt}:`);
  printNote(input.datagram.toString('hex'));
  printNote(error instanceof Error ? (error.stack ?? error.message) : String(error));
  printNote(`Again: npm run fuzz -- --seed ${seed} --from ${index} --count 1`);
}

function showProgress(done: number, count: number): void {
  if (done % 4096 !== 0 || !process.stderr.isTTY) return;
  process.stderr.write(`\r${done} of ${count} (${Math.floor((100 * done) / count)} %)`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}
