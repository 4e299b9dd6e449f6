/** Accounting-Request -> record: what the attributes of an authentic packet say (RFC 2866 §5, RFC 2869 §5). */
import { hash } from 'node:crypto';
import type { Nas } from '../nas/nas.ts';
import { AttributeType } from '../radius/attribute-type.ts';
import type { Octets } from '../radius/octets.ts';
import type { Packet } from '../radius/packet.ts';
import type { AccountingRecord, AcctStatusType, SessionRecord, WireTotal } from './record.ts';
import { type AnomalyKind, type RequestAttributes, readRequestAttributes } from './request-attributes.ts';
import { canonicalStation } from './station.ts';

/** Why an authentic Accounting-Request cannot be metered. */
export type UnmeterableReason =
  | 'no-status-type'
  | 'unknown-status-type'
  | 'no-session-id'
  | 'malformed-packet';

export type DecodeResult =
  | { readonly ok: true; readonly record: AccountingRecord; readonly anomalies: readonly AnomalyKind[] }
  | {
      readonly ok: false;
      readonly reason: UnmeterableReason;
      readonly detail: string;
      readonly anomalies: readonly AnomalyKind[];
    };

/** What decoding needs besides the bytes. */
export interface DecodeContext {
  /** Finds the NAS again by its NAS-Identifier, where several share the address it was found by. */
  readonly nasOf: (nasIdentifier: Octets | undefined) => Nas;
  readonly sourceAddress: string;
  /** Epoch milliseconds of the first reception. */
  readonly arrivedAt: number;
  /** Milliseconds our clock is ahead of the NAS's. */
  readonly clockOffsetMs: (nasIdentifier: Octets | undefined, seen: ClockReading) => number;
  /** The dictionary's name of an enumerated value, undefined where it has none. */
  readonly valueName: (attributeType: number, value: number) => string | undefined;
}

/** One instant on both clocks: what a NAS's Event-Timestamp says, and when its packet arrived. */
export interface ClockReading {
  readonly nasEventAt: number;
  readonly arrivedAt: number;
  readonly delaySeconds: number;
}

/** Returns the record in an authentic Accounting-Request, or why it cannot be metered. Never throws, whatever the attributes hold. */
export function decodeAccountingRequest(packet: Packet, context: DecodeContext): DecodeResult {
  const anomalies: AnomalyKind[] = [];
  const attributes = readRequestAttributes(packet, anomalies);
  const { acctStatusType } = attributes.integers;
  if (acctStatusType === undefined)
    return unmeterable('no-status-type', 'there is no Acct-Status-Type', anomalies);
  const statusType = STATUS_TYPES.get(acctStatusType);
  if (statusType === undefined) {
    const name = context.valueName(AttributeType.AcctStatusType, acctStatusType);
    const detail = `Acct-Status-Type is ${acctStatusType}${name === undefined ? '' : ` (${name})`}`;
    return unmeterable('unknown-status-type', detail, anomalies);
  }
  const base = recordBase(attributes, context);
  if (statusType === 'Accounting-On' || statusType === 'Accounting-Off') {
    return { ok: true, record: { ...base, statusType }, anomalies };
  }
  const { acctSessionId } = attributes.octets;
  if (acctSessionId === undefined)
    return unmeterable('no-session-id', 'there is no Acct-Session-Id', anomalies);
  const record = sessionRecord(attributes, { ...base, statusType, acctSessionId }, { context, anomalies });
  return { ok: true, record, anomalies };
}

/** RFC 2866 §5.1. Tunnel and link records (9 to 14) and vendors' own values carry no octets of a user. */
const STATUS_TYPES: ReadonlyMap<number, AcctStatusType> = new Map([
  [1, 'Start'],
  [2, 'Stop'],
  [3, 'Interim-Update'],
  [7, 'Accounting-On'],
  [8, 'Accounting-Off'],
]);

function unmeterable(
  reason: UnmeterableReason,
  detail: string,
  anomalies: readonly AnomalyKind[],
): DecodeResult {
  return { ok: false, reason, detail, anomalies };
}

function recordBase({ integers, octets, addresses }: RequestAttributes, context: DecodeContext) {
  const nas = context.nasOf(octets.nasIdentifier);
  const delaySeconds = integers.acctDelayTime ?? 0;
  const nasEventAt = integers.eventTimestamp;
  const { arrivedAt } = context;
  return {
    nas,
    sourceAddress: context.sourceAddress,
    arrivedAt,
    eventAt: happenedAt(octets.nasIdentifier, { nasEventAt, arrivedAt, delaySeconds }, context),
    nasEventAt,
    delaySeconds,
    nasIdentifier: octets.nasIdentifier,
    nasIpAddress: addresses.nasIpAddress ?? addresses.nasIpv6Address,
    calledStationId: octets.calledStationId,
  };
}

/** An event further back than this is a clock that fell back (a reboot without battery: 1970), not a record that was late. */
const LATENESS_MAX_MS = 48 * 60 * 60 * 1000;

