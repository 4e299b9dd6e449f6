/**
 * Which run a record belongs to, what it adds, and to whom: the rules that make usage a function of the set of
 * records received, not of their order (design: runs). Pure.
 */
import type { SessionRecord } from '../accounting/record.ts';
import type { Octets } from '../radius/octets.ts';
import { newRun } from './begin-run.ts';
import {
  beganTogetherOnNas,
  beginsAnew,
  endsLast,
  hasStart,
  isTornBetween,
  isUndated,
  knownRun,
  runOf,
  runsOfConnection,
} from './find-run.ts';
import { handOver, isHandedOver, isHandover } from './hand-over.ts';
import { joinRun } from './join-run.ts';
import { isPlausible, isUsed, totalsWithin } from './octet-totals.ts';
import { elapsedSeconds, firstTotals, growth } from './octet-words.ts';
import type { LineRates, Totals } from './octet-wraps.ts';
import { isOfOneSession, type OctetPair, presumeClosed, type Run, startsOf } from './run.ts';
import {
  beganTogetherOnOurs,
  compareAge,
  isBefore,
  isOutOfTurn,
  mayBeOneSession,
  mayHaveBegunTogether,
} from './run-clocks.ts';
import { nextNumber, numberBetween } from './run-number.ts';

/** Whom a record names, if anybody, and how fast that user's line is. */
export interface RecordOwner {
  readonly userId: number | undefined;
  readonly rates: LineRates;
  /** The Class of ours that the record carries, if it does. */
  readonly classToken?: Octets | undefined;
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
  const own = runsOfConnection(runs, record, owner.classToken);
  const newest = own.at(-1);
  const known = knownRun(own, record);
  if (newest === undefined || (known === undefined && beginsAnew(newest, record)))
    return begin(decided, newest);
  const joined = known ?? runOf(own, record);
  if (joined === undefined) return foundEarlier(decided, own[0] ?? newest);
  const age = endsLast(joined, record) ? 1 : compareAge(joined, record);
  const totals = totalsWithin(joined, record, age, owner.rates);
  const isNewest = joined === newest;
  if (totals === undefined) return join(decided, joined, { totals, isNewest });
  const isUnsure = totals.fall !== 'none' && cannotRestart(joined, record);
  const isPast = !isNewest || (joined.closeKind === 'stopped' && isUsed(joined));
  if (isPast && !isCertainlyOf(joined, record)) return leaveAlone(joined);
  if (isUnsure || isTornBetween(own, joined, record))
    return join(decided, joined, { totals: undefined, isNewest });
  // The counters restarted although the session went on, and not by a wrap: both directions count from zero.
  if (age > 0 && isNewest && totals.fall === 'restart') return beginAgain(decided, joined);
  if (age > 0 && isNewest && totals.fall === 'unclear') return beginBeside(decided, joined, totals);
  if (isBefore(joined, record) && isGrowing(joined, totals)) {
    return beforeUnseenRestart(decided, own, { joined, totals, isNewest });
  }
  return join(decided, joined, { totals, isNewest });
}

/** Whether totals that fell show nothing: a restart cannot lie before the last record, and without session time nothing tells it from a record that was late. */
function cannotRestart(run: Run, record: SessionRecord): boolean {
  return (
    (!hasStart(record) && isUndated(run, record)) || (isOutOfTurn(run, record) && !isBefore(run, record))
  );
}

/** Whether a record is of a run although that was stopped or another one began since: it began with it, by the NAS's clock or, should that have been set, by ours. */
function isCertainlyOf(run: Run, record: SessionRecord): boolean {
  return hasStart(record) && (beganTogetherOnNas(run, record) || beganTogetherOnOurs(run, record));
}

/** What may be of a session that came since, or has not been seen yet, changes nothing in an earlier one: the later records of that session would count it again. */
function leaveAlone(run: Run): RunDecision {
  return { kind: 'applied', how: 'joined', run, delta: { input: 0, output: 0 }, alsoChanged: [] };
}

/** An older record with higher totals is from before a restart that nobody saw: it is of the run before that restart, or of one before that, or is all that is known of its own. */
function beforeUnseenRestart(
  decided: Decided,
  own: readonly Run[],
  { joined, totals, isNewest }: { joined: Run; totals: Totals; isNewest: boolean },
): RunDecision {
  const { record, owner } = decided;
  if (!isUsed(joined)) return join(decided, joined, { totals, isNewest });
  // Without session time nothing tells which session it is of.
  if (!hasStart(record)) return leaveAlone(joined);
  if (!showsRestart(joined, totals)) return join(decided, joined, { totals: undefined, isNewest });
  let successor = joined;
  for (const run of own.slice(0, own.indexOf(joined)).reverse()) {
    if (!isOfOneSession(run, joined) && !mayBeOneSession(run, record)) break;
    // Whoever used the session before took the same counters that far: no restart lies between.
    if (isHandedOver(run)) continue;
    const age = compareAge(run, record);
    // Without wraps: one that was unclear may have begun the successor.
    const before = totalsWithin(run, record, Math.min(age, 0), owner.rates);
    // Newer, yet fallen: it is of a run between this one and its successor.
    if (before !== undefined && age > 0 && before.fall !== 'none') break;
    // A counter that it leaves out there may be all that tells it from what was counted.
    if (before === undefined) return leaveAlone(run);
    if (age >= 0 || !showsRestart(run, before))
      return join(decided, run, { totals: age >= 0 ? before : undefined, isNewest: false });
    successor = run;
  }
  // Of the same age as the newest, and fitting no other: it is of the newest.
  if (compareAge(successor, record) >= 0) return join(decided, joined, { totals, isNewest });
  // One counter may be of after the restart and the one that the Stop left out of before: only what exceeds both is certain.
  if (successor.isHalfStopped) return join(decided, successor, { totals, isNewest });
  return foundEarlier(decided, successor);
}

