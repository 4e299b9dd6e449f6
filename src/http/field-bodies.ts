/** Bodies of requests, made of the rules that commands check: what a field may hold is said in one place. */
import { type TSchema, Type } from 'typebox';
import { contractName, type FieldRules } from '../profiles/field-rules.ts';

/** The fields of a body by their contract names, each checked by its rule's schema. */
export type Body = Readonly<Record<string, unknown>>;

export interface BodyOptions {
  /** By their contract names, as `ignored`. */
  readonly required?: readonly string[];
  /** Fields of an answer that clients send back as they got them; whatever they hold changes nothing (contract §6). */
  readonly ignored: readonly string[];
  /** Fields beside those of the rules. */
  readonly more?: Readonly<Record<string, TSchema>>;
  /** The properties of the answer, whose descriptions hold for the body. */
  readonly described: Readonly<Record<string, TSchema>>;
  /** What fields are that a new thing does not say, by camel case. */
  readonly defaults?: object;
}

/** Returns the schema of a body; a field that nobody knows is refused. */
export function BodyOf(rules: FieldRules, options: BodyOptions) {
  const { required = [], ignored, more = {}, described, defaults = {} } = options;
  const fields = Object.entries(rules).map(([field, { schema }]) => {
    const description = [descriptionOf(described[contractName(field)]), defaultText(defaults, field)]
      .filter((text) => text !== '')
      .join(' ');
    return [contractName(field), { ...schema, ...(description === '' ? {} : { description }) }];
  });
  const unread = ignored.map((name) => [name, { description: 'Ignored.' }]);
  return Type.Unsafe<Body>({
    type: 'object',
    properties: { ...Object.fromEntries(fields), ...more, ...Object.fromEntries(unread) },
    required: [...required],
    additionalProperties: false,
  });
}

/** Returns the fields of a body that rules know, in camel case, for `parseFields`. */
export function fieldsIn(rules: FieldRules, body: Body): Record<string, unknown> {
  const given = Object.entries(rules).filter(([field]) => Object.hasOwn(body, contractName(field)));
  return Object.fromEntries(
    given.map(([field, { isTrimmed = false }]) => {
      const value = body[contractName(field)];
      return [field, isTrimmed && typeof value === 'string' ? value.trim() : value];
    }),
  );
}

function descriptionOf(schema: TSchema | undefined): string {
  return schema !== undefined && 'description' in schema ? String(schema.description) : '';
}

function defaultText(defaults: object, field: string): string {
  const value: unknown = Reflect.get(defaults, field);
  return value === undefined ? '' : `${JSON.stringify(value)} if not given.`;
}
