/** The accounting record: what a NAS reported about one session at one instant, decoded from one Accounting-Request. */
import type { Nas } from '../nas/nas.ts';
import type { Octets } from '../radius/octets.ts';

/** The Acct-Status-Types radmeter meters (RFC 2866 §5.1). */
export type AcctStatusType = 'Start' | 'Interim-Update' | 'Stop' | 'Accounting-On' | 'Accounting-Off';

/** An octet counter as it came: the low 32 bits, and the Gigawords attribute (RFC 2869 §5.1) where there was one. */
export interface WireTotal {
  readonly low: number;
  readonly gigawords: number | undefined;
}

/** Everything that all records have. Instants are epoch milliseconds. */
interface RecordBase {
  readonly nas: Nas;
  /** The address the packet came from. */
  readonly sourceAddress: string;
  /** When radmeter first received it. */
  readonly arrivedAt: number;
  /** When it happened, on our clock; never after arrival. */
  readonly eventAt: number;
  /** When it happened, on the NAS's clock: its Event-Timestamp. */
  readonly nasEventAt: number | undefined;
  /** Acct-Delay-Time, 0 where there was none. */
  readonly delaySeconds: number;
  readonly nasIdentifier: Octets | undefined;
  readonly nasIpAddress: string | undefined;
  readonly calledStationId: Octets | undefined;
}

/** A record about one session. Octet strings are raw; what is `undefined` was not in the packet. */
export interface SessionRecord extends RecordBase {
  readonly statusType: 'Start' | 'Interim-Update' | 'Stop';
  /** Sixteen octets made of the NAS's identity and Acct-Session-Id: the key that all runs of this id on this NAS share. */
  readonly runKey: Octets;
  readonly acctSessionId: Octets;
  readonly userName: Octets | undefined;
  readonly chargeableUserIdentity: Octets | undefined;
  readonly classes: readonly Octets[];
  /** Calling-Station-Id, canonical where it is a MAC address. */
  readonly station: Octets | undefined;
  readonly input: WireTotal | undefined;
  readonly output: WireTotal | undefined;
  /** Whether the octet counters carry the opposite of RFC 2866's directions. */
  readonly isReversed: boolean;
  readonly inputPackets: number | undefined;
  readonly outputPackets: number | undefined;
  readonly sessionTimeSeconds: number | undefined;
  /** The dictionary's name of Acct-Terminate-Cause, or its number where it has none. */
  readonly acctTerminateCause: string | undefined;
  readonly details: SessionDetails;
}

/** What is kept for people and never decided on: standard columns of `radacct`, enumerations by their dictionary names. */
export interface SessionDetails {
  readonly nasPortId: string | undefined;
  readonly nasPortType: string | undefined;
  readonly acctAuthentic: string | undefined;
  readonly serviceType: string | undefined;
  readonly framedProtocol: string | undefined;
  readonly connectInfo: Octets | undefined;
  readonly address: AddressDetails;
}

/** Addresses of the user, which some NASes know only after the Start. */
export interface AddressDetails {
  readonly framedIpAddress: string | undefined;
  readonly framedIpv6Address: string | undefined;
  readonly framedIpv6Prefix: string | undefined;
  readonly framedInterfaceId: string | undefined;
  readonly delegatedIpv6Prefix: string | undefined;
}

/** A NAS, or one BSS of it, says that it starts or stops accounting: none of its earlier sessions is open any more (RFC 2866 §5.1). */
export interface NasRecord extends RecordBase {
  readonly statusType: 'Accounting-On' | 'Accounting-Off';
}

export type AccountingRecord = SessionRecord | NasRecord;

/** Returns whether a record is about one session. */
export function isSessionRecord(record: AccountingRecord): record is SessionRecord {
  return record.statusType !== 'Accounting-On' && record.statusType !== 'Accounting-Off';
}

/** Returns whether a record is a NAS's Accounting-On or -Off. */
export function isNasRecord(record: AccountingRecord): record is NasRecord {
  return !isSessionRecord(record);
}
