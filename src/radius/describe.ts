/** A packet as text for people, names and values as FreeRADIUS prints them; secrets never. */
import type { AttributeDefinition } from './attribute-definition.ts';
import { AttributeType } from './attribute-type.ts';
import { codeName } from './code.ts';
import type { Dictionary } from './dictionary.ts';
import { octetsFrom, octetsToDisplay } from './octets.ts';
import { attributesOf, octetAt, type Packet } from './packet.ts';
import {
  readDate,
  readInteger,
  readInteger64,
  readInterfaceId,
  readIpv4,
  readIpv6,
  readIpv6Prefix,
} from './values.ts';
import { parseVendorSpecific, VendorId } from './vendor-attributes.ts';

export interface DescribedAttribute {
  readonly name: string;
  readonly value: string;
}

export interface DescribedPacket {
  /** The code's name. */
  readonly code: string;
  readonly identifier: number;
  /** In the order of the packet, vendor attributes taken out of their Vendor-Specific. */
  readonly attributes: readonly DescribedAttribute[];
}

const HIDDEN = '***';

// Passwords, and what a password can be guessed from. Hidden by number, so that no dictionary can uncover them; what
// a dictionary marks `secret` or `encrypt=` is hidden too.
const SECRET_TYPES: ReadonlySet<number> = new Set([
  AttributeType.UserPassword,
  AttributeType.ChapPassword,
  AttributeType.TunnelPassword,
  AttributeType.ArapPassword,
  AttributeType.EapMessage,
]);

// RFC 2548: MS-CHAP responses, errors, password changes and challenge (1-6, 10, 11), MPPE keys (12, 16, 17),
// ARAP passwords (19, 20), MS-CHAP2 (25-27).
const SECRET_MICROSOFT_TYPES: ReadonlySet<number> = new Set([
  1, 2, 3, 4, 5, 6, 10, 11, 12, 16, 17, 19, 20, 25, 26, 27,
]);

/** Returns code, Identifier and every attribute of a packet as text. Any packet whose framing holds can be described. */
export function describePacket(packet: Packet, dictionary: Dictionary): DescribedPacket {
  return {
    code: codeName(packet.code),
    identifier: packet.identifier,
    attributes: attributesOf(packet).flatMap(({ type, value }) =>
      type === AttributeType.VendorSpecific
        ? describeVendorSpecific(value, dictionary)
        : [describeAttribute(dictionary, undefined, type, value)],
    ),
  };
}

function describeVendorSpecific(value: Buffer, dictionary: Dictionary): DescribedAttribute[] {
  const parsed = parseVendorSpecific(value);
  if (parsed.ok) {
    return parsed.attributes.map((attribute) =>
      describeAttribute(dictionary, parsed.vendorId, attribute.type, attribute.value),
    );
  }
  const mayHoldSecret = parsed.vendorId === VendorId.Microsoft;
  return [{ name: 'Vendor-Specific', value: mayHoldSecret ? HIDDEN : hex(value) }];
}

function describeAttribute(
  dictionary: Dictionary,
  vendorId: number | undefined,
  type: number,
  value: Buffer,
): DescribedAttribute {
  const definition = dictionary.attribute(vendorId, type);
  const name = definition?.name ?? (vendorId === undefined ? `Attr-${type}` : `Attr-26.${vendorId}.${type}`);
  if (isSecret(vendorId, type) || definition?.isSecret) return { name, value: HIDDEN };
  if (definition === undefined) return { name, value: hex(value) };
  if (!definition.hasTag) return { name, value: formatValue(definition, value) };
  return describeTagged(definition, value);
}

function isSecret(vendorId: number | undefined, type: number): boolean {
  if (vendorId === undefined) return SECRET_TYPES.has(type);
  return vendorId === VendorId.Microsoft && SECRET_MICROSOFT_TYPES.has(type);
}

// RFC 2868 §3.1, §3.3: an integer's first octet is always the tag; text has one only if its first octet is at most 31.
function describeTagged(definition: AttributeDefinition, value: Buffer): DescribedAttribute {
  const first = value[0];
  if (first === undefined || first > 0x1f) {
    return { name: definition.name, value: formatValue(definition, value) };
  }
  const isInteger = definition.valueType === 'integer';
  const untagged = isInteger ? Buffer.concat([Buffer.of(0), value.subarray(1)]) : value.subarray(1);
  return { name: `${definition.name}:${first}`, value: formatValue(definition, untagged) };
}

/** Returns the value as text, or hex when its length does not fit the type. */
function formatValue(definition: AttributeDefinition, value: Buffer): string {
  return typedValue(definition, value) ?? hex(value);
}

function typedValue({ valueType, valueNames }: AttributeDefinition, value: Buffer): string | undefined {
  const { length } = value;
  switch (valueType) {
    case 'string':
      return octetsToDisplay(octetsFrom(value));
    case 'octets':
      return hex(value);
    case 'integer':
      return nameOf(valueNames, readInteger(value, 0, length));
    case 'byte':
      return length === 1 ? nameOf(valueNames, octetAt(value, 0)) : undefined;
    case 'short':
      return length === 2 ? nameOf(valueNames, value.readUInt16BE(0)) : undefined;
    case 'integer64':
      return readInteger64(value, 0, length)?.toString();
    case 'date':
      return dateText(readDate(value, 0, length));
    case 'ipaddr':
      return readIpv4(value, 0, length);
    case 'ipv6addr':
      return readIpv6(value, 0, length);
    case 'ipv6prefix':
      return readIpv6Prefix(value, 0, length);
    case 'ifid':
      return readInterfaceId(value, 0, length);
    default:
      return valueType satisfies never;
  }
}

function nameOf(valueNames: ReadonlyMap<number, string>, number: number | undefined): string | undefined {
  return number === undefined ? undefined : (valueNames.get(number) ?? String(number));
}

// `Nov 22 2026 13:56:32 UTC`, as FreeRADIUS writes a date.
function dateText(instant: number | undefined): string | undefined {
  if (instant === undefined) return undefined;
  const [, day, month, year, time] = new Date(instant).toUTCString().split(' ');
  return `${month} ${day} ${year} ${time} UTC`;
}

function hex(value: Buffer): string {
  return `0x${value.toString('hex')}`;
}
