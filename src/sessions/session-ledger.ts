/** The runs of one batch in memory: records applied one after another, each to what the one before it left. */
import type { NasRecord, SessionRecord } from '../accounting/record.ts';
import type { Octets } from '../radius/octets.ts';
import { decideRun, type RecordOwner, type RunDecision } from './decide-run.ts';
import { presumeClosed, type Run } from './run.ts';

export class SessionLedger {
  readonly #runsByKey = new Map<Octets, Run[]>();
  readonly #changed = new Map<Octets, Set<number>>();

  /** Takes the rows that were read and locked for this batch. */
  constructor(runs: Iterable<Run>) {
    for (const run of runs) this.#put(run);
  }

  /** Returns the users that the runs of a key belong to. */
  usersOf(runKey: Octets): number[] {
    const runs = this.#runsByKey.get(runKey) ?? [];
    return runs.flatMap(({ userId }) => (userId === undefined ? [] : [userId]));
  }

  /** Applies a record and returns what became of it; an implausible one changes nothing. */
  apply(record: SessionRecord, owner: RecordOwner): RunDecision {
    const decision = decideRun(this.#runsByKey.get(record.runKey) ?? [], record, owner);
    if (decision.kind === 'applied') {
      for (const run of decision.alsoChanged) this.#change(run);
      this.#change(decision.run);
    }
    return decision;
  }

  /** Presumes closed every open session of this batch that a NAS's Accounting-On or -Off ends; returns how many. Those in the database alone are closed by closeRuns. */
  closeAll(record: NasRecord): number {
    const ended = [...this.#runsByKey.values()].flat().filter((run) => isEndedBy(run, record));
    for (const run of ended) this.#change(presumeClosed(run, record.eventAt, 'NAS-Reboot'));
    return ended.length;
  }

  /** Returns every run that is not in the database as it is here. */
  changed(): Run[] {
    return [...this.#changed].flatMap(([runKey, numbers]) =>
      (this.#runsByKey.get(runKey) ?? []).filter((run) => numbers.has(run.runNumber)),
    );
  }

  #change(run: Run): void {
    this.#put(run);
    const numbers = this.#changed.get(run.runKey);
    if (numbers === undefined) this.#changed.set(run.runKey, new Set([run.runNumber]));
    else numbers.add(run.runNumber);
  }

  /** Keeps the runs of a key in the order of their numbers. */
  #put(run: Run): void {
    const runs = this.#runsByKey.get(run.runKey);
    if (runs === undefined) {
      this.#runsByKey.set(run.runKey, [run]);
      return;
    }
    const at = runs.findIndex(({ runNumber }) => runNumber >= run.runNumber);
    if (at === -1) runs.push(run);
    else runs.splice(at, runs[at]?.runNumber === run.runNumber ? 1 : 0, run);
  }
}

/** Returns whether a NAS's record ends a session. hostapd sends one Accounting-On per BSS: what the record names must be what the session's own records named (RFC 2866 §5.1). */
function isEndedBy(run: Run, record: NasRecord): boolean {
  return (
    run.closeKind === 'open' &&
    run.sourceAddress === record.sourceAddress &&
    run.startedAt < record.eventAt &&
    // What has been heard of since is not over.
    run.updatedAt <= record.eventAt &&
    (record.nasIdentifier === undefined || record.nasIdentifier === run.nasIdentifier) &&
    (record.calledStationId === undefined || record.calledStationId === run.calledStationId)
  );
}
