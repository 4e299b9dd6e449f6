/** Which of the runs of a key a record is of, or whether it begins another. Pure. */
import type { SessionRecord } from '../accounting/record.ts';
import type { Octets } from '../radius/octets.ts';
import { isHeld, isUsed, mayFollow, mayPrecede, repeats } from './octet-totals.ts';
import { hasTotals } from './octet-words.ts';
import { isOfOneSession, type Run, SLACK_MS } from './run.ts';
import {
  arrivalEventAt,
  beganTogether,
  beganTogetherByStamp,
  beganWithLast,
  type ClockReading,
  compareAge,
  hadBegun,
  hadBegunOnNas,
  happenedAfterStart,
  mayBeOneSession,
  mayHaveBegunTogether,
  nasReading,
  onAllClocks,
  startOffsetMs,
} from './run-clocks.ts';

/** How often a run is taken to be heard of while nothing is known of its NAS's interval. */
const INTERVAL_MS = 300_000;

/** Returns the run that a record is of by what it says, whenever it came: it says the same again, or cannot be told from a late one. */
export function knownRun(own: readonly Run[], record: SessionRecord): Run | undefined {
  const known = own.findLast((run) => repeats(run, record)) ?? runBegunWith(own, record);
  if (known !== undefined || record.statusType === 'Start' || !hasTotals(record)) return known;
  if (hasStart(record) && own.some((run) => mayHaveBegunTogether(run, record))) return undefined;
  // A run without octets may be no more than a Start that was sent again.
  const used = own.filter(isUsed);
  const newest = used.at(-1);
  if (newest === undefined || !isUndated(newest, record)) return undefined;
  if (record.nasEventAt !== undefined && newest !== own.at(-1)) return undefined;
  const isNewestDone = !hasStart(record) || newest !== own.at(-1) || isOver(newest, record);
  const late = used.findLast((run) => mayBeLate(run, record));
  const candidates = record.nasEventAt === undefined && isNewestDone ? used : [newest];
  return (
    (isNewestDone ? late : undefined) ??
    candidates.findLast((run) => mayGoOn(run, record) && isLongEnough(run, record)) ??
    (isLongEnough(newest, record) ? undefined : late) ??
    (newest.closeKind !== 'stopped' && mayGoOn(newest, record) && isYoungEnough(newest, record)
      ? newest
      : undefined)
  );
}

/** Nobody is in a session for longer than it has lasted. */
function isYoungEnough(run: Run, record: SessionRecord): boolean {
  return (record.sessionTimeSeconds ?? 0) * 1000 <= arrivalEventAt(record) - run.arrivalStartedAt + SLACK_MS;
}

/** Of the runs of one session, between which its counters restarted, the newest. */
function runBegunWith(own: readonly Run[], record: SessionRecord): Run | undefined {
  if (!hasStart(record)) return undefined;
  const begun =
    own.findLast((run) => onAllClocks(run, record, beganTogether)) ??
    own.findLast((run) => beganTogetherOnNas(run, record));
  return begun && own.findLast((run) => isOfOneSession(run, begun));
}

/** Another Stop is of another session, and what the NAS's clock says to be later is not late. */
function mayBeLate(run: Run, record: SessionRecord): boolean {
  if (run.closeKind === 'stopped' && record.statusType === 'Stop') return false;
  const onNas = nasReading(run, record);
  const isLaterOnNas = onNas !== undefined && onNas.event > onNas.runUpdate + SLACK_MS;
  // Unless that clock was set back before the session's Stop.
  if (isLaterOnNas && !(run.closeKind === 'stopped' && isHeld(run, record))) return false;
  return mayPrecede(run, record);
}

/** Whoever is named anew has begun another session. */
function mayGoOn(run: Run, record: SessionRecord): boolean {
  return !isNamedAnew(run, record) && mayFollow(run, record);
}

function isNamedAnew(run: Run, { userName }: SessionRecord): boolean {
  return userName !== undefined && userName !== run.userName;
}

/** Session time runs no faster than time, and ends with the Stop. */
function isLongEnough(run: Run, record: SessionRecord): boolean {
  if (record.sessionTimeSeconds === undefined) return run.closeKind !== 'stopped';
  if (run.closeKind === 'stopped') {
    const lastedMs = run.arrivalUpdatedAt - run.arrivalStartedAt;
    return record.nasEventAt === undefined && record.sessionTimeSeconds * 1000 <= lastedMs + SLACK_MS;
  }
  const grownMs = (record.sessionTimeSeconds - (run.sessionTimeSeconds ?? 0)) * 1000;
  return grownMs <= arrivalEventAt(record) - run.arrivalUpdatedAt + SLACK_MS;
}

/** Returns whether a record began with one run on the NAS's clock and with another on ours: it was late, or the NAS's clock was set. */
export function isTornBetween(own: readonly Run[], joined: Run, record: SessionRecord): boolean {
  if (!hasStart(record) || onAllClocks(joined, record, beganTogether)) return false;
  const isOnNas = beganTogetherByStamp(joined, record);
  if (!isOnNas && !mayHaveBegunTogether(joined, record)) return false;
  return own.some(
    (run) => mayHaveBegunTogether(run, record) && beganTogetherByStamp(run, record) !== isOnNas,
  );
}

/** Returns whether a record's session began with a run on the NAS's clock: by the run's own start, or by where its last record put that, should the clock have been set since. */
export function beganTogetherOnNas(run: Run, record: SessionRecord): boolean {
  const onNas = nasReading(run, record);
  return (onNas !== undefined && beganTogether(onNas)) || beganWithLast(run, record);
}

