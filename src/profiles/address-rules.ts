/** What an address of a person or of their device may look like, as rules of fields. */
import { isIP } from 'node:net';
import { type FieldRule, text } from './field-rules.ts';

const IP_ADDRESS_LENGTH_MAX = 39;

/** Allows an IPv4 or IPv6 address. */
export const ipAddress: FieldRule = {
  expected: 'an IPv4 or IPv6 address',
  // The column holds no more; a zone means something on one machine only.
  allows: (value) =>
    typeof value === 'string' &&
    value.length <= IP_ADDRESS_LENGTH_MAX &&
    !value.includes('%') &&
    isIP(value) !== 0,
  schema: { type: 'string', maxLength: IP_ADDRESS_LENGTH_MAX },
};

/** One address and nothing else: neither a list nor a line of a header. */
const EMAIL = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()\\,;:"\p{Cc}]+$/u;

/** Allows one e-mail address of at most `max` characters, or none: empty text. */
export function emailOrEmpty(max: number): FieldRule {
  const line = text(max);
  return {
    expected: `an e-mail address of at most ${max} characters, or nothing`,
    allows: (value) => value === '' || (line.allows(value) && EMAIL.test(String(value))),
    schema: line.schema,
  };
}

/** Every grouping that NASes, labels and telephones use. */
const MAC_ADDRESS =
  /^(?:[0-9a-f]{2}([-:. ])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:[0-9a-f]{4}[-:.]){2}[0-9a-f]{4}|[0-9a-f]{6}[-:.]?[0-9a-f]{6})$/i;

/** Allows a MAC address in any usual spelling, which it keeps (contract §1: the column is what clients sent). */
export const macAddress: FieldRule = {
  expected: 'a MAC address such as AA-BB-CC-DD-EE-FF, aa:bb:cc:dd:ee:ff or aabb.ccdd.eeff',
  allows: (value) => typeof value === 'string' && MAC_ADDRESS.test(value),
  schema: text(17).schema,
};
