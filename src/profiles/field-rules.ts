/** What a field of a profile, promotion or user may hold, as tables of rules, and the one error that says which rule was broken. */
import { AppError } from '../errors.ts';

/** One field's rule: whether a value is allowed, and how to say what is, to people and to programs. */
export interface FieldRule {
  readonly expected: string;
  readonly allows: (value: unknown) => boolean;
  /** As JSON Schema, as far as that can say it. */
  readonly schema: ValueSchema;
  /** Whether blanks around a value are no part of it, so that the API takes them away (contract §1). */
  readonly isTrimmed?: boolean;
}

/** The keywords of JSON Schema that rules use. */
export interface ValueSchema {
  readonly type: string | readonly string[];
  readonly enum?: readonly (string | number | null)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** The rules of a kind of thing, by field name in camel case. */
export type FieldRules = Readonly<Record<string, FieldRule>>;

/** The largest value of Django's IntegerField column. */
export const INT32_MAX = 2_147_483_647;

const SHOWN_VALUE_LENGTH = 60;
// Control characters would end in logs, terminals and RADIUS attributes; a surrogate without its pair is no character.
const ONE_LINE = '^[^\\p{Cc}\\p{Cs}]*$';
// What columns cannot keep as it is.
const KEEPABLE = '^[^\\u0000\\p{Cs}]*$';

/** What the patterns of rules ask for, in words. */
export const PATTERN_WORDS: Readonly<Record<string, string>> = {
  [ONE_LINE]: 'without control characters and broken surrogates',
  [KEEPABLE]: 'without NUL characters and broken surrogates',
};

/** Allows whole numbers of the range; `unit` only serves the message. */
export function wholeNumber(min: number, max: number, unit: string): FieldRule {
  return {
    expected: `a whole number of ${unit} from ${min} to ${max}`,
    allows: (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
    schema: { type: 'integer', minimum: min, maximum: max },
  };
}

/** Allows octet counts: what a double holds exactly (8 PiB). */
export const octets: FieldRule = wholeNumber(0, Number.MAX_SAFE_INTEGER, 'octets');

/** Allows the listed values only. */
export function oneOf(values: readonly (string | number)[]): FieldRule {
  return {
    expected: `one of ${values.join(', ')}`,
    allows: (value) => values.some((one) => one === value),
    schema: {
      type: values.every((value) => typeof value === 'number') ? 'integer' : 'string',
      enum: values,
    },
  };
}

/** Allows text of at most `max` characters on one line, empty included. */
export function text(max: number): FieldRule {
  return {
    expected: `text of at most ${max} characters without control characters`,
    allows: (value) => matches(ONE_LINE, value) && lengthOf(value) <= max,
    schema: { type: 'string', maxLength: max, pattern: ONE_LINE },
  };
}

/** Allows a name: text that is neither empty nor padded with blanks. */
export function name(max: number): FieldRule {
  return {
    expected: `a name of 1 to ${max} characters, without blanks around it or control characters`,
    allows: (value) => text(max).allows(value) && value !== '' && value === String(value).trim(),
    schema: { ...text(max).schema, minLength: 1 },
    isTrimmed: true,
  };
}

/** Allows text of any length and number of lines. */
export const longText: FieldRule = {
  expected: 'text without NUL characters',
  allows: (value) => matches(KEEPABLE, value),
  schema: { type: 'string', pattern: KEEPABLE },
};

export const yesOrNo: FieldRule = {
  expected: 'true or false',
  allows: (value) => typeof value === 'boolean',
  schema: { type: 'boolean' },
};

/** Allows the id of a row. */
export const rowId: FieldRule = wholeNumber(1, Number.MAX_SAFE_INTEGER, 'an id');

/** Allows null besides what the rule allows. */
export function orNull(rule: FieldRule): FieldRule {
  const { type, enum: values, ...schema } = rule.schema;
  return {
    expected: `${rule.expected}, or null`,
    allows: (value) => value === null || rule.allows(value),
    schema: {
      ...schema,
      type: [type, 'null'].flat(),
      ...(values === undefined ? {} : { enum: [...values, null] }),
    },
  };
}

/** Throws AppError `invalid` for the first field that is unknown or breaks its rule: the field's contract name, what was expected, what came. Undefined means "not given" and is not looked at. */
export function checkFields(rules: FieldRules, fields: object): void {
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const rule = rules[field];
    if (rule === undefined) {
      const message = `${contractName(field)}: unknown field; expected one of ${known(rules)}`;
      throw new AppError('invalid', message, { field: contractName(field) });
    }
    if (!rule.allows(value)) {
      const message = `${contractName(field)}: expected ${rule.expected}, got ${shown(value)}`;
      throw new AppError('invalid', message, { field: contractName(field) });
    }
  }
}

/** Returns fields of unknown origin (a command line, a request) as what the rules say they are; throws as checkFields does. */
export function parseFields<Fields extends object>(
  rules: Readonly<Record<keyof Fields & string, FieldRule>>,
  given: object,
): Partial<Fields> {
  checkFields(rules, given);
  // Each field has just passed the rule that stands for its type.
  return givenFields(given) as Partial<Fields>;
}

/** Returns a field's name as the contract, the columns and the API write it: `dataVolume` is `data_volume`. */
export function contractName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Returns the fields without those that are undefined, which means "not given": they keep what they held. */
export function givenFields<Fields extends object>(
  fields: Fields,
): { [F in keyof Fields]?: NonUndefined<Fields[F]> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  // The entries are those of `fields`, so each still has its own field's type.
  return Object.fromEntries(given) as { [F in keyof Fields]?: NonUndefined<Fields[F]> };
}

type NonUndefined<T> = Exclude<T, undefined>;

/** Returns the given fields as columns. */
export function columnsOf(fields: object): Record<string, unknown> {
  const given = Object.entries(givenFields(fields));
  return Object.fromEntries(given.map(([field, value]) => [contractName(field), value]));
}

function known(rules: FieldRules): string {
  return Object.keys(rules).map(contractName).join(', ');
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > SHOWN_VALUE_LENGTH ? `${json.slice(0, SHOWN_VALUE_LENGTH)}…` : json;
}

function matches(pattern: string, value: unknown): value is string {
  return typeof value === 'string' && new RegExp(pattern, 'u').test(value);
}

function lengthOf(value: string): number {
  // Columns count characters, not UTF-16 units.
  return [...value].length;
}
