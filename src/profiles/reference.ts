/** Finding a row by what people call it: its name, else its id. */
import type { Knex } from 'knex';
import { AppError } from '../errors.ts';

/** A name or an id as typed (text: a name wins over an id that looks the same), or an id (number). */
export type Reference = string | number;

/** Which rows a reference is about: a query of the table, its name column, and the kind's name for messages. */
export interface Referable<Row extends object> {
  readonly kind: 'profile' | 'promotion' | 'user';
  readonly table: string;
  readonly nameColumn: string & keyof Row;
  /** The field that refers to one, where a field does. */
  readonly field?: string;
}

/** Returns the row a reference means; `lock` may lock it. Throws AppError `not_found` when there is none, naming the field that refers to it. */
export async function findByReference<Row extends object>(
  connection: Knex,
  of: Referable<Row>,
  reference: Reference,
  lock: <Q extends Knex.QueryBuilder>(query: Q) => Q = (query) => query,
): Promise<Row> {
  if (typeof reference === 'string') {
    const named: Row[] = await lock(connection(of.table).where(of.nameColumn, reference).select('*'));
    // An adopted column may compare without case or accents; a name means exactly one row.
    const exact = named.find((row) => row[of.nameColumn] === reference);
    if (exact !== undefined) return exact;
  }
  const id = idOf(reference);
  const [row]: Row[] =
    id === undefined ? [] : await lock(connection(of.table).where('id', id).limit(1).select('*'));
  if (row === undefined) throw notFound(of, reference);
  return row;
}

function idOf(reference: Reference): number | undefined {
  if (typeof reference === 'number') return reference;
  return /^[0-9]{1,15}$/.test(reference) ? Number(reference) : undefined;
}

/** An id is what programs ask by: they get the words that clients of the API know (contract §4, §6). */
function notFound({ kind, field }: { kind: string; field?: string }, reference: Reference): AppError {
  const message =
    typeof reference === 'string'
      ? `there is no ${kind} ${JSON.stringify(reference)}; expected the name or id of one`
      : field === undefined
        ? 'Not found.'
        : `Invalid pk "${reference}" - object does not exist.`;
  return new AppError('not_found', message, field === undefined ? {} : { field });
}
