/** Values that a schema of the document allows. */
import type { Random } from '../../fuzz/random.ts';
import type { Schema } from '../../support/api-operations.ts';
import { listOf, mapOf, textOf } from '../../support/json-reading.ts';

/** Text that means something under a name, wherever that stands. */
export type Hints = Readonly<Record<string, readonly string[]>>;

/** A hint that stands for text nobody has sent before. */
export const FRESH = '<fresh>';

/** Ids of which there are rows. */
const IDS = ['1', '2', '3', '4'];
/** The last ones are where calendars end. */
const DAYS = [
  ...['2025-12-01', '2025-12-11', '2026-01-31', '2024-02-29'],
  ...['2000-01-01', '2999-12-31', '9999-12-31', '0001-01-01'],
];
const INSTANTS = [
  ...['2025-12-01T00:00:00Z', '2025-12-11T08:00:00.123456+02:00', '2027-01-01T00:00:00Z'],
  ...['1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '0001-01-01T00:00:00Z'],
];
const FLAGS = ['true', 'false', 'TRUE'];

export const HINTS: Hints = {
  ...{ id: IDS, user: IDS, profile: IDS, promotion: IDS, user_id: IDS, object_id: IDS },
  ...{ page: ['1', '1', '1', 'last', '2'], page_size: ['1', '2', '100', '1000'] },
  ...{ is_active: FLAGS, is_open: FLAGS, is_live: FLAGS, force: FLAGS },
  ...{ from: DAYS, to: DAYS, since: [...DAYS, ...INSTANTS], until: [...DAYS, ...INSTANTS] },
  ...{ activation_date: INSTANTS, expires_at: ['2027-01-01T00:00:00Z'] },
  address: ['203.0.113.1', '10.0.0.0/8', '2001:db8::/32', '2001:db8::1', '0.0.0.0/0'],
  ip_address: ['203.0.113.1', '2001:db8::1'],
  email: ['john@example.org', ''],
  mac_address: ['AA-BB-CC-DD-EE-FF', 'aabb.ccdd.eeff'],
  station: ['AA-BB-CC-DD-EE-FF', 'aabbccddeeff'],
  nas: ['hall', 'yard', '192.0.2.10', '198.51.100.0/24'],
  session_id: ['S1', 'S50'],
  message_template: ['{username} {percent}', '{{literal}}', 'x', ''],
  job: ['daily'],
  status: ['failed', 'done'],
  action: ['create'],
  object_type: ['profile', 'user'],
  period: ['total', 'daily', 'weekly', 'monthly'],
  search: ['a', 'john'],
};

const WORDS = ['a', 'Étudiant', 'john', 'x y', '名', 'portal', "O'Brien", 'a'.repeat(19)];
const FEW = 3;

/** Makes values that schemas allow. */
export class SchemaValues {
  readonly #random: Random;
  readonly #hints: Hints;
  readonly #ids: readonly number[];

  /** The hints are tried beside those of everybody; the ids are likely to be those of rows that belong together. */
  constructor(random: Random, hints: Hints, ids: readonly number[] = []) {
    this.#random = random;
    this.#hints = { ...HINTS, ...hints };
    this.#ids = ids;
  }

  /** Returns the fields of an object as JSON: all that it must have, and some that it may. */
  fields(schema: Schema): Map<string, string> {
    const required = listOf(schema['required']);
    const properties = Object.entries(mapOf(schema['properties']));
    // Of a few, all are needed for anything to happen.
    const chance = properties.length <= FEW ? 0.8 : 0.25;
    const fields = properties
      .filter(([name]) => required.includes(name) || this.#random.chance(chance))
      .map(([name, each]): [string, string] => [name, JSON.stringify(this.value(mapOf(each), name))]);
    return new Map(fields);
  }

  /** Returns a value; `name` is what it is to be known by. */
  value(schema: Schema, name: string): unknown {
    const choices = listOf(schema['enum'] ?? schema['anyOf']);
    if (choices.length > 0) {
      const choice = this.#random.pick(choices);
      return schema['enum'] === undefined ? this.value(mapOf(choice), name) : choice;
    }
    if ('const' in schema) return schema['const'];
    const type = this.#random.pick([schema['type'] ?? ['null', 'string', 'integer']].flat());
    if (type === 'boolean') return this.#random.chance(0.5);
    if (type === 'integer' || type === 'number') return this.#number(schema);
    if (type === 'string') return this.text(schema, name);
    if (type === 'object') return Object.fromEntries(this.fields(schema));
    if (type === 'null') return null;
    throw new Error(`a schema of type ${type} is new here: ${JSON.stringify(schema)}`);
  }

  /** Returns text that fits. */
  text(schema: Schema, name: string): string {
    const fresh = `n${this.#random.uint32().toString(36)}`;
    const meant = [...(this.#hints[name] ?? []), ...listOf(schema['examples']).map(textOf)].map((text) =>
      text === FRESH ? fresh : text,
    );
    const fits = (text: string) =>
      text.length >= Number(schema['minLength'] ?? 0) &&
      text.length <= Number(schema['maxLength'] ?? Number.POSITIVE_INFINITY) &&
      new RegExp(textOf(schema['pattern']), 'u').test(text);
    const fitting = (meant.length > 0 ? meant : [fresh, fresh, fresh, ...WORDS]).filter(fits);
    return fitting.length > 0 ? this.#random.pick(fitting) : fresh;
  }

  #number(schema: Schema): number {
    const least = Number(schema['minimum'] ?? 0);
    const most = Number(schema['maximum'] ?? Number.MAX_SAFE_INTEGER);
    const small = least + this.#random.below(4);
    const fitting = [...this.#ids, ...this.#ids, small, small, small, 1, 1_024, least, most].filter(
      (each) => each >= least && each <= most,
    );
    return this.#random.pick(fitting);
  }
}
