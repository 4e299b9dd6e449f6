/**
 * Which run a record belongs to, what it adds, and to whom: the rules that make usage a function of the set of
 * records received, not of their order (design: runs). Pure.
 */
import type { SessionRecord } from '../accounting/record.ts';
import { newRun } from './begin-run.ts';
import { joinRun } from './join-run.ts';
import {
  elapsedSeconds,
  firstTotals,
  growth,
  hasFallen,
  hasTotals,
  isPlausible,
  type LineRates,
  type Totals,
  totalsWithin,
} from './octet-totals.ts';
import { type OctetPair, presumeClosed, type Run, SLACK_MS } from './run.ts';
import {
  beganTogether,
  type ClockReading,
  compareAge,
  hadBegun,
  happenedAfterStart,
  onAllClocks,
  startOffsetMs,
} from './run-clocks.ts';

/** Whom a record names, if anybody, and how fast that user's line is. */
export interface RecordOwner {
  readonly userId: number | undefined;
  readonly rates: LineRates;
}

/** How a record changed the runs of its key. */
export type RunChange = 'began' | 'joined' | 'found-earlier' | 'changed-user';

/** What became of a record: the run it belongs to, as it is now, what that run grew by, and the runs that changed beside it. */
export type RunDecision =
  | {
      readonly kind: 'applied';
      readonly how: RunChange;
      readonly run: Run;
      readonly delta: OctetPair;
      readonly alsoChanged: readonly Run[];
    }
  | { readonly kind: 'implausible'; readonly delta: OctetPair; readonly seconds: number };

/** A record with what deciding it needs. */
interface Decided {
  readonly runs: readonly Run[];
  readonly record: SessionRecord;
  readonly owner: RecordOwner;
}

/** Run numbers leave room for runs that are found late, between two that are known. */
const RUN_NUMBER_STEP = 1024;
const UNKNOWN_RATES: LineRates = { inputKbps: undefined, outputKbps: undefined };

/**
 * Decides one record against the runs of its key, given in the order of their numbers.
 *
 * A record joins the newest run of its user connection that had begun when it began, and adds what its totals exceed
 * that run's by; it begins a run of its own when it cannot be of an earlier one. Growth that the NAS's line could not
 * have carried is `implausible` and changes nothing.
 */
export function decideRun(runs: readonly Run[], record: SessionRecord, owner: RecordOwner): RunDecision {
  const decided = { runs, record, owner };
  const own = runs.filter((run) => isSameConnection(run, record));
  const newest = own.at(-1);
  if (newest === undefined || beginsAnew(newest, record)) return begin(decided, newest);
  // Two sessions of one connection do not overlap: what happened after a run began is of that run, however early its
  // session time puts the start, unless an earlier run is there to take it. The run's own Start was late.
  const joined =
    own.findLast((run) => hadBegun(run, record)) ?? own.findLast((run) => happenedAfterStart(run, record));
  if (joined === undefined) return foundEarlier(decided, own[0] ?? newest);
  const age = compareAge(joined, record);
  const totals = totalsWithin(joined, record, age > 0, owner.rates);
  if (hasTotals(record)) {
    // The counters restarted although the session went on, and not by a wrap: both directions count from zero.
    if (age > 0 && joined === newest && hasFallen(joined, totals)) return begin(decided, newest);
    if (age < 0 && exceeds(joined, totals)) return beforeUnseenRestart(decided, own, joined);
  }
  return join(decided, joined, { totals, isNewest: joined === newest });
}

/** One Acct-Session-Id may be given to several users at once; EAP changes the name and MOBIKE the station in mid-session. */
function isSameConnection(run: Run, record: SessionRecord): boolean {
  if (run.station === undefined && run.userName === undefined) return true;
  if (record.station === undefined && record.userName === undefined) return true;
  if (record.station !== undefined && record.station === run.station) return true;
  return record.userName !== undefined && record.userName === run.userName;
}

/** Whether a record cannot be of the newest run: (a) a Start after it, (b) a session that began after it, (c) one that began at its end. */
function beginsAnew(newest: Run, record: SessionRecord): boolean {
  const isUsed = newest.inputOctets + newest.outputOctets > 0 || newest.closeKind === 'stopped';
  const isStart = record.statusType === 'Start';
  if (isStart && isUsed && onAllClocks(newest, record, startsAfter)) return true;
  if (startOffsetMs(record) === undefined || !(isStart || hasTotals(record))) return false;
  if (isUsed && onAllClocks(newest, record, ({ start, runUpdate }) => start > runUpdate + SLACK_MS))
    return true;
  return compareAge(newest, record) < 0 && onAllClocks(newest, record, beginsAtEnd);
}

function startsAfter({ event, runStart, runUpdate }: ClockReading): boolean {
  return event >= runUpdate && event > runStart + SLACK_MS;
}

/** Session times jitter, so a repeated Start of a run of ten seconds may look older than that: its own start tells. */
function beginsAtEnd({ start, runStart, runUpdate }: ClockReading): boolean {
  return start >= runUpdate - SLACK_MS && start > runStart + SLACK_MS;
}

function exceeds(run: Run, totals: Totals): boolean {
  return (totals.input ?? 0) > run.inputOctets || (totals.output ?? 0) > run.outputOctets;
}