/** Returns when it happened, on our clock (epoch milliseconds), never after arrival. */
function happenedAt(
  nasIdentifier: Octets | undefined,
  seen: { nasEventAt: number | undefined; arrivedAt: number; delaySeconds: number },
  { clockOffsetMs }: DecodeContext,
): number {
  const { nasEventAt, arrivedAt, delaySeconds } = seen;
  const sentAt = arrivedAt - delaySeconds * 1000;
  if (nasEventAt === undefined) return sentAt;
  // hostapd resends with the first Event-Timestamp and a grown Acct-Delay-Time: the stamp is the event's own.
  const stampedAt = nasEventAt + clockOffsetMs(nasIdentifier, { nasEventAt, arrivedAt, delaySeconds });
  return stampedAt < sentAt - LATENESS_MAX_MS ? sentAt : Math.min(stampedAt, arrivedAt);
}

function sessionRecord(
  { integers, octets, addresses, classes, chilliViewPoint }: RequestAttributes,
  base: ReturnType<typeof recordBase> & Pick<SessionRecord, 'statusType' | 'acctSessionId'>,
  { context: { valueName }, anomalies }: { context: DecodeContext; anomalies: AnomalyKind[] },
): SessionRecord {
  const named = (type: number, value: number | undefined) =>
    value === undefined ? undefined : (valueName(type, value) ?? String(value));
  return {
    ...base,
    runKey: runKey(addresses, base),
    userName: octets.userName,
    chargeableUserIdentity: octets.chargeableUserIdentity,
    classes,
    station: octets.callingStationId === undefined ? undefined : canonicalStation(octets.callingStationId),
    input: wireTotal(integers.acctInputOctets, integers.acctInputGigawords, anomalies),
    output: wireTotal(integers.acctOutputOctets, integers.acctOutputGigawords, anomalies),
    isReversed: isReversed(base.nas, chilliViewPoint),
    inputPackets: integers.acctInputPackets,
    outputPackets: integers.acctOutputPackets,
    sessionTimeSeconds: integers.acctSessionTime,
    acctTerminateCause: named(AttributeType.AcctTerminateCause, integers.acctTerminateCause),
    details: {
      nasPortId: octets.nasPortId ?? integers.nasPort?.toString(),
      nasPortType: named(AttributeType.NasPortType, integers.nasPortType),
      acctAuthentic: named(AttributeType.AcctAuthentic, integers.acctAuthentic),
      serviceType: named(AttributeType.ServiceType, integers.serviceType),
      framedProtocol: named(AttributeType.FramedProtocol, integers.framedProtocol),
      connectInfo: octets.connectInfo,
      address: addresses,
    },
  };
}

/** Gigawords × 2³² must stay below 2⁵³, or the sum is no longer exact: more (8 PiB in one session) is no counter. */
const GIGAWORDS_MAX = 2 ** 21 - 1;

/** A Gigawords attribute without its Octets says nothing; Octets without Gigawords are left for the run to complete. Of a total that cannot be, no half is believed. */
function wireTotal(
  low: number | undefined,
  gigawords: number | undefined,
  anomalies: AnomalyKind[],
): WireTotal | undefined {
  if (gigawords !== undefined && gigawords > GIGAWORDS_MAX) {
    anomalies.push('malformed-value');
    return undefined;
  }
  return low === undefined ? undefined : { low, gigawords };
}

/** CoovaChilli says from whose side it counts in every packet (14559/10): 1 = the NAS's, as RFC 2866 does; 2 = the user's. */
function isReversed(nas: Nas, chilliViewPoint: number | undefined): boolean {
  return nas.direction === 'auto' ? chilliViewPoint === 2 : nas.direction === 'reversed';
}

type KeyParts = Pick<SessionRecord, 'sourceAddress' | 'nasIdentifier' | 'acctSessionId'>;

/** The NAS as it names itself, else where it came from, and the session's id; NAS-Port is not identity (ocserv changes it). */
function runKey(
  addresses: RequestAttributes['addresses'],
  { sourceAddress, nasIdentifier, acctSessionId }: KeyParts,
): Octets {
  const address = identifyingAddress(addresses.nasIpAddress) ?? identifyingAddress(addresses.nasIpv6Address);
  const identity =
    nasIdentifier === undefined && address === undefined
      ? `from ${sourceAddress}`
      : `${nasIdentifier?.length ?? '-'} ${nasIdentifier ?? ''} ${address ?? ''}`;
  return hash('md5', Buffer.from(`${identity}\0${acctSessionId}`, 'latin1'), 'binary');
}

/** Addresses that any NAS could claim identify none (CoovaChilli's default NAS-IP-Address is 0.0.0.0). */
function identifyingAddress(address: string | undefined): string | undefined {
  if (address === undefined || address === '0.0.0.0' || address === '::' || address === '::1')
    return undefined;
  return /^(127\.|169\.254\.|fe[89ab])/.test(address) ? undefined : address;
}
