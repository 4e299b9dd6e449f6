/** What is wrong with the fields of a request, in a sentence each: what was expected, and what came. Pure. */
import { PATTERN_WORDS } from '../profiles/field-rules.ts';

/** The messages of each field; of `non_field_errors` where no field is at fault. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** Returns the messages of what Ajv (with `verbose`) found wrong: one sentence for each field. */
export function fieldErrors(raw: readonly unknown[]): FieldErrors {
  const byField = Map.groupBy(raw.map(findingFrom), fieldOf);
  return Object.fromEntries([...byField].map(([field, findings]) => [field, [complaint(field, findings)]]));
}

/** Returns an error's words for the one field it is told by: without its name once more, as a sentence. */
export function fieldMessage(field: string, message: string): string {
  const words = message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message;
  const sentence = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** One thing Ajv found wrong. */
interface Finding {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: JsonObject;
  /** What the value as a whole is to be. */
  readonly schema: JsonObject;
  readonly value: unknown;
}

type JsonObject = Readonly<Record<string, unknown>>;

function findingFrom(raw: unknown): Finding {
  const map = objectFrom(raw);
  return {
    keyword: String(map['keyword'] ?? ''),
    instancePath: String(map['instancePath'] ?? ''),
    params: objectFrom(map['params']),
    schema: objectFrom(map['parentSchema']),
    value: map['data'],
  };
}

function objectFrom(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function fieldOf({ keyword, instancePath, params }: Finding): string {
  const path = instancePath.split('/').slice(1).map(unescapePointer);
  const missing = keyword === 'required' ? params['missingProperty'] : undefined;
  const unknown = keyword === 'additionalProperties' ? params['additionalProperty'] : undefined;
  const name = missing ?? unknown;
  return [...path, ...(name === undefined ? [] : [String(name)])].join('.') || 'non_field_errors';
}

/** RFC 6901 §4. */
function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function complaint(field: string, findings: readonly Finding[]): string {
  // Ajv complains of each choice too; together they are the one that lists them.
  const whole = findings.find(({ keyword }) => keyword === 'anyOf') ?? findings[0];
  if (whole === undefined || whole.keyword === 'required') return 'This field is required.';
  if (whole.keyword === 'additionalProperties') return 'This field is not known.';
  return `Expected ${expectation(whole.schema)}, got ${shown(field, whole.value)}.`;
}

/** Returns what a schema allows, in words. */
function expectation(schema: JsonObject): string {
  const { anyOf, enum: values, type } = schema;
  if (Array.isArray(anyOf)) return orJoined(anyOf.map((each) => expectation(objectFrom(each))));
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(values)) return `one of ${values.map(choiceText).join(', ')}`;
  return orJoined([type].flat().map((each) => typeText(String(each), schema)));
}

function orJoined(parts: readonly string[]): string {
  const different = [...new Set(parts)];
  return different.length < 3
    ? different.join(', or ')
    : `${different.slice(0, -1).join(', ')}, or ${different.at(-1)}`;
}

function choiceText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const TYPES: Readonly<Record<string, (schema: JsonObject) => string>> = {
  integer: (schema) => `a whole number${rangeText(schema)}`,
  number: (schema) => `a number${rangeText(schema)}`,
  boolean: () => 'true or false',
  null: () => 'null',
  array: () => 'a list',
  object: () => 'an object',
  string: textText,
};

function typeText(type: string, schema: JsonObject): string {
  return TYPES[type]?.(schema) ?? 'another value';
}

function rangeText({ minimum, maximum }: JsonObject): string {
  if (minimum === undefined && maximum === undefined) return '';
  if (maximum === undefined) return ` from ${minimum}`;
  return minimum === undefined ? ` up to ${maximum}` : ` from ${minimum} to ${maximum}`;
}

function textText({ minLength, maxLength, pattern }: JsonObject): string {
  const length =
    maxLength !== undefined
      ? ` of ${minLength === undefined ? 'at most' : `${minLength} to`} ${maxLength} characters`
      : minLength === undefined
        ? ''
        : ` of ${minLength} ${minLength === 1 ? 'character' : 'characters'} or more`;
  if (typeof pattern !== 'string') return `text${length}`;
  return `text${length} ${PATTERN_WORDS[pattern] ?? `that matches ${pattern}`}`;
}

const SECRET_NAME = /password|secret|token|refresh/i;
const SHOWN_LENGTH = 60;

/** A secret is not repeated, whatever is wrong with it. */
function shown(field: string, value: unknown): string {
  if (SECRET_NAME.test(field)) return typeof value === 'string' ? `${value.length} characters` : 'none';
  if (Array.isArray(value)) return 'a list';
  // Not as JSON: it may be nested deeper than the stack.
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > SHOWN_LENGTH
    ? `${JSON.stringify(value.slice(0, SHOWN_LENGTH))}…`
    : JSON.stringify(value);
}
