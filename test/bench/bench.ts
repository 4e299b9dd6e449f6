/** `npm run bench`: replays a realistic load against the daemon on each database and prints how fast, how costly and how exact. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { printError, printLine, printNote } from '../../src/cli/output.ts';
import { AppError, EXIT_CODES, exitCodeOf } from '../../src/errors.ts';
import { type BenchDatabases, type DatabaseName, openBenchDatabases } from './bench-database.ts';
import { compileReplay } from './replay.ts';
import { machineLine, printRuns, printRunsAsJson } from './report.ts';
import { type Bench, isExact, type RunOptions, type RunResult, runAnswerServer, runDaemon } from './run.ts';

const HELP = `npm run bench -- [options]

  --databases LIST   sqlite, mysql or both (default: sqlite,mysql)
  --windows LIST     packets outstanding, one run each (default: 64,512)
  --sessions N       sessions of four packets each (default: 20000)
  --late SHARE       packets sent later than their turn in the second load (default: 0.1)
  --dup SHARE        records sent twice in the second load (default: 0.1)
  --set NAME=VALUE   a setting of the daemon, may be repeated: --set batch-max-records=128
  --json             JSON instead of tables

Exit code 1 when octets in the database differ from octets sent, or packets were lost.
`;

const OPTIONS = {
  databases: { type: 'string', default: 'sqlite,mysql' },
  windows: { type: 'string', default: '64,512' },
  sessions: { type: 'string', default: '20000' },
  late: { type: 'string', default: '0.1' },
  dup: { type: 'string', default: '0.1' },
  set: { type: 'string', multiple: true },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} satisfies ParseArgsOptionsConfig;

interface Plan {
  readonly databases: readonly DatabaseName[];
  readonly runs: readonly RunOptions[];
  readonly sessionCount: number;
  readonly settings: readonly string[];
  readonly isJson: boolean;
}

// Exiting, and not just dying, takes the daemon and the directory along.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    return await bench();
  } catch (error) {
    printError(error);
    return exitCodeOf(error);
  }
}

async function bench(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const plan = planFrom(values);
  const directory = mkdtempSync(join(tmpdir(), 'radmeter-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const replayProgram = compileReplay(directory);
  if (replayProgram === undefined) {
    printNote('The load generator is in C and there is no C compiler: apt-get install gcc libc6-dev');
    return EXIT_CODES.unavailable;
  }
  return runAll(plan, { directory, replayProgram, ...plan });
}

async function runAll(plan: Plan, bench: Bench): Promise<number> {
  const opened = new Map<DatabaseName, BenchDatabases>();
  try {
    for (const name of plan.databases) opened.set(name, await openBenchDatabases[name](bench.directory));
    const settings = await Promise.all([...opened.values()].map((databases) => databases.settings()));
    const machine = machineLine(settings, plan.settings);
    if (!plan.isJson) printLine(machine);
    const runs = await measureAll(plan, bench, opened);
    if (plan.isJson) printRunsAsJson(machine, runs);
    else printRuns(runs);
    return runs.every((run) => isExact(run) && run.replay.lost === 0) ? 0 : 1;
  } finally {
    for (const databases of opened.values()) await databases.stop();
  }
}

async function measureAll(
  plan: Plan,
  bench: Bench,
  opened: ReadonlyMap<DatabaseName, BenchDatabases>,
): Promise<RunResult[]> {
  const runs: RunResult[] = [];
  const finish = (run: RunResult) => {
    printNote(`${run.target}, ${run.window} outstanding: ${run.packetsPerSecond.toFixed(0)} packets/s`);
    runs.push(run);
  };
  for (const options of plan.runs.filter(({ late, duplicate }) => late === 0 && duplicate === 0)) {
    finish(await runAnswerServer(bench, options));
  }
  for (const [name, databases] of opened) {
    for (const options of plan.runs) finish(await runDaemon(bench, options, { name, databases }));
  }
  return runs;
}

function planFrom(values: {
  databases: string;
  windows: string;
  sessions: string;
  late: string;
  dup: string;
  set?: readonly string[];
  json: boolean;
}): Plan {
  const windows = values.windows.split(',').map((text) => wholeNumber('windows', text));
  const late = share('late', values.late);
  const duplicate = share('dup', values.dup);
  const loads = [{ late: 0, duplicate: 0 }, ...(late > 0 || duplicate > 0 ? [{ late, duplicate }] : [])];
  return {
    databases: values.databases.split(',').map(databaseName),
    runs: loads.flatMap((load) => windows.map((window) => ({ ...load, window, seed: 1 }))),
    sessionCount: wholeNumber('sessions', values.sessions),
    settings: values.set ?? [],
    isJson: values.json,
  };
}

function databaseName(text: string): DatabaseName {
  if (text === 'sqlite' || text === 'mysql') return text;
  throw new AppError('invalid', `--databases: expected sqlite, mysql or both; got "${text}"`);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new AppError('invalid', `--${name}: expected whole numbers from 1; got "${text}"`);
}

function share(name: string, text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0 && value <= 1) return value;
  throw new AppError('invalid', `--${name}: expected a share from 0 to 1; got "${text}"`);
}
