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

/** Returns whether a run had begun when the record's session began, on either clock. */
export function hadBegun(run: Run, record: SessionRecord): boolean {
  if (startOffsetMs(record) === undefined) return true;
  return !onAllClocks(run, record, ({ start, runStart }) => start + SLACK_MS < runStart);
}

/** Returns whether a record happened after a run began. Arrival says little of when a late record happened; the NAS's clock says it wherever there is one. */
export function happenedAfterStart(run: Run, record: SessionRecord): boolean {
  return record.nasEventAt !== undefined && run.nasStartedAt !== undefined
    ? record.nasEventAt > run.nasStartedAt
    : arrivalEventAt(record) > run.arrivalStartedAt;
}

/** Returns a number that is positive when the record is newer than the run's last, negative when older, zero within the slack. */
export function compareAge(run: Run, record: SessionRecord): number {
  const byMs =
    record.sessionTimeSeconds !== undefined && run.sessionTimeSeconds !== undefined
      ? (record.sessionTimeSeconds - run.sessionTimeSeconds) * 1000
      : sessionlessAgeMs(run, record);
  return Math.abs(byMs) > SLACK_MS ? Math.sign(byMs) : 0;
}

function sessionlessAgeMs(run: Run, record: SessionRecord): number {
  // A Start is the beginning of its session, whether it says "session time 0" or nothing.
  if (record.statusType === 'Start' && run.sessionTimeSeconds !== undefined)
    return -run.sessionTimeSeconds * 1000;
  return record.nasEventAt !== undefined && run.nasUpdatedAt !== undefined
    ? record.nasEventAt - run.nasUpdatedAt
    : record.eventAt - run.updatedAt;
}

/** Returns the milliseconds from the session's start to the record; undefined when the record does not tell. */
export function startOffsetMs(record: SessionRecord): number | undefined {
  if (record.sessionTimeSeconds !== undefined) return record.sessionTimeSeconds * 1000;
  return record.statusType === 'Start' ? 0 : undefined;
}

/** Returns when a record's event was, on our clock alone: arrival less Acct-Delay-Time, epoch milliseconds. */
export function arrivalEventAt(record: SessionRecord): number {
  return record.arrivedAt - record.delaySeconds * 1000;
}

/** Returns whether record and run began at the same time, within the slack, on either clock. */
export function beganTogether(run: Run, record: SessionRecord): boolean {
  return !onAllClocks(run, record, (clock) => Math.abs(clock.start - clock.runStart) > SLACK_MS);
}
