/** A run as a record that belongs to it leaves it. Pure. */
import type { SessionRecord } from '../accounting/record.ts';
import type { Octets } from '../radius/octets.ts';
import { displayText } from './display-text.ts';
import { couldWrapUnseen } from './octet-totals.ts';
import { carriesGigawords } from './octet-words.ts';
import type { LineRates } from './octet-wraps.ts';
import type { OctetPair, Run } from './run.ts';
import { arrivalEventAt, compareAge } from './run-clocks.ts';
import { learnInterval } from './stale-rule.ts';

/** What joining adds. */
export interface Joining {
  /** The Class of ours that the record carries. */
  readonly classToken: Octets | undefined;
  readonly delta: OctetPair;
  readonly isNewest: boolean;
  /** Whether the record says what the counters stood at. */
  readonly hasTotals: boolean;
  /** Whether the record is of this run's last moment; one that contradicts it leaves its clocks alone. */
  readonly isInTurn: boolean;
  /** Whether it is a Stop that says what one of them stood at. */
  readonly isHalfStop: boolean;
  readonly rates: LineRates;
}

/** Returns the run with a record's growth and news; an older record brings octets, but neither names nor times. */
export function joinRun(run: Run, record: SessionRecord, joining: Joining): Run {
  const { delta, isNewest, rates } = joining;
  const age = compareAge(run, record);
  const moved = age >= 0 && joining.isInTurn ? advance(run, record, joining) : run;
  return {
    ...closeOrRevive(moved, record, isNewest),
    inputOctets: run.inputOctets + delta.input,
    outputOctets: run.outputOctets + delta.output,
    ...(age >= 0 && joining.hasTotals ? packetsOf(run, record) : undefined),
    hasGigawords: run.hasGigawords || carriesGigawords(record),
    mayHaveWrapped: run.mayHaveWrapped || (age > 0 && couldWrapUnseen(run, record, rates)),
    hasInterim: run.hasInterim || record.statusType === 'Interim-Update',
    isHalfStopped: run.isHalfStopped || joining.isHalfStop,
    ...newDetails(run, record),
    ...newClass(run, joining.classToken, age),
  };
}

/** A session that is authenticated again gets another Class, and is known by that from then on. */
function newClass(run: Run, classToken: Octets | undefined, age: number): Partial<Run> {
  if (classToken === undefined || classToken === run.classToken) return {};
  return run.classToken === undefined || age > 0 ? { classToken, hasNewDetails: true } : {};
}

/** Moves a run's clocks to a record that is not older. Session time stays where the totals stay (a driver that failed reports neither). */
function advance(run: Run, record: SessionRecord, { hasTotals }: Joining): Run {
  const sessionTime = hasTotals ? record.sessionTimeSeconds : undefined;
  const gap = Math.round((record.eventAt - run.updatedAt) / 1000);
  return {
    ...run,
    userName: record.userName ?? run.userName,
    station: record.station ?? run.station,
    updatedAt: Math.max(run.updatedAt, record.eventAt),
    nasUpdatedAt: highest(run.nasUpdatedAt, record.nasEventAt),
    arrivalUpdatedAt: Math.max(run.arrivalUpdatedAt, arrivalEventAt(record)),
    sessionTimeSeconds: highest(run.sessionTimeSeconds, sessionTime),
    intervalSeconds:
      record.statusType === 'Interim-Update' ? learnInterval(run.intervalSeconds, gap) : run.intervalSeconds,
  };
}

function packetsOf(run: Run, { inputPackets, outputPackets }: SessionRecord) {
  return {
    inputPackets: inputPackets ?? run.inputPackets,
    outputPackets: outputPackets ?? run.outputPackets,
  };
}

/** Only the session's own Stop is final; a presumed close ends with a record later than it. */
function closeOrRevive(run: Run, record: SessionRecord, isNewest: boolean): Run {
  if (record.statusType === 'Stop') {
    if (run.closeKind === 'stopped') return run;
    return {
      ...run,
      closeKind: 'stopped',
      closedAt: record.eventAt,
      terminateCause: record.acctTerminateCause ?? '',
    };
  }
  const isRevived = run.closeKind === 'presumed' && isNewest && record.eventAt > (run.closedAt ?? 0);
  return isRevived ? { ...run, closeKind: 'open', closedAt: undefined, terminateCause: '' } : run;
}

function highest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.max(a, b);
}

/** What a later record says for the first time is added: ocserv's Start has no Framed-IP-Address, a Stop has its own Connect-Info. */
function newDetails(run: Run, record: SessionRecord): Partial<Run> {
  const later = record.details.address;
  const known = run.address;
  const isKnown =
    (later.framedIpAddress ?? known.framedIpAddress) === known.framedIpAddress &&
    (later.framedIpv6Address ?? known.framedIpv6Address) === known.framedIpv6Address &&
    (later.framedIpv6Prefix ?? known.framedIpv6Prefix) === known.framedIpv6Prefix &&
    (later.framedInterfaceId ?? known.framedInterfaceId) === known.framedInterfaceId &&
    (later.delegatedIpv6Prefix ?? known.delegatedIpv6Prefix) === known.delegatedIpv6Prefix;
  const connectInfoStop = record.statusType === 'Stop' ? displayText(record.details.connectInfo) : '';
  if (isKnown && connectInfoStop === '') return {};
  return {
    address: {
      framedIpAddress: later.framedIpAddress ?? known.framedIpAddress,
      framedIpv6Address: later.framedIpv6Address ?? known.framedIpv6Address,
      framedIpv6Prefix: later.framedIpv6Prefix ?? known.framedIpv6Prefix,
      framedInterfaceId: later.framedInterfaceId ?? known.framedInterfaceId,
      delegatedIpv6Prefix: later.delegatedIpv6Prefix ?? known.delegatedIpv6Prefix,
    },
    connectInfoStop: connectInfoStop || run.connectInfoStop,
    hasNewDetails: true,
  };
}
