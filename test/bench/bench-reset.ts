/** `npm run bench:reset`: resets very many daily counters on MariaDB while Accounting-Requests come in, and prints how long it takes and what answers wait for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import {
  type Column,
  printError,
  printJson,
  printLine,
  printNote,
  printTable,
} from '../../src/cli/output.ts';
import { openDatabase } from '../../src/db/database.ts';
import { AppError, EXIT_CODES, exitCodeOf } from '../../src/errors.ts';
import { type BenchDatabases, openBenchDatabases, sumOctets } from './bench-database.ts';
import { makeLoad } from './load.ts';
import { compileReplay, type ReplayResult, replay } from './replay.ts';
import { machineLine } from './report.ts';
import { fillForReset, makeDue, type ResetFigures, resetFigures } from './reset-fill.ts';
import { SECRET, startDaemon } from './target.ts';

const HELP = `npm run bench:reset -- [options]

  --users N      usages that are due (default: 1000000)
  --cut N        users among them whom a spent quota cut off, to be let in again (default: 2000)
  --rate N       Accounting-Requests per second meanwhile (default: 2000)
  --online N     users whom those are of (default: 20000)
  --pool MIB     MariaDB's buffer pool (default: 1024)
  --before S     seconds measured before the reset (default: 30)
  --json         JSON instead of a table

Exit code 1 when the p99 of answers in any five seconds of the reset was not below 50 ms, nothing could be
measured while it ran, an octet was counted wrong, a packet was lost, a counter was not reset, or a user was
not let in again.
`;

const OPTIONS = {
  users: { type: 'string', default: '1000000' },
  cut: { type: 'string', default: '2000' },
  rate: { type: 'string', default: '2000' },
  online: { type: 'string', default: '20000' },
  pool: { type: 'string', default: '1024' },
  before: { type: 'string', default: '30' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} satisfies ParseArgsOptionsConfig;

const USER_PREFIX = 'user';
const SEGMENT_SECONDS = 5;
const PACKETS_PER_SESSION = 4;
const NAS_COUNT = 20;
const P99_LIMIT_MS = 50;
const WINDOW = 4_096;

interface Plan {
  readonly users: number;
  readonly cut: number;
  readonly rate: number;
  readonly online: number;
  readonly beforeSeconds: number;
}

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
  const program = compileReplay(directory);
  if (program === undefined) {
    printNote('The load generator is in C and there is no C compiler: apt-get install gcc libc6-dev');
    return EXIT_CODES.unavailable;
  }
  const bufferPoolBytes = wholeNumber('pool', values.pool) * 1024 ** 2;
  const databases = await openBenchDatabases.mysql(directory, { bufferPoolBytes });
  try {
    const machine = machineLine([await databases.settings()], []);
    if (!values.json) printLine(machine);
    const measured = await measure(plan, { directory, program, databases });
    if (values.json) printJson({ machine, ...plan, ...measured });
    else printMeasured(measured);
    return isGood(measured) ? 0 : 1;
  } finally {
    await databases.stop();
  }
}

function planFrom(values: Readonly<Record<'users' | 'cut' | 'rate' | 'online' | 'before', string>>): Plan {
  return {
    users: wholeNumber('users', values.users),
    cut: wholeNumber('cut', values.cut),
    rate: wholeNumber('rate', values.rate),
    online: wholeNumber('online', values.online),
    beforeSeconds: wholeNumber('before', values.before),
  };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new AppError('invalid', `--${name}: expected a whole number from 1; got "${text}"`);
}

interface Rig {
  readonly directory: string;
  readonly program: string;
  readonly databases: BenchDatabases;
}

interface Measured {
  readonly phases: readonly Phase[];
  readonly reset: ResetFigures;
  readonly octetsSent: number;
  readonly octetsCounted: number;
}

/** Some seconds of load. */
interface Phase {
  readonly name: string;
  readonly segments: readonly ReplayResult[];
}