/** A restart takes both counters back. Where one alone stands higher before than after, the later record may have left it out. */
function showsRestart(run: Run, { input, output }: Totals): boolean {
  const isBehind = (total: number | undefined, counted: number) => counted === 0 || (total ?? 0) > counted;
  return isBehind(input, run.inputOctets) && isBehind(output, run.outputOctets);
}

function isGrowing(run: Run, totals: Totals): boolean {
  const { input, output } = growth(run, totals);
  return input + output > 0;
}

/** Begins the run before a known one; it is over, since the known one followed it. */
function foundEarlier(decided: Decided, successor: Run): RunDecision {
  const { runs, record } = decided;
  const before = runs[runs.indexOf(successor) - 1];
  const runNumber = numberBetween(before, successor);
  // No number is left between the two: the run before is then the best place there is.
  if (before !== undefined && runNumber === before.runNumber) {
    const totals = totalsWithin(before, record, -1, UNKNOWN_RATES);
    return join(decided, before, { totals: totals && { ...totals, fall: 'none' }, isNewest: false });
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
  const run = newRun(record, {
    runNumber,
    userId: owner.userId ?? lentUser(predecessor, record),
    classToken: owner.classToken,
    totals: delta,
  });
  const isSucceeding = predecessor !== undefined && predecessor.closeKind === 'open';
  return {
    kind: 'applied',
    how: 'began',
    run: run.userId === undefined ? unmetered(run, delta) : run,
    delta,
    alsoChanged: isSucceeding ? [presumeClosed(predecessor, run.startedAt, 'Lost-Carrier')] : [],
  };
}

/** A session that was stopped is over: whoever uses its id next may be somebody else, and so may whoever is named in another one. */
function lentUser(predecessor: Run | undefined, record: SessionRecord): number | undefined {
  if (predecessor === undefined || predecessor.closeKind === 'stopped') return undefined;
  const isNamed = record.userName !== undefined && record.userName !== predecessor.userName;
  return isNamed && !mayHaveBegunTogether(predecessor, record) ? undefined : predecessor.userId;
}

/** After a restart of the counters in mid-session: a run of the same session. */
function beginAgain(decided: Decided, run: Run): RunDecision {
  const decision = begin(decided, run);
  const isOneSession = hasStart(decided.record) && mayHaveBegunTogether(run, decided.record);
  if (decision.kind === 'implausible' || !isOneSession) return decision;
  return { ...decision, run: { ...decision.run, ...startsOf(run) } };
}

/** After a wrap or a restart, nobody knows which: a run in which what fell counts from zero and the rest goes on, which is less than either. */
function beginBeside(decided: Decided, run: Run, totals: Totals): RunDecision {
  const kept = {
    input: (totals.input ?? run.inputOctets) < run.inputOctets ? 0 : run.inputOctets,
    output: (totals.output ?? run.outputOctets) < run.outputOctets ? 0 : run.outputOctets,
  };
  const delta = {
    input: (totals.input ?? run.inputOctets) - kept.input,
    output: (totals.output ?? run.outputOctets) - kept.output,
  };
  const decision = begin(decided, run);
  if (decision.kind === 'implausible') return decision;
  return {
    ...decision,
    delta,
    run: {
      ...decision.run,
      ...startsOf(run),
      inputOctets: kept.input + delta.input,
      outputOctets: kept.output + delta.output,
      unmeteredOctets:
        decision.run.userId === undefined
          ? kept.input + kept.output + delta.input + delta.output
          : kept.input + kept.output,
    },
  };
}

function join(
  { runs, record, owner }: Decided,
  run: Run,
  { totals, isNewest }: { totals: Totals | undefined; isNewest: boolean },
): RunDecision {
  // No older, yet fallen in one direction: the counters restarted within the slack, or the record is of a run that
  // began since. What the other direction shows is counted from zero, there or once a record is newer.
  const isContradiction = compareAge(run, record) >= 0 && totals?.fall !== 'none';
  const isCounting = totals !== undefined && !isContradiction;
  const delta = isCounting ? growth(run, totals) : { input: 0, output: 0 };
  const seconds = elapsedSeconds(run, record);
  if (!isPlausible(delta, seconds, record.nas.maxRateKbps)) return { kind: 'implausible', delta, seconds };
  const joined = joinRun(run, record, {
    classToken: owner.classToken,
    delta,
    isNewest,
    hasTotals: isCounting,
    isInTurn: !isContradiction || totals === undefined,
    isHalfStop: isCounting && isHalf(record, totals),
    rates: owner.rates,
  });
  if (isHandover(run, record, owner.userId)) {
    const { before, after } = handOver(joined, { runs, record, owner, delta });
    return { kind: 'applied', how: 'changed-user', run: after, delta, alsoChanged: [before] };
  }
  const userId = run.userId ?? owner.userId;
  const owned = userId === undefined ? unmetered(joined, delta) : { ...joined, userId };
  return { kind: 'applied', how: 'joined', run: owned, delta, alsoChanged: [] };
}

function isHalf({ statusType }: SessionRecord, { input, output }: Totals): boolean {
  return statusType === 'Stop' && (input === undefined || output === undefined);
}

function unmetered(run: Run, delta: OctetPair): Run {
  return { ...run, unmeteredOctets: run.unmeteredOctets + delta.input + delta.output };
}
