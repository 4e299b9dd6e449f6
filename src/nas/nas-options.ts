/** What a person may say of a NAS: each option's rule, and the one error that says which was broken. */
import { AppError } from '../errors.ts';
import { type Octets, octetsFrom } from '../radius/octets.ts';
import { DIRECTIONS, KINDS, type NasDirection, type NasKind } from './nas.ts';
import { canonicalPrefix } from './prefix.ts';

/** A NAS as a person describes it. Null is "none" or, for sendsGigawords, "auto"; undefined is not said. */
export interface NasInput {
  readonly name?: string | undefined;
  /** An address or a prefix, in any spelling. */
  readonly address?: string | undefined;
  readonly secret?: string | undefined;
  /** The secret before, accepted while it is being replaced. */
  readonly previousSecret?: string | null | undefined;
  readonly kind?: string | undefined;
  readonly coaPort?: number | null | undefined;
  readonly requireMessageAuthenticator?: boolean | undefined;
  readonly direction?: string | undefined;
  readonly octetUnit?: number | undefined;
  readonly maxRateKbps?: number | undefined;
  readonly identifier?: string | null | undefined;
  readonly intervalFloorSeconds?: number | undefined;
  readonly sendsGigawords?: boolean | null | undefined;
}

/** The same, checked; what was not said is not there. */
export interface NasOptions {
  readonly name?: string;
  readonly prefix?: string;
  readonly secret?: string;
  readonly previousSecret?: string | null;
  readonly kind?: NasKind;
  readonly coaPort?: number | null;
  readonly requireMessageAuthenticator?: boolean;
  readonly direction?: NasDirection;
  readonly octetUnit?: number;
  readonly maxRateKbps?: number;
  readonly matchIdentifier?: Octets | null;
  readonly intervalFloorSeconds?: number;
  readonly sendsGigawords?: boolean | null;
}

/** One option: its name as flag and file spell it, its field in JSON, and its value made fit, or undefined where it is not what was expected. */
interface OptionRule<Value> {
  readonly option: string;
  readonly field: string;
  readonly expected: string;
  readonly read: (value: unknown) => Value | undefined;
  /** What came, where the value itself must not be repeated. */
  readonly shown?: (value: unknown) => string;
}

/** FreeRADIUS's columns: shortname varchar(32), secret varchar(60). */
export const NAME_LENGTH_MAX = 32;
export const SECRET_LENGTH_MAX = 60;
/** RFC 2865 §5.32: an attribute holds 253 octets. */
export const IDENTIFIER_OCTETS_MAX = 253;
export const OCTET_UNIT_MAX = 1024 ** 3;
export const MAX_RATE_KBPS_MAX = 1_000_000_000;
export const INTERVAL_FLOOR_SECONDS_MAX = 86_400;

const RULES = {
  name: rule('name', {
    expected: `1 to ${NAME_LENGTH_MAX} characters on one line`,
    read: (value) =>
      typeof value === 'string' &&
      value.trim() !== '' &&
      value.length <= NAME_LENGTH_MAX &&
      !/\p{Cc}/u.test(value)
        ? value
        : undefined,
  }),
  address: rule('address', {
    expected: 'an IP address or a prefix such as 10.0.0.0/8',
    read: (value) => (typeof value === 'string' ? canonicalPrefix(value) : undefined),
  }),
  secret: secretRule('secret'),
  previousSecret: orNone(secretRule('previous-secret')),
  kind: rule('kind', {
    expected: `one of ${KINDS.join(', ')}`,
    read: (value) => KINDS.find((kind) => kind === value),
  }),
  coaPort: orNone(wholeNumber('coa-port', 65_535)),
  requireMessageAuthenticator: rule('require-message-authenticator', {
    expected: 'true or false',
    read: (value) => (typeof value === 'boolean' ? value : undefined),
  }),
  direction: rule('direction', {
    expected: `one of ${DIRECTIONS.join(', ')}`,
    read: (value) => DIRECTIONS.find((direction) => direction === value),
  }),
  octetUnit: wholeNumber('octet-unit', OCTET_UNIT_MAX),
  maxRateKbps: { ...wholeNumber('max-rate', MAX_RATE_KBPS_MAX), field: 'max_rate_kbps' },
  identifier: orNone(
    rule('identifier', {
      expected: `a NAS-Identifier of 1 to ${IDENTIFIER_OCTETS_MAX} octets`,
      read: (value) => {
        const bytes = Buffer.from(typeof value === 'string' ? value : '', 'utf8');
        return bytes.length >= 1 && bytes.length <= IDENTIFIER_OCTETS_MAX ? octetsFrom(bytes) : undefined;
      },
    }),
  ),
  intervalFloorSeconds: {
    ...wholeNumber('interval-floor', INTERVAL_FLOOR_SECONDS_MAX),
    field: 'interval_floor_seconds',
  },
  sendsGigawords: rule<boolean | null>('sends-gigawords', {
    expected: 'yes, no or auto',
    read: (value) => {
      if (value === null || value === 'auto') return null;
      if (typeof value === 'boolean') return value;
      return value === 'yes' || value === 'no' ? value === 'yes' : undefined;
    },
  }),
} as const;

