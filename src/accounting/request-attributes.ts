/** The attributes of an Accounting-Request that accounting reads, straight from the bytes in one pass. */
import { AttributeType } from '../radius/attribute-type.ts';
import { type Octets, octetsFrom } from '../radius/octets.ts';
import { ATTRIBUTE_HEADER_LENGTH, HEADER_LENGTH, octetAt, type Packet } from '../radius/packet.ts';
import {
  readDate,
  readInteger,
  readInterfaceId,
  readIpv4,
  readIpv6,
  readIpv6Prefix,
} from '../radius/values.ts';
import { parseVendorSpecific } from '../radius/vendor-attributes.ts';
import type { AddressDetails } from './record.ts';

/** What was odd about a packet without costing it. */
export type AnomalyKind = 'malformed-value' | 'malformed-vendor-attribute' | 'repeated-attribute';

interface IntegerAttributes {
  acctStatusType: number | undefined;
  nasPort: number | undefined;
  nasPortType: number | undefined;
  serviceType: number | undefined;
  framedProtocol: number | undefined;
  acctAuthentic: number | undefined;
  acctTerminateCause: number | undefined;
  acctInputOctets: number | undefined;
  acctOutputOctets: number | undefined;
  acctInputGigawords: number | undefined;
  acctOutputGigawords: number | undefined;
  acctInputPackets: number | undefined;
  acctOutputPackets: number | undefined;
  /** Seconds. */
  acctSessionTime: number | undefined;
  /** Seconds. */
  acctDelayTime: number | undefined;
  /** Epoch milliseconds. */
  eventTimestamp: number | undefined;
}

interface OctetAttributes {
  acctSessionId: Octets | undefined;
  userName: Octets | undefined;
  chargeableUserIdentity: Octets | undefined;
  callingStationId: Octets | undefined;
  calledStationId: Octets | undefined;
  nasIdentifier: Octets | undefined;
  nasPortId: Octets | undefined;
  connectInfo: Octets | undefined;
}