async function measure(plan: Plan, { directory, program, databases }: Rig): Promise<Measured> {
  const url = await databases.create();
  printNote(`filling ${plan.users} users`);
  await fillForReset(url, { userCount: plan.users, userPrefix: USER_PREFIX });
  const target = await startDaemon({ databaseUrl: url, stateDir: join(directory, 'state'), settings: [] });
  const db = openDatabase(url);
  let octetsSent = 0;
  let seed = 0;
  const segment = async () => {
    const load = makeLoad({
      ...{ sessionCount: Math.ceil((plan.rate * SEGMENT_SECONDS) / PACKETS_PER_SESSION), seed: ++seed },
      ...{ userCount: plan.online, nasCount: NAS_COUNT, interimCount: 2, late: 0, duplicate: 0 },
      ...{ secret: SECRET, userPrefix: USER_PREFIX, endsAt: Math.floor(Date.now() / 1_000) },
    });
    octetsSent += load.totalOctets;
    const file = join(directory, 'load');
    writeFileSync(file, load.file);
    const timing = { window: WINDOW, timeoutMs: 2_000, ratePerSecond: plan.rate };
    const result = await replay({ program, file, port: target.port, ...timing });
    const { itemCount } = await resetFigures(db);
    const [p50, p99] = [result.p50Microseconds, result.p99Microseconds].map((us) => (us / 1_000).toFixed(1));
    printNote(`p50 ${p50} ms, p99 ${p99} ms, ${result.retransmits} sent again, ${itemCount} reset`);
    return result;
  };
  try {
    const before: ReplayResult[] = [];
    for (let s = 0; s < plan.beforeSeconds; s += SEGMENT_SECONDS) before.push(await segment());
    printNote('making every counter due');
    await makeDue(url, { cutCount: plan.cut });
    const during: ReplayResult[] = [];
    for (;;) {
      const isBegun = (await resetFigures(db)).status !== undefined;
      const result = await segment();
      const figures = await resetFigures(db);
      if (isBegun) during.push(result);
      if (figures.status === 'done' || figures.status === 'failed') break;
    }
    const after = [await segment(), await segment()];
    const phases = [
      { name: 'before', segments: before },
      { name: 'during', segments: during },
      { name: 'after', segments: after },
    ];
    const reset = await resetFigures(db);
    await target.stop();
    return { phases, reset, octetsSent, octetsCounted: (await sumOctets(url)).usageDays };
  } finally {
    await db.close();
  }
}

function isGood({ phases, reset, octetsSent, octetsCounted }: Measured): boolean {
  const during = phases.find(({ name }) => name === 'during')?.segments ?? [];
  const lost = phases.flatMap(({ segments }) => segments).some((each) => each.lost > 0);
  const isFast = during.every((each) => each.p99Microseconds < P99_LIMIT_MS * 1_000);
  const isDone = reset.status === 'done' && reset.left === 0 && reset.leftCut === 0;
  // Of nothing every statement is true.
  return during.length > 0 && isFast && !lost && isDone && octetsSent === octetsCounted;
}

const COLUMNS: readonly Column<Phase>[] = [
  { heading: 'PHASE', value: ({ name }) => name },
  { heading: 'PACKETS', value: ({ segments }) => sum(segments, 'answered'), align: 'right' },
  { heading: 'LOST', value: ({ segments }) => sum(segments, 'lost'), align: 'right' },
  { heading: 'RETRANSMITS', value: ({ segments }) => sum(segments, 'retransmits'), align: 'right' },
  { heading: 'P50 MS', value: ({ segments }) => middle(segments, 'p50Microseconds'), align: 'right' },
  { heading: 'P99 MS', value: ({ segments }) => middle(segments, 'p99Microseconds'), align: 'right' },
  {
    heading: 'WORST P99 OF 5 S',
    value: ({ segments }) => worst(segments, 'p99Microseconds'),
    align: 'right',
  },
  { heading: 'MAX MS', value: ({ segments }) => worst(segments, 'maxMicroseconds'), align: 'right' },
];

function printMeasured({ phases, reset, octetsSent, octetsCounted }: Measured): void {
  printTable(phases, COLUMNS, 'nothing was measured');
  printLine(
    `reset: ${reset.status}, ${reset.itemCount} usages by the job in ${reset.seconds.toFixed(1)} s, ${reset.left} left, ${reset.leftCut} users not let in`,
  );
  printLine(`octets sent ${octetsSent}, counted ${octetsCounted}`);
}

function sum(segments: readonly ReplayResult[], figure: 'answered' | 'lost' | 'retransmits'): number {
  return segments.reduce((total, each) => total + each[figure], 0);
}

/** Of the segments' own; each has thousands of answers. */
function middle(segments: readonly ReplayResult[], figure: 'p50Microseconds' | 'p99Microseconds'): string {
  const sorted = segments.map((each) => each[figure]).sort((a, b) => a - b);
  return ((sorted[Math.floor(sorted.length / 2)] ?? 0) / 1_000).toFixed(1);
}

function worst(segments: readonly ReplayResult[], figure: 'p99Microseconds' | 'maxMicroseconds'): string {
  return (Math.max(0, ...segments.map((each) => each[figure])) / 1_000).toFixed(1);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

process.exitCode = await main();