/** Returns the options, checked; throws AppError `invalid` for the first that is not what was expected, naming it as flags and the file do. A secret is never repeated. Values may come from anywhere. */
export function checkNasOptions(given: Readonly<Partial<Record<keyof NasInput, unknown>>>): NasOptions {
  const { address, identifier, ...same } = RULES;
  const checked = {
    ...checkAll(same, given),
    prefix: checkOne(address, given.address),
    matchIdentifier: checkOne(identifier, given.identifier),
  };
  // Only what was not said is undefined now, and is left out.
  return Object.fromEntries(Object.entries(checked).filter(([, value]) => value !== undefined));
}

type ReadBy<Rules> = { [K in keyof Rules]?: Rules[K] extends OptionRule<infer Value> ? Value : never };

function checkAll<Rules extends Readonly<Partial<Record<keyof NasInput, OptionRule<unknown>>>>>(
  rules: Rules,
  given: Readonly<Partial<Record<keyof NasInput, unknown>>>,
): ReadBy<Rules> {
  const entries: [string, OptionRule<unknown>][] = Object.entries(rules);
  const values: [string, unknown][] = entries.map(([field, one]) => [
    field,
    checkOne(one, Object.hasOwn(given, field) ? Reflect.get(given, field) : undefined),
  ]);
  // Each value is what its own rule gave.
  return Object.fromEntries(values) as ReadBy<Rules>;
}

function checkOne<Value>(
  { option, field, expected, read, shown = shownValue }: OptionRule<Value>,
  value: unknown,
): Value | undefined {
  if (value === undefined) return undefined;
  const checked = read(value);
  if (checked !== undefined) return checked;
  throw new AppError('invalid', `${option}: expected ${expected}; got ${shown(value)}`, { field });
}

function rule<Value>(option: string, rest: Omit<OptionRule<Value>, 'option' | 'field'>): OptionRule<Value> {
  return { option, field: option.replaceAll('-', '_'), ...rest };
}

function orNone<Value>(one: OptionRule<Value>): OptionRule<Value | null> {
  return {
    ...one,
    expected: `${one.expected}, or none`,
    read: (value) => (value === null || value === 'none' ? null : one.read(value)),
  };
}

function wholeNumber(option: string, max: number): OptionRule<number> {
  return rule(option, {
    expected: `a whole number from 1 to ${max}`,
    read: (value) => {
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      return typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= max
        ? number
        : undefined;
    },
  });
}

/** RFC 2865 §3: the secret must not be empty. */
function secretRule(option: string): OptionRule<string> {
  return rule(option, {
    expected: `1 to ${SECRET_LENGTH_MAX} characters`,
    read: (value) =>
      typeof value === 'string' && value.trim() !== '' && value.length <= SECRET_LENGTH_MAX
        ? value
        : undefined,
    shown: (value) => (String(value).trim() === '' ? 'nothing' : `${String(value).length} characters`),
  });
}

function shownValue(value: unknown): string {
  return value === '' ? 'nothing' : (JSON.stringify(value) ?? String(value));
}