interface AddressAttributes extends Mutable<AddressDetails> {
  nasIpAddress: string | undefined;
  nasIpv6Address: string | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Values by name; undefined = not in the packet, or not of its type's length. */
export interface RequestAttributes {
  readonly integers: Readonly<IntegerAttributes>;
  readonly octets: Readonly<OctetAttributes>;
  readonly addresses: Readonly<AddressAttributes>;
  /** Every Class, in order (RFC 2865 §5.25 allows several). */
  readonly classes: readonly Octets[];
  /** CoovaChilli-Acct-View-Point: 1 = NAS, 2 = client. */
  readonly chilliViewPoint: number | undefined;
}

/** Returns what accounting reads of a packet; oddities are appended to `anomalies`. Of an attribute allowed once the first counts. */
export function readRequestAttributes(packet: Packet, anomalies: AnomalyKind[]): RequestAttributes {
  const integers = { ...NO_INTEGERS };
  const octets = { ...NO_OCTETS };
  const addresses = { ...NO_ADDRESSES };
  const classes: Octets[] = [];
  let chilliViewPoint: number | undefined;
  const { bytes, length: end } = packet;
  for (let at = HEADER_LENGTH; at < end; at += octetAt(bytes, at + 1)) {
    const type = octetAt(bytes, at);
    const offset = at + ATTRIBUTE_HEADER_LENGTH;
    const length = octetAt(bytes, at + 1) - ATTRIBUTE_HEADER_LENGTH;
    const slot = SLOTS[type];
    if (slot === undefined) {
      if (type === AttributeType.Class) classes.push(octetsFrom(bytes, offset, offset + length));
      else if (type === AttributeType.VendorSpecific) {
        chilliViewPoint ??= readViewPoint(bytes.subarray(offset, offset + length), anomalies);
      }
    } else if (slot.kind === 'integer') {
      keepFirst(integers, slot.name, slot.read(bytes, offset, length), anomalies);
    } else if (slot.kind === 'octets') {
      keepFirst(octets, slot.name, octetsFrom(bytes, offset, offset + length), anomalies);
    } else {
      keepFirst(addresses, slot.name, slot.read(bytes, offset, length), anomalies);
    }
  }
  return { integers, octets, addresses, classes, chilliViewPoint };
}

function keepFirst<K extends string, V>(
  values: Record<K, V | undefined>,
  name: K,
  value: V | undefined,
  anomalies: AnomalyKind[],
): void {
  if (value === undefined) anomalies.push('malformed-value');
  else if (values[name] !== undefined) anomalies.push('repeated-attribute');
  else values[name] = value;
}

const COOVACHILLI = 14559;
const ACCT_VIEW_POINT = 10;

function readViewPoint(value: Buffer, anomalies: AnomalyKind[]): number | undefined {
  const parsed = parseVendorSpecific(value);
  if (!parsed.ok) {
    anomalies.push('malformed-vendor-attribute');
    return undefined;
  }
  if (parsed.vendorId !== COOVACHILLI) return undefined;
  const viewPoint = parsed.attributes.find(({ type }) => type === ACCT_VIEW_POINT);
  return viewPoint === undefined ? undefined : readInteger(viewPoint.value, 0, viewPoint.value.length);
}

type Read<T> = (bytes: Buffer, offset: number, length: number) => T | undefined;

type Slot =
  | { readonly kind: 'integer'; readonly name: keyof IntegerAttributes; readonly read: Read<number> }
  | { readonly kind: 'octets'; readonly name: keyof OctetAttributes }
  | { readonly kind: 'address'; readonly name: keyof AddressAttributes; readonly read: Read<string> };

/** Where an attribute's value goes, by its Type: an array, because it is looked up for every attribute of every packet. */
const SLOTS: readonly (Slot | undefined)[] = slotsByType([
  [AttributeType.AcctStatusType, { kind: 'integer', name: 'acctStatusType', read: readInteger }],
  [AttributeType.NasPort, { kind: 'integer', name: 'nasPort', read: readInteger }],
  [AttributeType.NasPortType, { kind: 'integer', name: 'nasPortType', read: readInteger }],
  [AttributeType.ServiceType, { kind: 'integer', name: 'serviceType', read: readInteger }],
  [AttributeType.FramedProtocol, { kind: 'integer', name: 'framedProtocol', read: readInteger }],
  [AttributeType.AcctAuthentic, { kind: 'integer', name: 'acctAuthentic', read: readInteger }],
  [AttributeType.AcctTerminateCause, { kind: 'integer', name: 'acctTerminateCause', read: readInteger }],
  [AttributeType.AcctInputOctets, { kind: 'integer', name: 'acctInputOctets', read: readInteger }],
  [AttributeType.AcctOutputOctets, { kind: 'integer', name: 'acctOutputOctets', read: readInteger }],
  [AttributeType.AcctInputGigawords, { kind: 'integer', name: 'acctInputGigawords', read: readInteger }],
  [AttributeType.AcctOutputGigawords, { kind: 'integer', name: 'acctOutputGigawords', read: readInteger }],
  [AttributeType.AcctInputPackets, { kind: 'integer', name: 'acctInputPackets', read: readInteger }],
  [AttributeType.AcctOutputPackets, { kind: 'integer', name: 'acctOutputPackets', read: readInteger }],
  [AttributeType.AcctSessionTime, { kind: 'integer', name: 'acctSessionTime', read: readInteger }],
  [AttributeType.AcctDelayTime, { kind: 'integer', name: 'acctDelayTime', read: readDelay }],
  [AttributeType.EventTimestamp, { kind: 'integer', name: 'eventTimestamp', read: readDate }],
  [AttributeType.AcctSessionId, { kind: 'octets', name: 'acctSessionId' }],
  [AttributeType.UserName, { kind: 'octets', name: 'userName' }],
  [AttributeType.ChargeableUserIdentity, { kind: 'octets', name: 'chargeableUserIdentity' }],
  [AttributeType.CallingStationId, { kind: 'octets', name: 'callingStationId' }],
  [AttributeType.CalledStationId, { kind: 'octets', name: 'calledStationId' }],
  [AttributeType.NasIdentifier, { kind: 'octets', name: 'nasIdentifier' }],
  [AttributeType.NasPortId, { kind: 'octets', name: 'nasPortId' }],
  [AttributeType.ConnectInfo, { kind: 'octets', name: 'connectInfo' }],
  [AttributeType.NasIpAddress, { kind: 'address', name: 'nasIpAddress', read: readIpv4 }],
  [AttributeType.NasIpv6Address, { kind: 'address', name: 'nasIpv6Address', read: readIpv6 }],
  [AttributeType.FramedIpAddress, { kind: 'address', name: 'framedIpAddress', read: readIpv4 }],
  [AttributeType.FramedIpv6Address, { kind: 'address', name: 'framedIpv6Address', read: readIpv6 }],
  [AttributeType.FramedIpv6Prefix, { kind: 'address', name: 'framedIpv6Prefix', read: readIpv6Prefix }],
  [AttributeType.FramedInterfaceId, { kind: 'address', name: 'framedInterfaceId', read: readInterfaceId }],
  [AttributeType.DelegatedIpv6Prefix, { kind: 'address', name: 'delegatedIpv6Prefix', read: readIpv6Prefix }],
]);

function slotsByType(entries: readonly (readonly [number, Slot])[]): (Slot | undefined)[] {
  const slots = new Array<Slot | undefined>(256).fill(undefined);
  for (const [type, slot] of entries) slots[type] = slot;
  return slots;
}

/** No NAS tries for longer than that, in seconds: more is a number below zero or in the wrong order of octets, and would put octets into years whose counters were reset long ago. */
const DELAY_MAX_SECONDS = 30 * 24 * 60 * 60;

function readDelay(bytes: Buffer, offset: number, length: number): number | undefined {
  const delaySeconds = readInteger(bytes, offset, length);
  return delaySeconds !== undefined && delaySeconds <= DELAY_MAX_SECONDS ? delaySeconds : undefined;
}

const NO_INTEGERS: IntegerAttributes = {
  acctStatusType: undefined,
  nasPort: undefined,
  nasPortType: undefined,
  serviceType: undefined,
  framedProtocol: undefined,
  acctAuthentic: undefined,
  acctTerminateCause: undefined,
  acctInputOctets: undefined,
  acctOutputOctets: undefined,
  acctInputGigawords: undefined,
  acctOutputGigawords: undefined,
  acctInputPackets: undefined,
  acctOutputPackets: undefined,
  acctSessionTime: undefined,
  acctDelayTime: undefined,
  eventTimestamp: undefined,
};

const NO_OCTETS: OctetAttributes = {
  acctSessionId: undefined,
  userName: undefined,
  chargeableUserIdentity: undefined,
  callingStationId: undefined,
  calledStationId: undefined,
  nasIdentifier: undefined,
  nasPortId: undefined,
  connectInfo: undefined,
};

const NO_ADDRESSES: AddressAttributes = {
  nasIpAddress: undefined,
  nasIpv6Address: undefined,
  framedIpAddress: undefined,
  framedIpv6Address: undefined,
  framedIpv6Prefix: undefined,
  framedInterfaceId: undefined,
  delegatedIpv6Prefix: undefined,
};
