/** The runs of one batch in memory: records applied one after another, each to what the one before it left. */
import type { NasRecord, SessionRecord } from '../accounting/record.ts';
import type { Octets } from '../radius/octets.ts';
import { decideRun, type RecordOwner, type RunDecision } from './decide-run.ts';
import { isBeforeKept, isBeforeKeptRun, retirable } from './retired-runs.ts';
import { presumeClosed, type Run } from './run.ts';

/** What became of a record; `before-kept`: it may be of a run that was retired. */
export type LedgerDecision = RunDecision | { readonly kind: 'before-kept' };

export class SessionLedger {
  readonly #runsByKey = new Map<Octets, Run[]>();
  readonly #changed = new Map<Octets, Set<number>>();
  readonly #retired = new Map<Octets, number>();

  /** Takes the rows that were read and locked for this batch. */
  constructor(runs: Iterable<Run>) {
    for (const run of runs) this.#put(run);
  }

  /** Returns the users that the runs of a key belong to. */
  usersOf(runKey: Octets): number[] {
    const runs = this.#runsByKey.get(runKey) ?? [];
    return runs.flatMap(({ userId }) => (userId === undefined ? [] : [userId]));
  }

  /** Takes the runs of users who are no more from them: what they were charged went with them, and what comes is nobody's. */
  release(userIds: ReadonlySet<number>): void {
    for (const run of [...this.#runsByKey.values()].flat()) {
      if (run.userId === undefined || !userIds.has(run.userId)) continue;
      this.#change({ ...run, userId: undefined, unmeteredOctets: run.inputOctets + run.outputOctets });
    }
  }

  /** Applies a record and returns what became of it; one that is implausible, or from before all runs kept in mind, changes nothing. */
  apply(record: SessionRecord, owner: RecordOwner): LedgerDecision {
    const runs = this.#runsByKey.get(record.runKey) ?? [];
    if (isBeforeKept(runs, record)) return { kind: 'before-kept' };
    const decision = decideRun(runs, record, owner);
    if (decision.kind === 'applied' && isBeforeKeptRun(runs, decision.run)) return { kind: 'before-kept' };
    if (decision.kind === 'applied') {
      for (const run of decision.alsoChanged) this.#change(run);
      this.#change(decision.run);
      if (decision.how === 'began') this.#retire(record.runKey);
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

  /** Returns, for each key whose oldest runs are retired now, the number of the newest of these. */
  retired(): readonly { runKey: Octets; throughNumber: number }[] {
    return [...this.#retired].map(([runKey, throughNumber]) => ({ runKey, throughNumber }));
  }

  #retire(runKey: Octets): void {
    const runs = this.#runsByKey.get(runKey) ?? [];
    const changed = this.#changed.get(runKey);
    const retired = retirable(runs, ({ runNumber }) => changed?.has(runNumber) === true);
    const last = retired.at(-1);
    if (last === undefined) return;
    this.#runsByKey.set(runKey, runs.slice(retired.length));
    this.#retired.set(runKey, last.runNumber);
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
