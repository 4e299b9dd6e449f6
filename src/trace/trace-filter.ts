/** Which packets a watcher asked for. */
import { PrefixTable, parsePrefix, unmapIpv4 } from '../radius/address.ts';
import { AttributeType } from '../radius/attribute-type.ts';
import { octetsFrom, octetsToDisplay } from '../radius/octets.ts';
import { attributesOf, type Packet } from '../radius/packet.ts';
import { readIpv4, readIpv6 } from '../radius/values.ts';

/** A user (User-Name, Chargeable-User-Identity, or the name charged) or a NAS (name, address, prefix, NAS-Identifier) as a person writes it; null = everything. */
export type TraceSubject = string | null;

/** What a packet is recognised by. */
export interface Recognised {
  readonly sourceAddress: string;
  readonly nasName: string | undefined;
  /** The user its octets were charged to. */
  readonly username: string | undefined;
  /** Undefined for what was discarded. */
  readonly packet: Packet | undefined;
}

/** Returns the function that tells whether a packet is of the subject; names are compared as they are shown. */
export function traceFilter(subject: TraceSubject): (recognised: Recognised) => boolean {
  if (subject === null) return () => true;
  const holds = prefixTest(subject);
  return ({ sourceAddress, nasName, username, packet }) =>
    nasName === subject ||
    username === subject ||
    holds(sourceAddress) ||
    (packet !== undefined && isNamedIn(packet, subject, holds));
}

const NAMES: ReadonlySet<number> = new Set([
  AttributeType.UserName,
  AttributeType.ChargeableUserIdentity,
  AttributeType.NasIdentifier,
]);

function isNamedIn(packet: Packet, subject: string, holds: (address: string) => boolean): boolean {
  return attributesOf(packet).some(({ type, value }) => {
    if (NAMES.has(type)) return octetsToDisplay(octetsFrom(value)) === subject;
    const address = addressIn(type, value);
    return address !== undefined && holds(address);
  });
}

function addressIn(type: number, value: Buffer): string | undefined {
  if (type === AttributeType.NasIpAddress) return readIpv4(value, 0, value.length);
  return type === AttributeType.NasIpv6Address ? readIpv6(value, 0, value.length) : undefined;
}

function prefixTest(text: string): (address: string) => boolean {
  const prefix = parsePrefix(text);
  if (prefix === undefined) return () => false;
  const table = new PrefixTable<true>();
  table.add(prefix, true);
  return (address) => table.find(unmapIpv4(address)) === true;
}
