/** Sums of rows per user between cuts of a column, so that any period of any user is a sum of a few of them. */
import type { Knex } from 'knex';

/** Values of a column, ascending: a period begins at one and ends at another. */
export class Cuts<V extends string | number> {
  readonly values: readonly V[];
  readonly #indexes: ReadonlyMap<V, number>;

  /** Takes the values in any order, repeated or not. */
  constructor(values: Iterable<V>) {
    this.values = [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
    this.#indexes = new Map(this.values.map((value, index) => [value, index]));
  }

  /** Returns the SQL of the part a row lies in: 0 before the first cut, n from the n-th one on. */
  partOf(knex: Knex, column: string): Knex.Raw {
    if (this.values.length === 0) return knex.raw('0');
    const whens = this.values.map((_, index) => `WHEN ?? < ? THEN ${index}`).join(' ');
    const bindings = this.values.flatMap((value) => [column, value]);
    return knex.raw(`CASE ${whens} ELSE ${this.values.length} END`, bindings);
  }

  /** Returns whether a part lies within the half-open range between two of the cuts. */
  isWithin(part: number, from: V, to: V): boolean {
    return part > this.#indexOf(from) && part <= this.#indexOf(to);
  }

  #indexOf(value: V): number {
    const index = this.#indexes.get(value);
    if (index === undefined) throw new Error(`${value} is no cut`);
    return index;
  }
}
