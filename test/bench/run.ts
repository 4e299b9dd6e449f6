/** One run of the bench: a load, a target, and every figure of what happened. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchDatabases, fillDatabase, type OctetSums, sumOctets } from './bench-database.ts';
import { type LoadOptions, makeLoad } from './load.ts';
import { cpuSecondsOf, residentMebibytesOf } from './process-figures.ts';
import { type ReplayResult, replay } from './replay.ts';
import { SECRET, startAnswerServer, startDaemon, type Target } from './target.ts';

export interface Bench {
  /** A directory for this bench alone. */
  readonly directory: string;
  readonly replayProgram: string;
  readonly sessionCount: number;
  readonly settings: readonly string[];
}

export interface RunOptions {
  readonly window: number;
  readonly late: number;
  readonly duplicate: number;
  readonly seed: number;
}

/** CPU seconds per 100,000 packets answered. */
export interface CpuFigures {
  readonly server: number;
  readonly database: number | undefined;
  readonly replay: number;
}

export interface RunResult {
  readonly target: string;
  readonly window: number;
  readonly late: number;
  readonly duplicate: number;
  readonly replay: ReplayResult;
  readonly packetsPerSecond: number;
  readonly cpu: CpuFigures;
  readonly residentMebibytes: number;
  readonly octetsSent: number;
  /** Undefined where nothing is counted. */
  readonly octetsCounted: OctetSums | undefined;
}

const USER_COUNT = 2_000;
const NAS_COUNT = 20;
const INTERIM_COUNT = 2;
const RETRANSMIT_MS = 2_000;
const USER_PREFIX = 'user';

/** Whether a run counted exactly what was sent, in all three places. */
export function isExact({ octetsSent, octetsCounted }: RunResult): boolean {
  return octetsCounted === undefined || Object.values(octetsCounted).every((octets) => octets === octetsSent);
}

/** Measures the server that only verifies and answers. */
export async function runAnswerServer(bench: Bench, options: RunOptions): Promise<RunResult> {
  const target = await startAnswerServer();
  return measure(bench, options, { name: 'answer only', target, databasePid: undefined });
}

/** Measures the daemon on a new database. */
export async function runDaemon(
  bench: Bench,
  options: RunOptions,
  { name, databases }: { name: string; databases: BenchDatabases },
): Promise<RunResult> {
  const databaseUrl = await databases.create();
  await fillDatabase(databaseUrl, { userCount: USER_COUNT, userPrefix: USER_PREFIX });
  const stateDir = join(bench.directory, 'state');
  const target = await startDaemon({ databaseUrl, stateDir, settings: bench.settings });
  const result = await measure(bench, options, { name, target, databasePid: databases.pid });
  rmSync(stateDir, { recursive: true, force: true });
  return { ...result, octetsCounted: await sumOctets(databaseUrl) };
}

interface Measured {
  readonly name: string;
  readonly target: Target;
  readonly databasePid: number | undefined;
}

async function measure(bench: Bench, options: RunOptions, measured: Measured): Promise<RunResult> {
  const { target, name } = measured;
  try {
    const load = makeLoad(loadOptions(bench, options));
    const file = join(bench.directory, 'load');
    writeFileSync(file, load.file);
    const before = cpuOf(measured);
    const replayed = await replay({
      program: bench.replayProgram,
      file,
      port: target.port,
      window: options.window,
      timeoutMs: RETRANSMIT_MS,
    });
    const residentMebibytes = residentMebibytesOf(target.pid);
    return {
      target: name,
      window: options.window,
      late: options.late,
      duplicate: options.duplicate,
      replay: replayed,
      packetsPerSecond: replayed.answered / replayed.seconds,
      cpu: cpuPer100k(before, cpuOf(measured), replayed),
      residentMebibytes,
      octetsSent: load.totalOctets,
      octetsCounted: undefined,
    };
  } finally {
    await target.stop();
  }
}

function loadOptions({ sessionCount }: Bench, { late, duplicate, seed }: RunOptions): LoadOptions {
  return {
    ...{ sessionCount, late, duplicate, seed },
    userCount: USER_COUNT,
    nasCount: NAS_COUNT,
    interimCount: INTERIM_COUNT,
    secret: SECRET,
    userPrefix: USER_PREFIX,
    endsAt: Math.floor(Date.now() / 1_000),
  };
}

function cpuOf({ target, databasePid }: Measured) {
  return {
    server: cpuSecondsOf(target.pid),
    database: databasePid === undefined ? undefined : cpuSecondsOf(databasePid),
  };
}

function cpuPer100k(
  before: ReturnType<typeof cpuOf>,
  after: ReturnType<typeof cpuOf>,
  { answered, cpuSeconds }: ReplayResult,
): CpuFigures {
  const per100k = (seconds: number) => (100_000 * seconds) / Math.max(1, answered);
  const { database } = after;
  return {
    server: per100k(after.server - before.server),
    database: database === undefined ? undefined : per100k(database - (before.database ?? 0)),
    replay: per100k(cpuSeconds),
  };
}
