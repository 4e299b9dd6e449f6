/** A value as a person or a rule gives it, checked and brought to what goes into an attribute. */
import { isIPv4 } from 'node:net';
import { AppError } from '../errors.ts';
import { addressToBytes, parsePrefix } from './address.ts';
import type { AttributeDefinition } from './attribute-definition.ts';
import { hasStandardFormat } from './vendor-attributes.ts';

/** A date is given in epoch milliseconds; octets as bytes or `0x` and hex; an integer also by its value's name. */
export type AttributeValue = string | number | bigint | Buffer;

const VENDOR_HEADER_LENGTH = 6;
const MAX_ATTRIBUTE_LENGTH = 255;

/**
 * Returns the value as the package radius takes it: text, number or Date for the types it knows, bytes for the others.
 * Throws invalid when the value does not fit the attribute.
 */
export function contentOf(
  definition: AttributeDefinition,
  value: AttributeValue,
  isTagged: boolean,
): string | number | Date | Buffer {
  const { valueType, vendorId } = definition;
  if (vendorId !== undefined && !hasStandardFormat(vendorId)) {
    throw new AppError(
      'invalid',
      `${definition.name} cannot be encoded: its vendor has a framing of its own.`,
    );
  }
  switch (valueType) {
    case 'string':
      return checkedLength(
        definition,
        typeof value === 'string' ? value : bytesOf(definition, value),
        isTagged,
      );
    case 'octets':
      return checkedLength(definition, bytesOf(definition, value), isTagged);
    case 'integer':
      return checkedInteger(definition, value, isTagged ? 0xffffff : 0xffffffff);
    case 'byte':
      return Buffer.of(checkedInteger(definition, value, 0xff));
    case 'short': {
      const short = checkedInteger(definition, value, 0xffff);
      return Buffer.of(short >> 8, short & 0xff);
    }
    case 'integer64':
      return integer64Bytes(definition, value);
    case 'date':
      return new Date(checkedInteger(definition, value, 0xffffffff * 1000));
    case 'ipaddr':
      // The package turns an octet above 255 into another one without a word.
      return typeof value === 'string' && isIPv4(value) ? value : misfit(definition, value);
    case 'ipv6addr':
      return (typeof value === 'string' ? ipv6Bytes(value) : undefined) ?? misfit(definition, value);
    case 'ipv6prefix':
      return (typeof value === 'string' ? ipv6PrefixBytes(value) : undefined) ?? misfit(definition, value);
    case 'ifid':
      return (typeof value === 'string' ? interfaceIdBytes(value) : undefined) ?? misfit(definition, value);
    default:
      return valueType satisfies never;
  }
}

function checkedLength<T extends string | Buffer>(
  definition: AttributeDefinition,
  content: T,
  isTagged: boolean,
): T {
  const header = (definition.vendorId === undefined ? 0 : VENDOR_HEADER_LENGTH) + 2 + (isTagged ? 1 : 0);
  const max = MAX_ATTRIBUTE_LENGTH - header;
  const length = Buffer.byteLength(content);
  // RFC 2865 §5: text and string are at least one octet; an empty attribute is left out, not sent.
  if (length >= 1 && length <= max) return content;
  throw new AppError('invalid', `${definition.name} takes 1 to ${max} bytes; ${length} were given.`);
}

function checkedInteger(definition: AttributeDefinition, value: AttributeValue, max: number): number {
  const number = integerOf(definition, value);
  return Number.isInteger(number) && number >= 0 && number <= max ? number : misfit(definition, value);
}

function integerOf({ valueNumbers }: AttributeDefinition, value: AttributeValue): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string') return Number.NaN;
  return valueNumbers.get(value) ?? (/^\d+$/.test(value) ? Number(value) : Number.NaN);
}

function integer64Bytes(definition: AttributeDefinition, value: AttributeValue): Buffer {
  if (Buffer.isBuffer(value) || !/^\d+$/.test(String(value))) return misfit(definition, value);
  const number = BigInt(value);
  if (number > 0xffff_ffff_ffff_ffffn) return misfit(definition, value);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(number);
  return bytes;
}

function bytesOf(definition: AttributeDefinition, value: AttributeValue): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'string' && /^0x([0-9a-f]{2})*$/i.test(value))
    return Buffer.from(value.slice(2), 'hex');
  return misfit(definition, value);
}

function ipv6Bytes(text: string): Buffer | undefined {
  const bytes = addressToBytes(text);
  return bytes?.length === 16 ? bytes : undefined;
}

// RFC 3162 §2.3: a reserved octet, the prefix length, and as many octets as the prefix needs.
function ipv6PrefixBytes(text: string): Buffer | undefined {
  const prefix = text.includes('/') ? parsePrefix(text) : undefined;
  if (prefix?.family !== 6) return undefined;
  const network = Buffer.from(prefix.network.toString(16).padStart(32, '0'), 'hex');
  return Buffer.concat([Buffer.of(0, prefix.length), network.subarray(0, Math.ceil(prefix.length / 8))]);
}

function interfaceIdBytes(text: string): Buffer | undefined {
  if (!/^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){3}$/i.test(text)) return undefined;
  return Buffer.from(
    text
      .split(':')
      .map((group) => group.padStart(4, '0'))
      .join(''),
    'hex',
  );
}

function misfit(definition: AttributeDefinition, value: AttributeValue): never {
  const given = Buffer.isBuffer(value) ? `0x${value.toString('hex')}` : String(value);
  throw new AppError(
    'invalid',
    `${definition.name} takes a value of type ${definition.valueType}; "${given}" was given.`,
  );
}
