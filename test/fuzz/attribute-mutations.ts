/** Mutations that know attributes: the packet stays well framed, and what it says becomes strange. */
import { AttributeType } from '../../src/radius/attribute-type.ts';
import { VendorId } from '../../src/radius/vendor-attributes.ts';
import type { LooseAttribute } from './loose-packet.ts';
import type { Random } from './random.ts';

/** Returns a list of its own; the attributes in it may be the old ones. */
export type AttributeMutation = (attributes: readonly LooseAttribute[], random: Random) => LooseAttribute[];

const VALUE_LENGTH_MAX = 253;
const KNOWN_TYPES = Object.values(AttributeType);
const IPV6_TYPES = [95, 96, 97, 123, 168];
const COUNTER_TYPES = [5, 40, 41, 42, 43, 46, 47, 48, 49, 52, 53, 55, 61];
const CHILLI = 14559;
const VENDORS = [9, 311, 4874, 13644, CHILLI, 14988, 41112, 0, 0xffffffff, ...Object.values(VendorId)];

// Zero, the edges of 31 and 32 bits, of what Gigawords may be, of what statuses and causes there are.
const TELLING_NUMBERS = [
  0, 1, 2, 3, 4, 7, 8, 15, 255, 256, 65535, 65536, 0x1fffff, 0x200000, 0x7fffffff, 0x80000000, 0xfffffffe,
  0xffffffff,
];
const LATEST_STAMP = 0x6b02f490;

const INVALID_TEXT = [
  'c0af',
  'eda080',
  '80',
  'ff',
  'e282',
  'f8888080',
  'f4908080',
  'fe',
  '00',
  '0a',
  'e280ae',
].map((hex) => Buffer.from(hex, 'hex'));

function duplicate(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  return attributes.length === 0
    ? []
    : attributes.toSpliced(at(attributes, random), 0, random.pick(attributes));
}

function remove(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  return attributes.toSpliced(at(attributes, random), 1 + random.below(random.chance(0.1) ? 8 : 1));
}

function swap(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  if (attributes.length === 0) return [];
  const [from, to] = [at(attributes, random), at(attributes, random)];
  const [moved] = attributes.slice(from, from + 1);
  return attributes.toSpliced(from, 1).toSpliced(to, 0, ...(moved === undefined ? [] : [moved]));
}

function retype(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  return replaced(attributes, random, ({ value }) => ({ type: anyType(random), value }));
}

function resize(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  return replaced(attributes, random, ({ type, value }) => {
    const length = anyLength(random);
    return { type, value: Buffer.concat([value, random.bytes(VALUE_LENGTH_MAX)]).subarray(0, length) };
  });
}

function renumber(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  return [...attributes].map((attribute) =>
    attribute.value.length === 4 && random.chance(0.4) ? { ...attribute, value: number(random) } : attribute,
  );
}

function addNumber(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  return inserted(attributes, random, { type: random.pick(COUNTER_TYPES), value: number(random) });
}

function addStatus(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  return [{ type: AttributeType.AcctStatusType, value: uint32(random.below(17)) }, ...attributes];
}

function spoilText(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  return replaced(attributes, random, ({ type, value }) => {
    const cut = random.below(value.length + 1);
    const spoilt = [value.subarray(0, cut), random.pick(INVALID_TEXT), value.subarray(cut)];
    return { type, value: Buffer.concat(spoilt).subarray(0, VALUE_LENGTH_MAX) };
  });
}

function addIpv6(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  const value = random.chance(0.5) ? Buffer.alloc(random.below(20)) : random.bytes(random.below(20));
  if (value.length > 1) value[1] = random.pick([0, 1, 8, 64, 127, 128, 129, 255]);
  return inserted(attributes, random, { type: random.pick(IPV6_TYPES), value });
}

function addAny(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  return inserted(attributes, random, { type: anyType(random), value: random.bytes(anyLength(random)) });
}

function addStation(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  const digits = random.bytes(6).toString('hex');
  const groups = digits.match(random.pick([/../g, /.{4}/g, /.{6}/g, /.{12}/g])) ?? [];
  const text = groups.join(random.pick(['-', ':', '.', ' ', '', ';']));
  const value = Buffer.from(random.chance(0.5) ? text.toUpperCase() : text);
  return [{ type: AttributeType.CallingStationId, value }, ...attributes];
}

