/** A record and a run compared in time, on the NAS's clock and on ours. Pure. */
import type { SessionRecord } from '../accounting/record.ts';
import { type Run, SLACK_MS } from './run.ts';

/** A record and a run on one clock; `start` = event − session time. */
export interface ClockReading {
  readonly event: number;
  readonly start: number;
  readonly runStart: number;
  readonly runUpdate: number;
}

/** Returns whether a condition holds on our clock (arrival less Acct-Delay-Time) and, where both have it, on the NAS's. A NAS's clock may step and a record may be late; a condition that must hold on its clock and on ours survives either. */
export function onAllClocks(
  run: Run,
  record: SessionRecord,
  holds: (clock: ClockReading) => boolean,
): boolean {
  const offset = startOffsetMs(record) ?? 0;
  const ours = arrivalEventAt(record);
  const onOurs = {
    event: ours,
    start: ours - offset,
    runStart: run.arrivalStartedAt,
    runUpdate: run.arrivalUpdatedAt,
  };
  if (!holds(onOurs)) return false;
  if (record.nasEventAt === undefined || run.nasStartedAt === undefined || run.nasUpdatedAt === undefined)
    return true;
  return holds({
    event: record.nasEventAt,
    start: record.nasEventAt - offset,
    runStart: run.nasStartedAt,
    runUpdate: run.nasUpdatedAt,
  });
}

/** Returns whether a run had begun when the record's session began, on either clock; where the record does not tell, when it happened. */
export function hadBegun(run: Run, record: SessionRecord): boolean {
  if (startOffsetMs(record) === undefined)
    return !onAllClocks(run, record, ({ event, runStart }) => event + SLACK_MS < runStart);
  return !onAllClocks(run, record, ({ start, runStart }) => start + SLACK_MS < runStart);
}

/** Returns whether a run had begun when the record's session began, on the NAS's clock; false where there is none. Lateness does not touch that clock. */
export function hadBegunOnNas(run: Run, record: SessionRecord): boolean {
  if (record.nasEventAt === undefined || run.nasStartedAt === undefined) return false;
  const offset = startOffsetMs(record);
  return offset === undefined
    ? record.nasEventAt >= run.nasStartedAt
    : record.nasEventAt - offset + SLACK_MS >= run.nasStartedAt;
}

/** Returns whether a record happened after a run began. Arrival says little of when a late record happened; the NAS's clock says it wherever there is one. */
export function happenedAfterStart(run: Run, record: SessionRecord): boolean {
  return record.nasEventAt !== undefined && run.nasStartedAt !== undefined
    ? record.nasEventAt > run.nasStartedAt
    : arrivalEventAt(record) > run.arrivalStartedAt;
}

/** Returns a number that is positive when the record is newer than the run's last, negative when older, zero within the slack. */
export function compareAge(run: Run, record: SessionRecord): number {
  const byMs = ageMs(run, record);
  return Math.abs(byMs) > SLACK_MS ? Math.sign(byMs) : 0;
}

/** Returns whether a record is older than the run's last, be it within the slack: by its session time and by its clock, unless that was set between the two. */
export function isBefore(run: Run, record: SessionRecord): boolean {
  if (compareAge(run, record) !== 0) return compareAge(run, record) < 0;
  const age = ageMs(run, record);
  if (age > 0) return false;
  if (record.nasEventAt === undefined || run.nasUpdatedAt === undefined)
    return arrivalEventAt(record) < run.arrivalUpdatedAt;
  const onNas = record.nasEventAt - run.nasUpdatedAt;
  return onNas < 0 && Math.abs(onNas - age) <= SLACK_MS;
}

function ageMs(run: Run, record: SessionRecord): number {
  if (record.sessionTimeSeconds === undefined || run.sessionTimeSeconds === undefined)
    return sessionlessAgeMs(run, record);
  return (record.sessionTimeSeconds - run.sessionTimeSeconds) * 1000;
}

/** Returns whether a record happened before the run's last one, by the NAS's clock where it was set: no restart lies between the two. */
export function isOutOfTurn(run: Run, record: SessionRecord): boolean {
  const onNas = nasReading(run, record);
  if (onNas !== undefined) return onNas.event < onNas.runUpdate - SLACK_MS;
  return onAllClocks(run, record, ({ event, runUpdate }) => event < runUpdate - SLACK_MS);
}

