/** Reading parsed JSON of which nothing is known yet: what is not there is empty. */

export type StringMap = Readonly<Record<string, unknown>>;

/** Returns an object's fields; none for anything else. */
export function mapOf(value: unknown): StringMap {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Returns an object's fields that are objects themselves. */
export function entriesOf(value: unknown): [name: string, fields: StringMap][] {
  return Object.entries(mapOf(value)).map(([name, fields]) => [name, mapOf(fields)]);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Returns text; empty for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