function addVendorSpecific(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  const vendorId = uint32(random.pick(VENDORS));
  const inner = random.bytes(random.below(random.chance(0.1) ? 249 : 12));
  // Often a length that is right, nearly, or not at all, where most vendors have it.
  if (inner.length > 1 && random.chance(0.7)) {
    inner[0] = random.below(20);
    inner[1] = Math.max(0, inner.length + random.pick([0, 0, 0, -1, 1, -2]));
  }
  return inserted(attributes, random, {
    type: AttributeType.VendorSpecific,
    value: Buffer.concat([vendorId, inner]),
  });
}

function addViewPoint(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  const value = Buffer.concat([uint32(CHILLI), Buffer.of(10, 6), uint32(random.below(4))]);
  return inserted(attributes, random, { type: AttributeType.VendorSpecific, value });
}

// An attribute within another one's value: a Vendor-Specific in a Vendor-Specific, a header that is text.
function nest(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  return replaced(attributes, random, ({ type, value }) => {
    const header = random.chance(0.5) ? uint32(random.pick(VENDORS)) : Buffer.alloc(0);
    const nested = [header, Buffer.of(type, value.length + 2), value];
    const outer = random.chance(0.5) ? AttributeType.VendorSpecific : anyType(random);
    return { type: outer, value: Buffer.concat(nested).subarray(0, VALUE_LENGTH_MAX) };
  });
}

function addMessageAuthenticator(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  const length = random.chance(0.8) ? 16 : random.below(20);
  return inserted(attributes, random, {
    type: AttributeType.MessageAuthenticator,
    value: Buffer.alloc(length),
  });
}

// Up to the longest packet and a little beyond: 4096 octets are 2038 attributes at most.
function fill(attributes: readonly LooseAttribute[], random: Random): LooseAttribute[] {
  const one = random.chance(0.3)
    ? { type: anyType(random), value: random.bytes(random.below(6)) }
    : (attributes[at(attributes, random)] ?? { type: 33, value: Buffer.alloc(0) });
  const room = random.pick([400, 1500, 4076, 4076, 4090]);
  const taken = attributes.reduce((sum, { value }) => sum + value.length + 2, 0);
  const count = Math.max(0, Math.floor((room - taken) / (one.value.length + 2)));
  return [...attributes, ...Array.from({ length: count }, () => one)];
}

/** Every one of them is as likely as the others; `fill` is rarer, since what it makes takes long. */
export const ATTRIBUTE_MUTATIONS: readonly AttributeMutation[] = [
  duplicate,
  remove,
  swap,
  retype,
  resize,
  renumber,
  renumber,
  addNumber,
  addNumber,
  addStatus,
  spoilText,
  addIpv6,
  addAny,
  addStation,
  addVendorSpecific,
  addViewPoint,
  nest,
  addMessageAuthenticator,
  (attributes, random) => (random.chance(0.03) ? fill(attributes, random) : [...attributes]),
];

function anyType(random: Random): number {
  return random.chance(0.7) ? random.pick(KNOWN_TYPES) : random.below(256);
}

function anyLength(random: Random): number {
  return random.pick([
    0,
    1,
    2,
    3,
    4,
    5,
    8,
    16,
    18,
    252,
    VALUE_LENGTH_MAX,
    random.below(VALUE_LENGTH_MAX + 1),
  ]);
}

function number(random: Random): Buffer {
  const near = LATEST_STAMP + random.below(200_000) - 180_000;
  return uint32(random.pick([random.pick(TELLING_NUMBERS), random.uint32(), random.below(100_000), near]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function at(attributes: readonly LooseAttribute[], random: Random): number {
  return random.below(attributes.length);
}

function inserted(
  attributes: readonly LooseAttribute[],
  random: Random,
  attribute: LooseAttribute,
): LooseAttribute[] {
  return attributes.toSpliced(random.below(attributes.length + 1), 0, attribute);
}

function replaced(
  attributes: readonly LooseAttribute[],
  random: Random,
  change: (attribute: LooseAttribute) => LooseAttribute,
): LooseAttribute[] {
  const index = at(attributes, random);
  return attributes.map((attribute, i) => (i === index ? change(attribute) : attribute));
}