/** An older record with higher totals is from before a restart that nobody saw: it is of the run before that restart, or of one before that, or is all that is known of its own. */
function beforeUnseenRestart(decided: Decided, own: readonly Run[], joined: Run): RunDecision {
  const { record, owner } = decided;
  let successor = joined;
  for (const run of own.slice(0, own.indexOf(joined)).reverse()) {
    if (!beganTogether(run, record)) break;
    const age = compareAge(run, record);
    const totals = totalsWithin(run, record, age > 0, owner.rates);
    // Newer, yet fallen: it is of a run between this one and its successor.
    if (age > 0 && hasFallen(run, totals)) break;
    if (age >= 0 || !exceeds(run, totals)) return join(decided, run, { totals, isNewest: false });
    successor = run;
  }
  return foundEarlier(decided, successor);
}

/** Begins the run before a known one; it is over, since the known one followed it. */
function foundEarlier(decided: Decided, successor: Run): RunDecision {
  const { runs, record } = decided;
  const before = runs[runs.indexOf(successor) - 1];
  const low = before?.runNumber ?? successor.runNumber - 2 * RUN_NUMBER_STEP;
  const runNumber = Math.floor((low + successor.runNumber) / 2);
  // No number is left between the two: the run before is then the best place there is.
  if (before !== undefined && runNumber === low) {
    return join(decided, before, {
      totals: totalsWithin(before, record, false, UNKNOWN_RATES),
      isNewest: false,
    });
  }
  const decision = begin(decided, undefined, runNumber);
  if (decision.kind === 'implausible') return decision;
  const run = presumeClosed(decision.run, successor.startedAt, 'Lost-Carrier');
  return { ...decision, how: 'found-earlier', run };
}

/** Begins a run after all known ones, or at a number given. A predecessor of the same connection that is still open is over, and lends its user to a record that names nobody. */
function begin(
  { runs, record, owner }: Decided,
  predecessor: Run | undefined,
  runNumber = nextNumber(runs),
): RunDecision {
  const delta = firstTotals(record);
  const seconds = record.sessionTimeSeconds ?? (record.statusType === 'Start' ? 0 : undefined);
  if (seconds !== undefined && !isPlausible(delta, seconds, record.nas.maxRateKbps)) {
    return { kind: 'implausible', delta, seconds };
  }
  const run = newRun(record, { runNumber, userId: owner.userId ?? predecessor?.userId, totals: delta });
  const isSucceeding = predecessor !== undefined && predecessor.closeKind === 'open';
  return {
    kind: 'applied',
    how: 'began',
    run: run.userId === undefined ? unmetered(run, delta) : run,
    delta,
    alsoChanged: isSucceeding ? [presumeClosed(predecessor, run.startedAt, 'Lost-Carrier')] : [],
  };
}

function nextNumber(runs: readonly Run[]): number {
  const last = runs.at(-1);
  return last === undefined ? 0 : last.runNumber + RUN_NUMBER_STEP;
}

function join(
  { runs, record, owner }: Decided,
  run: Run,
  { totals, isNewest }: { totals: Totals; isNewest: boolean },
): RunDecision {
  // Of the same age, yet fallen in one direction: the counters restarted within the slack, and what the other direction
  // shows will be counted from zero once a record is newer.
  const isContradiction = compareAge(run, record) === 0 && hasFallen(run, totals);
  const delta = hasTotals(record) && !isContradiction ? growth(run, totals) : { input: 0, output: 0 };
  const seconds = elapsedSeconds(run, record);
  if (!isPlausible(delta, seconds, record.nas.maxRateKbps)) return { kind: 'implausible', delta, seconds };
  const joined = joinRun(run, record, { delta, isNewest, rates: owner.rates });
  if (isHandover(run, record, owner)) return handOver(joined, { runs, record, owner }, delta);
  const userId = run.userId ?? owner.userId;
  const owned = userId === undefined ? unmetered(joined, delta) : { ...joined, userId };
  return { kind: 'applied', how: 'joined', run: owned, delta, alsoChanged: [] };
}

/** Whether somebody else uses the session from this record on; a late record of the user before changes nothing. */
function isHandover(run: Run, record: SessionRecord, { userId }: RecordOwner): boolean {
  return (
    userId !== undefined && run.userId !== undefined && userId !== run.userId && compareAge(run, record) >= 0
  );
}

/** A changed user gets the growth from then on, in a row of their own, so that each row's metered octets are one user's. */
function handOver(joined: Run, { runs, record, owner }: Decided, delta: OctetPair): RunDecision {
  const before: Run = {
    ...joined,
    inputOctets: joined.inputOctets - delta.input,
    outputOctets: joined.outputOctets - delta.output,
  };
  const fresh = newRun(record, {
    runNumber: nextNumber(runs),
    userId: owner.userId,
    totals: { input: joined.inputOctets, output: joined.outputOctets },
  });
  const run: Run = {
    ...fresh,
    isReversed: joined.isReversed,
    octetUnit: joined.octetUnit,
    hasGigawords: joined.hasGigawords,
    unmeteredOctets: before.inputOctets + before.outputOctets,
  };
  const closed = presumeClosed(before, record.eventAt, 'User-Request');
  return { kind: 'applied', how: 'changed-user', run, delta, alsoChanged: [closed] };
}

function unmetered(run: Run, delta: OctetPair): Run {
  return { ...run, unmeteredOctets: run.unmeteredOctets + delta.input + delta.output };
}
