/** How many runs of one key are kept in mind: a NAS that repeats its Acct-Session-Ids must not make every packet read its whole past. Pure. */
import type { SessionRecord } from '../accounting/record.ts';
import { type Octets, octetsFrom, octetsToBytes } from '../radius/octets.ts';
import { type Run, SLACK_MS } from './run.ts';
import { startOffsetMs } from './run-clocks.ts';

/** Runs beyond these are retired: their rows stay, but no record joins them any more. */
export const RUNS_KEPT = 64;
/** Retiring some at a time keeps it rare. */
const RUNS_MAX = 2 * RUNS_KEPT;

/** Returns the runs of a key, given in the order of their numbers, that may be retired: the oldest, up to the first that is open or that `isBusy`. */
export function retirable(runs: readonly Run[], isBusy: (run: Run) => boolean): readonly Run[] {
  if (runs.length <= RUNS_MAX) return [];
  const surplus = runs.slice(0, runs.length - RUNS_KEPT);
  const end = surplus.findIndex((run) => run.closeKind === 'open' || isBusy(run));
  return end === -1 ? surplus : surplus.slice(0, end);
}

/** Returns the key that the retired runs of a key stand under, and back: another one that no packet has (its complement). */
export function retiredKey(runKey: Octets): Octets {
  return octetsFrom(Buffer.from(octetsToBytes(runKey).map((octet) => 0xff - octet)));
}

/** Returns whether a run would stand where retired ones do: after a restart of its counters a session's runs begin together, so that only their order tells. */
export function isBeforeKeptRun(runs: readonly Run[], run: Run): boolean {
  const oldest = runs[0];
  return oldest !== undefined && oldest.runNumber > 0 && run.runNumber < oldest.runNumber;
}

/** Returns whether a record may be of a run that was retired: what it adds cannot be told from what was counted then. */
export function isBeforeKept(runs: readonly Run[], record: SessionRecord): boolean {
  const oldest = runs[0];
  // The first run of a key has the number 0, and those found before it lower ones: a higher number has lost its predecessors.
  if (oldest === undefined || oldest.runNumber <= 0) return false;
  const startedAt = record.eventAt - (startOffsetMs(record) ?? 0);
  return startedAt + SLACK_MS < oldest.startedAt;
}
