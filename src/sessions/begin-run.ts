/** The run a record begins. Pure. */
import type { SessionRecord } from '../accounting/record.ts';
import type { Octets } from '../radius/octets.ts';
import { displayText } from './display-text.ts';
import { carriesGigawords, hasTotals } from './octet-words.ts';
import type { OctetPair, Run } from './run.ts';
import { arrivalEventAt, startOffsetMs } from './run-clocks.ts';

/** What a run begins with beside its record: its place, whose it is, and the totals it begins at (octets). */
export interface RunBeginning {
  readonly runNumber: number;
  readonly userId: number | undefined;
  /** A Class of ours. */
  readonly classToken: Octets | undefined;
  readonly totals: OctetPair;
}

/** Returns the run a record begins. */
export function newRun(record: SessionRecord, { runNumber, userId, classToken, totals }: RunBeginning): Run {
  const offset = startOffsetMs(record) ?? 0;
  const isStop = record.statusType === 'Stop';
  return {
    radacctId: undefined,
    runKey: record.runKey,
    runNumber,
    userId,
    userName: record.userName,
    station: record.station,
    classToken,
    closeKind: isStop ? 'stopped' : 'open',
    closedAt: isStop ? record.eventAt : undefined,
    terminateCause: isStop ? (record.acctTerminateCause ?? '') : '',
    startedAt: record.eventAt - offset,
    updatedAt: record.eventAt,
    nasStartedAt: record.nasEventAt === undefined ? undefined : record.nasEventAt - offset,
    nasUpdatedAt: record.nasEventAt,
    arrivalStartedAt: arrivalEventAt(record) - offset,
    arrivalUpdatedAt: arrivalEventAt(record),
    sessionTimeSeconds: countedSeconds(record),
    inputOctets: totals.input,
    outputOctets: totals.output,
    unmeteredOctets: 0,
    inputPackets: record.inputPackets ?? 0,
    outputPackets: record.outputPackets ?? 0,
    isReversed: record.isReversed,
    octetUnit: record.nas.octetUnit,
    hasGigawords: carriesGigawords(record),
    mayHaveWrapped: false,
    hasInterim: record.statusType === 'Interim-Update',
    isHalfStopped: false,
    intervalSeconds: undefined,
    limitsTold: undefined,
    sourceAddress: record.sourceAddress,
    nasIdentifier: record.nasIdentifier,
    calledStationId: record.calledStationId,
    address: record.details.address,
    connectInfoStop: isStop ? displayText(record.details.connectInfo) : '',
    hasNewDetails: false,
    origin: {
      acctSessionId: record.acctSessionId,
      nasIpAddress: record.nasIpAddress,
      classes: record.classes,
      details: record.details,
    },
  };
}

/** The session time the totals are of: without totals none is counted yet, however long the session lasted. */
function countedSeconds(record: SessionRecord): number | undefined {
  if (hasTotals(record)) return record.sessionTimeSeconds ?? (record.statusType === 'Start' ? 0 : undefined);
  return startOffsetMs(record) === undefined ? undefined : 0;
}
