/** The table `imported_rows`: which row of a source became which row here, and how it was written. */
import type { Knex } from 'knex';

/** The kinds of rows that are imported. */
export type ImportedKind = 'profile' | 'promotion' | 'user' | 'alert' | 'history' | 'usage' | 'quota';

/** One row of a source and the row here. */
export interface ImportedRow {
  readonly sourceId: number;
  readonly targetId: number;
  /** What was written; null where the row was here before and is kept. */
  readonly state: string | null;
}

/** Which import a row belongs to. */
export interface ImportOrigin {
  readonly source: string;
  readonly kind: ImportedKind;
}

interface Row {
  readonly source_id: number;
  readonly target_id: number;
  readonly state: string | null;
}

/** Returns what is known of rows of a source, by their ids there. */
export async function importedBySource(
  knex: Knex,
  { source, kind }: ImportOrigin,
  sourceIds: readonly number[],
): Promise<Map<number, ImportedRow>> {
  const rows: Row[] = await knex('imported_rows')
    .where({ source, kind })
    .whereIn('source_id', sourceIds)
    .select('source_id', 'target_id', 'state');
  return new Map(rows.map((row) => [row.source_id, importedRow(row)]));
}

/** Returns which of these rows here came of a row of this source, by their ids here. */
export async function importedByTarget(
  knex: Knex,
  { source, kind }: ImportOrigin,
  targetIds: readonly number[],
): Promise<Map<number, ImportedRow>> {
  const rows: Row[] = await knex('imported_rows')
    .where({ source, kind })
    .whereIn('target_id', targetIds)
    .select('source_id', 'target_id', 'state');
  return new Map(rows.map((row) => [row.target_id, importedRow(row)]));
}

/** What an import wrote to a row here, and what kind of row it brought it from. */
export interface ImportedState {
  readonly kind: string;
  readonly state: string;
}

/** Returns what the newest import of any source wrote to a row here, by its id here. */
export async function importedStates(
  knex: Knex,
  kinds: readonly ImportedKind[],
  targetIds: readonly number[],
): Promise<Map<number, ImportedState>> {
  const rows: (Row & { kind: string })[] = await knex('imported_rows')
    .whereIn('kind', kinds)
    .whereIn('target_id', targetIds)
    .orderBy('at')
    .select('source_id', 'target_id', 'state', 'kind');
  return new Map(
    rows.flatMap(({ target_id, state, kind }) =>
      state === null ? [] : [[target_id, { kind, state }] as const],
    ),
  );
}

/** Rows one INSERT may bring; SQLite refuses five hundred. */
export const ROWS_TO_AN_INSERT = 100;

/** Keeps what became of rows, over what was known of them. */
export async function keepImported(
  trx: Knex.Transaction,
  { source, kind }: ImportOrigin,
  rows: readonly ImportedRow[],
  at: number,
): Promise<void> {
  for (const some of inSlices(rows, ROWS_TO_AN_INSERT)) {
    await trx('imported_rows')
      .insert(
        some.map(({ sourceId, targetId, state }) => ({
          source,
          kind,
          source_id: sourceId,
          target_id: targetId,
          state,
          at,
        })),
      )
      .onConflict(['source', 'kind', 'source_id'])
      .merge(['target_id', 'state', 'at']);
  }
}

/** Returns a list in pieces of a length. */
export function inSlices<T>(items: readonly T[], length: number): T[][] {
  const count = Math.ceil(items.length / length);
  return Array.from({ length: count }, (_, at) => items.slice(at * length, (at + 1) * length));
}

function importedRow({ source_id, target_id, state }: Row): ImportedRow {
  return { sourceId: source_id, targetId: target_id, state };
}
