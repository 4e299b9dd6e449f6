/** What the text of a form means: JSON says of which type a value is, a form has text alone and leaves it to the schema of the body. */
import type { FormField } from './form-bodies.ts';

/** A number as JSON writes it: what a client prints into either is read the same. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** What browsers send for a checkbox, and programs for what they call true and false, in any case. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'off', '0'].map((word) => [word, false] as const),
]);

/** Returns the body that fields make under its JSON Schema. Text that cannot be what the schema asks for stays text, so that validation refuses it as it would in JSON. Of several fields with one name the last counts, as in Django, unless the schema asks for an array. */
export function valuesOf(fields: readonly FormField[], schema: unknown): Record<string, unknown> {
  const texts = new Map<string, string[]>();
  for (const [name, text] of fields) {
    const before = texts.get(name);
    if (before === undefined) texts.set(name, [text]);
    else before.push(text);
  }
  const properties = own(schema, 'properties');
  return Object.fromEntries([...texts].map(([name, all]) => [name, meantBy(all, own(properties, name))]));
}

function meantBy(texts: readonly string[], schema: unknown): unknown {
  const items = own(schema, 'items');
  if (typesOf(schema).includes('array')) return texts.map((text) => meantByOne(text, items));
  return meantByOne(texts.at(-1) ?? '', schema);
}

function meantByOne(text: string, schema: unknown): unknown {
  const types = typesOf(schema);
  // A form has no other way to say it.
  if (text === '' && types.includes('null')) return null;
  if (types.includes('string')) return text;
  const isNumeric = types.includes('integer') || types.includes('number');
  if (isNumeric && NUMBER.test(text)) return Number(text);
  if (types.includes('boolean')) return BOOLEANS.get(text.toLowerCase()) ?? text;
  return text;
}

/** Returns the types that a schema allows; none where it does not say. */
function typesOf(schema: unknown): readonly unknown[] {
  const choices = own(schema, 'anyOf');
  if (Array.isArray(choices)) return choices.flatMap(typesOf);
  return [own(schema, 'type')].flat();
}

/** A name out of a form must not find what every object has. */
function own(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined;
  return Reflect.get(holder, name);
}
