/** `npm run fuzz:http`: requests of every kind to everything that is served over HTTP, and which answers they came to. */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printLine, printNote } from '../../../src/cli/output.ts';
import { openDatabase } from '../../../src/db/database.ts';
import { migrateToLatest } from '../../../src/db/migrate.ts';
import { type CampaignResult, ROUND_REQUESTS, runCampaign } from './campaign.ts';
import { failureText } from './failure-text.ts';

const HELP = `npm run fuzz:http -- [options]

  --rounds N  rounds of ${ROUND_REQUESTS} requests each (default: 400)
  --seed N    what they are made of, with their number (default: random, printed)
  --from N    number of the first round (default: 0)

  npm run fuzz:http                                   a hundred thousand new requests
  npm run fuzz:http -- --seed 7 --from 81 --rounds 1  round 81 of seed 7 again

Exit code 1 when an answer was not what it must be, or an outcome was never come to.
`;

/** A run of so many rounds comes to every outcome, whatever its seed. */
const COMPLETE_ROUNDS = 120;
const OPTIONS = ['--rounds', '--seed', '--from'];
const EXIT_USAGE = 64;

process.exitCode = await main();

async function main(): Promise<number> {
  const plan = planFrom(process.argv.slice(2));
  if (plan === undefined) {
    process.stdout.write(HELP);
    return process.argv.includes('--help') ? 0 : EXIT_USAGE;
  }
  printLine(`Seed ${plan.seed}, ${plan.roundCount} rounds from number ${plan.from}`);
  const startedAt = performance.now();
  const result = await inTemporaryDatabase((db) => runCampaign({ ...plan, db, onRound: showProgress }));
  const seconds = (performance.now() - startedAt) / 1000;
  for (const line of result.counts.lines()) printLine(line);
  printLine(`${result.counts.requestCount} requests in ${seconds.toFixed(1)} s`);
  return verdict(result, plan);
}

interface Plan {
  readonly seed: number;
  readonly from: number;
  readonly roundCount: number;
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
    roundCount: numberAfter('--rounds', 400),
  };
  const isKnown = args.every((arg, at) => (at % 2 === 0 ? OPTIONS.includes(arg) : /^\d+$/.test(arg)));
  return isKnown && Object.values(plan).every(Number.isSafeInteger) ? plan : undefined;
}

async function inTemporaryDatabase<T>(use: (db: ReturnType<typeof openDatabase>) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'radmeter-fuzz-'));
  const db = openDatabase(`sqlite:${join(directory, 'radmeter.db')}`);
  try {
    await migrateToLatest(db);
    return await use(db);
  } finally {
    await db.close();
    rmSync(directory, { recursive: true });
  }
}

function verdict({ counts, failure }: CampaignResult, { seed, from, roundCount }: Plan): number {
  if (failure !== undefined) {
    printNote(failureText(failure));
    printNote(`Again: npm run fuzz:http -- --seed ${seed} --from ${failure.round} --rounds 1`);
    return 1;
  }
  const isComplete = from === 0 && roundCount >= COMPLETE_ROUNDS;
  const missing = isComplete ? counts.missing() : [];
  for (const outcome of missing) printNote(`Never come to: ${outcome}`);
  if (missing.length > 0) return 1;
  printLine('Every answer was what it must be.');
  return 0;
}

function showProgress(round: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[KRound ${round}`);
}
