/** `radmeter session close-stale`: the sweep that a running radmeter does every minute, by hand. */
import { configuredNases } from '../nas/configured-nas.ts';
import { mergeNases, NAS_DEFAULTS } from '../nas/nas.ts';
import { listNas } from '../nas/nas-queries.ts';
import { NasTable } from '../nas/nas-table.ts';
import { sessionTimeoutsOf } from '../profiles/session-timeout-queries.ts';
import type { Reception } from '../sessions/reception.ts';
import { getSession, type SessionListing } from '../sessions/session-queries.ts';
import { sessionShape } from '../sessions/session-shape.ts';
import { StaleSweep } from '../sessions/stale-sweep.ts';
import { type Command, defineCommand, withJson } from './command.ts';
import { type DatabaseTools, withMigratedDatabase } from './open.ts';
import { type Column, instantShown, printJson, printLine, printNote, printTable } from './output.ts';

const SHOWN_MAX = 100;

/** `radmeter session close-stale [--dry-run]`. */
export const closeStaleCommand: Command = defineCommand({
  command: 'close-stale',
  describe: 'Presume sessions closed that have fallen silent, as a running radmeter does every minute',
  examples: [
    ['session close-stale --dry-run', 'Which sessions are silent, and since when silence counts'],
    ['session close-stale', 'Close them now; a later report of theirs opens them again'],
  ],
  builder: (yargs) =>
    withJson(yargs).option('dry-run', {
      type: 'boolean',
      default: false,
      describe: 'Show what would be closed and change nothing',
    }),
  run: (argv) =>
    withMigratedDatabase(argv, async (tools) => {
      const swept = await sweepOnce(tools, argv['dry-run']);
      if (argv.json) await printSweepJson(tools, swept);
      else await printSweep(tools, swept);
    }),
});

/** What a sweep by hand came to. */
interface Swept {
  readonly isDryRun: boolean;
  readonly reception: Reception;
  readonly ids: readonly number[];
}

async function sweepOnce(tools: DatabaseTools, isDryRun: boolean): Promise<Swept> {
  const { db, clock, config, actor } = tools;
  const ids: number[] = [];
  const nases = await nasTable(tools);
  const sweep = new StaleSweep({
    db,
    clock,
    isDryRun,
    actor,
    floorSecondsOf: (address, nasIdentifier) =>
      nases.find(address, nasIdentifier)?.intervalFloorSeconds ?? NAS_DEFAULTS.intervalFloorSeconds,
    sessionTimeoutsOf: (userIds) =>
      sessionTimeoutsOf(db, userIds, config.defaultProfile.sessionTimeoutSeconds),
    onClosed: (sessions) => ids.push(...sessions.map(({ id }) => id)),
  });
  const { reception } = await sweep.sweep();
  return { isDryRun, reception, ids };
}

async function nasTable({ db, config, secrets }: DatabaseTools): Promise<NasTable> {
  const { nases } = await listNas(db);
  return new NasTable(mergeNases(nases, configuredNases(config.nas, secrets.nas)));
}

async function printSweepJson(tools: DatabaseTools, { isDryRun, reception, ids }: Swept): Promise<void> {
  const sessions = await sessionsOf(tools, ids);
  printJson({
    dry_run: isDryRun,
    silence_counts: reception.isCounting,
    reason: reception.isCounting ? null : reception.reason,
    counts_since: reception.isCounting ? instantShown(reception.since) : null,
    counts_until: reception.isCounting ? instantShown(reception.until) : null,
    absent_instances: reception.isCounting
      ? reception.absent.map(({ host, beatAt }) => ({ host, last_heard_at: instantShown(beatAt) }))
      : [],
    closed: sessions.map(sessionShape),
  });
}

async function printSweep(tools: DatabaseTools, { isDryRun, reception, ids }: Swept): Promise<void> {
  if (!reception.isCounting) {
    printLine(`No session closed: ${reception.reason}, so silence does not count.`);
    return;
  }
  if (ids.length > 0) printTable(await sessionsOf(tools, ids.slice(0, SHOWN_MAX)), COLUMNS, '');
  if (ids.length > SHOWN_MAX) printNote(`Only the first ${SHOWN_MAX} are shown; --json shows all.`);
  printLine(summary(ids.length, isDryRun));
  for (const { host, beatAt } of reception.absent) {
    printLine(
      `radmeter on ${host} has not been heard of since ${instantShown(beatAt)}: what is silent since then may report to it.`,
    );
  }
  printLine(`Silence counted from ${instantShown(reception.since)} to ${instantShown(reception.until)}.`);
}

function summary(count: number, isDryRun: boolean): string {
  if (count === 0) return 'No session is silent.';
  const what = count === 1 ? '1 session' : `${count} sessions`;
  return isDryRun ? `${what} would be presumed closed.` : `Presumed ${what} closed.`;
}

const COLUMNS: readonly Column<SessionListing>[] = [
  { heading: 'ID', value: ({ id }) => id, align: 'right' },
  { heading: 'USER', value: ({ username }) => username },
  { heading: 'NAS', value: ({ sourceAddress }) => sourceAddress },
  { heading: 'STARTED', value: ({ startedAt }) => instantShown(startedAt) },
  { heading: 'LAST REPORT', value: ({ arrivalUpdatedAt }) => instantShown(arrivalUpdatedAt) },
  { heading: 'INTERVAL', value: ({ intervalSeconds }) => intervalSeconds, align: 'right' },
];

async function sessionsOf({ db }: DatabaseTools, ids: readonly number[]): Promise<SessionListing[]> {
  const sessions: SessionListing[] = [];
  for (const id of ids) sessions.push(await getSession(db, id));
  return sessions;
}