/** A record that does not say when it happened, or on whose time the NAS's clock and ours disagree, may have been on its way for a day. */
export function isUndated(run: Run, record: SessionRecord): boolean {
  const { nasEventAt, delaySeconds } = record;
  if (nasEventAt === undefined || run.nasUpdatedAt === undefined) return delaySeconds === 0;
  if (!hasStart(record)) return false;
  const onNas = nasEventAt - run.nasUpdatedAt;
  const onOurs = arrivalEventAt(record) - run.arrivalUpdatedAt;
  return Math.abs(onNas - onOurs) > SLACK_MS;
}

/** A run that has not been heard of for two of its intervals does not go on with less than it had. */
function isOver(run: Run, record: SessionRecord): boolean {
  if (run.closeKind === 'stopped') return true;
  const intervalMs = run.intervalSeconds === undefined ? INTERVAL_MS : run.intervalSeconds * 1000;
  return arrivalEventAt(record) - run.arrivalUpdatedAt > 2 * intervalMs;
}

/** The run a record is of by its start: one that began with it, else the newest that had begun by then. */
export function runOf(own: readonly Run[], record: SessionRecord): Run | undefined {
  return (
    own.findLast((run) => hasStart(record) && mayHaveBegunTogether(run, record)) ??
    own.findLast((run) => hasStart(record) && mayBeOneSession(run, record)) ??
    own.findLast((run) => hadBegunOnNas(run, record)) ??
    own.findLast((run) => hadBegun(run, record)) ??
    // Two sessions of one connection do not overlap: what happened after a run began is of that run, however early its
    // session time puts the start, unless an earlier run is there to take it. The run's own Start was late.
    own.findLast((run) => happenedAfterStart(run, record)) ??
    // Nor does what came after a Start that nothing has followed yet begin a session before it, if the NAS's clock was set.
    own.findLast((run) => !isUsed(run) && arrivalEventAt(record) > run.arrivalStartedAt) ??
    own.find((run) => !hasStart(record) || (isUndated(run, record) && mayFollow(run, record)))
  );
}

export function hasStart(record: SessionRecord): boolean {
  return startOffsetMs(record) !== undefined;
}

/** Returns whether a record is a session's Stop that follows all it said before, be it by less than the slack. */
export function endsLast(run: Run, record: SessionRecord): boolean {
  const isStop = record.statusType === 'Stop' && run.closeKind !== 'stopped' && hasStart(record);
  return isStop && onAllClocks(run, record, beganTogether) && compareAge(run, record) === 0;
}

/** The runs a record may be of; a station's own before those of whoever has the same name (three users may all call themselves anonymous). */
export function runsOfConnection(
  runs: readonly Run[],
  record: SessionRecord,
  classToken: Octets | undefined,
): Run[] {
  const own = runs.filter((run) => isSameConnection(run, record, classToken));
  const isOfStation = own.some(({ station }) => station !== undefined && station === record.station);
  if (!isOfStation) return own;
  return own.filter(
    (run) => run.station === undefined || run.station === record.station || isOfOneAnswer(run, classToken),
  );
}

/** Whether both carry the Class of one Access-Accept: whatever else has changed, it is that connection. */
function isOfOneAnswer(run: Run, classToken: Octets | undefined): boolean {
  return classToken !== undefined && classToken === run.classToken;
}

/** One Acct-Session-Id may be given to several users at once; EAP changes the name and MOBIKE the station in mid-session. */
function isSameConnection(run: Run, record: SessionRecord, classToken: Octets | undefined): boolean {
  if (isOfOneAnswer(run, classToken)) return true;
  if (run.station === undefined && run.userName === undefined && run.classToken === undefined) return true;
  if (record.station === undefined && record.userName === undefined && classToken === undefined) return true;
  if (record.station !== undefined && record.station === run.station) return true;
  return record.userName !== undefined && record.userName === run.userName;
}

/** Whether a record cannot be of the newest run: (a) a Start after it, (b) a session that began after it, (c) one that began at its end. */
export function beginsAnew(newest: Run, record: SessionRecord): boolean {
  const isBusy = isUsed(newest) || newest.closeKind === 'stopped';
  const isStart = record.statusType === 'Start';
  if (isStart && isBusy && onAllClocks(newest, record, startsAfter)) return true;
  if (!isStart && !hasTotals(record)) return false;
  if (!hasStart(record)) return happensAfterStop(newest, record);
  // A Start alone is no session of whoever is named in one that began later.
  if ((isBusy || isNamedAnew(newest, record)) && onAllClocks(newest, record, beginsAfterUpdate)) return true;
  if (newest.closeKind === 'stopped') {
    // What the NAS's clock says of a session that is over, lateness does not touch.
    const onNas = nasReading(newest, record);
    if (onNas !== undefined && beginsAtEnd(onNas)) return !mayHaveBegunTogether(newest, record);
  } else if (compareAge(newest, record) >= 0) return false;
  return onAllClocks(newest, record, beginsAtEnd);
}

/** What a NAS reports of an id whose Stop it sent before is of another session. */
function happensAfterStop(run: Run, record: SessionRecord): boolean {
  const onNas = nasReading(run, record);
  if (run.closeKind !== 'stopped' || onNas === undefined) return false;
  return onAllClocks(run, record, ({ event, runUpdate }) => event > runUpdate + SLACK_MS);
}

function beginsAfterUpdate({ start, runUpdate }: ClockReading): boolean {
  return start > runUpdate + SLACK_MS;
}

function startsAfter({ event, runStart, runUpdate }: ClockReading): boolean {
  return event >= runUpdate && event > runStart + SLACK_MS;
}

/** Session times jitter, so a repeated Start of a run of ten seconds may look older than that: its own start tells. */
function beginsAtEnd({ start, runStart, runUpdate }: ClockReading): boolean {
  return start >= runUpdate - SLACK_MS && start > runStart + SLACK_MS;
}
