/** How the bench prints what it measured. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { type Column, printJson, printLine, printTable } from '../../src/cli/output.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { isExact, type RunResult } from './run.ts';

/** Returns the line every table of figures needs above it. */
export function machineLine(databaseSettings: readonly string[], settings: readonly string[]): string {
  const [cpu] = cpus();
  return [
    `${cpu?.model ?? 'unknown CPU'} × ${cpus().length}, ${Math.round(totalmem() / 1024 ** 3)} GiB`,
    `load ${loadavg()[0]?.toFixed(1)}`,
    `Node ${process.version}`,
    `batch of at most ${SETTINGS.batchMaxRecords.default} records, queue of ${SETTINGS.queueMaxRecords.default}`,
    ...(settings.length > 0 ? [`with ${settings.join(' ')}`] : []),
    `rmem_max ${readFileSync('/proc/sys/net/core/rmem_max', 'utf8').trim()}`,
    ...databaseSettings,
  ].join('; ');
}

/** Prints the runs as one table (CPU seconds are per 100,000 packets, MIB is the server's resident memory), and which of them did not count right. */
export function printRuns(runs: readonly RunResult[]): void {
  printTable(runs, COLUMNS, 'nothing was run');
  for (const run of runs.filter((each) => !isExact(each))) {
    printLine(
      `NOT EXACT: ${run.target} ${loadName(run)} at ${run.window}: sent ${run.octetsSent}, counted ${JSON.stringify(run.octetsCounted)}`,
    );
  }
}

/** Prints everything for programs. */
export function printRunsAsJson(machine: string, runs: readonly RunResult[]): void {
  printJson({ machine, runs: runs.map((run) => ({ ...run, isExact: isExact(run) })) });
}

function loadName({ late, duplicate }: RunResult): string {
  if (late === 0 && duplicate === 0) return 'plain';
  return `late ${late} dup ${duplicate}`;
}

function milliseconds(microseconds: number): string {
  return (microseconds / 1_000).toFixed(1);
}

function right(heading: string, value: Column<RunResult>['value']): Column<RunResult> {
  return { heading, value, align: 'right' };
}

const COLUMNS: readonly Column<RunResult>[] = [
  { heading: 'TARGET', value: ({ target }) => target },
  { heading: 'LOAD', value: loadName },
  right('WINDOW', ({ window }) => window),
  right('PACKETS/S', ({ packetsPerSecond }) => packetsPerSecond.toFixed(0)),
  right('P50 MS', ({ replay }) => milliseconds(replay.p50Microseconds)),
  right('P99 MS', ({ replay }) => milliseconds(replay.p99Microseconds)),
  right('MAX MS', ({ replay }) => milliseconds(replay.maxMicroseconds)),
  right('RETRANSMITS', ({ replay }) => replay.retransmits),
  right('LOST', ({ replay }) => replay.lost),
  right('CPU S: SERVER', ({ cpu }) => cpu.server.toFixed(2)),
  right('DATABASE', ({ cpu }) => cpu.database?.toFixed(2) ?? null),
  right('REPLAY', ({ cpu }) => cpu.replay.toFixed(2)),
  right('MIB', ({ residentMebibytes }) => residentMebibytes.toFixed(0)),
  right('OCTETS SENT', ({ octetsSent }) => octetsSent),
  right('OCTETS COUNTED', (run) => {
    if (run.octetsCounted === undefined) return null;
    return isExact(run) ? run.octetsCounted.usageDays : 'DIFFERENT';
  }),
];