function sessionlessAgeMs(run: Run, record: SessionRecord): number {
  // A Start is the beginning of its session, whether it says "session time 0" or nothing.
  if (record.statusType === 'Start' && run.sessionTimeSeconds !== undefined)
    return -run.sessionTimeSeconds * 1000;
  if (record.nasEventAt === undefined || run.nasUpdatedAt === undefined)
    return record.eventAt - run.updatedAt;
  const onNas = record.nasEventAt - run.nasUpdatedAt;
  const onOurs = arrivalEventAt(record) - run.arrivalUpdatedAt;
  // Late without an Acct-Delay-Time that says so, or the NAS's clock was set: nothing tells which.
  return Math.sign(onNas) === Math.sign(onOurs) ? onNas : 0;
}

/** Returns the milliseconds from the session's start to the record; undefined when the record does not tell. */
export function startOffsetMs(
  record: Pick<SessionRecord, 'sessionTimeSeconds' | 'statusType'>,
): number | undefined {
  if (record.sessionTimeSeconds !== undefined) return record.sessionTimeSeconds * 1000;
  return record.statusType === 'Start' ? 0 : undefined;
}

/** Returns when a record's event was, on our clock alone: arrival less Acct-Delay-Time, epoch milliseconds. */
export function arrivalEventAt(record: SessionRecord): number {
  return record.arrivedAt - record.delaySeconds * 1000;
}

/** Returns whether both began at the same time on one clock, within the slack. */
export function beganTogether({ start, runStart }: ClockReading): boolean {
  return Math.abs(start - runStart) <= SLACK_MS;
}

/** A clock that shows less counts from the NAS's boot, and shows the same again after the next (hostapd sends none then). */
const CLOCK_SET_AFTER = Date.UTC(2001, 0);

/** Returns record and run on the NAS's clock; undefined where it is not known, or was never set. */
export function nasReading(run: Run, { nasEventAt, ...record }: SessionRecord): ClockReading | undefined {
  if (nasEventAt === undefined || run.nasStartedAt === undefined || run.nasUpdatedAt === undefined)
    return undefined;
  if (run.nasStartedAt < CLOCK_SET_AFTER || nasEventAt < CLOCK_SET_AFTER) return undefined;
  return {
    event: nasEventAt,
    start: nasEventAt - (startOffsetMs(record) ?? 0),
    runStart: run.nasStartedAt,
    runUpdate: run.nasUpdatedAt,
  };
}

/** Returns whether a record's session began with a run by the NAS's clock as it is, be it one that was never set. */
export function beganTogetherByStamp({ nasStartedAt }: Run, record: SessionRecord): boolean {
  const offset = startOffsetMs(record);
  if (offset === undefined || record.nasEventAt === undefined || nasStartedAt === undefined) return false;
  return Math.abs(record.nasEventAt - offset - nasStartedAt) <= SLACK_MS;
}

/** Returns whether a record's session began when a run's last record says that its own began, on the NAS's clock. */
export function beganWithLast(run: Run, record: SessionRecord): boolean {
  const offset = startOffsetMs(record);
  if (offset === undefined || record.nasEventAt === undefined || record.nasEventAt < CLOCK_SET_AFTER)
    return false;
  if (run.nasUpdatedAt === undefined || run.nasUpdatedAt < CLOCK_SET_AFTER) return false;
  // A Start says so itself, and the session time is that of totals.
  if (record.statusType === 'Start' || run.sessionTimeSeconds === undefined) return false;
  if (run.inputOctets + run.outputOctets === 0) return false;
  const lastStart = run.nasUpdatedAt - run.sessionTimeSeconds * 1000;
  return Math.abs(record.nasEventAt - offset - lastStart) <= SLACK_MS;
}

/** Returns whether record and run began at the same time on our clock. */
export function beganTogetherOnOurs(run: Run, record: SessionRecord): boolean {
  const offset = startOffsetMs(record);
  if (offset === undefined) return false;
  return Math.abs(arrivalEventAt(record) - offset - run.arrivalStartedAt) <= SLACK_MS;
}

/** Returns whether record and run began at the same time on either clock. */
export function mayHaveBegunTogether(run: Run, record: SessionRecord): boolean {
  return !onAllClocks(run, record, (clock) => !beganTogether(clock));
}

/** A NAS's clock that was set by less than this in mid-session makes no other session. */
const CLOCK_STEP_MS = 60_000;

/** Returns whether record and run may be of one session although its counters restarted: by the run's start, or by where its last record put that. */
export function mayBeOneSession(run: Run, record: SessionRecord): boolean {
  const sessionMs = (run.sessionTimeSeconds ?? 0) * 1000;
  return !onAllClocks(
    run,
    record,
    ({ start, runStart, runUpdate }) =>
      Math.abs(start - runStart) > CLOCK_STEP_MS && Math.abs(start - (runUpdate - sessionMs)) > SLACK_MS,
  );
}
