/** One kind of legacy rows, chunk by chunk: read, told from what is here, written, and kept in mind (issue: import). */
import { hash } from 'node:crypto';
import type { Knex } from 'knex';
import { bisect } from '../db/bisect.ts';
import { inTransaction, type Transaction } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { readRow, rowIdOf } from './cells.ts';
import type { ImportReport, RowOutcome } from './import-report.ts';
import {
  type ImportedKind,
  type ImportedRow,
  importedBySource,
  importedByTarget,
  inSlices,
  keepImported,
  ROWS_TO_AN_INSERT,
} from './imported-rows.ts';
import { chunksOf, type SourceDatabase, type SourceRow } from './source-database.ts';

/** Values by column, as they are written. */
export type ColumnValues = Readonly<Record<string, string | number | boolean | null>>;

/** A row that can be written here. */
export interface LegacyRow {
  /** What people call it; what it is found by where no import knows it. */
  readonly name: string;
  readonly columns: ColumnValues;
  /** What is not as it was there. */
  readonly notes: readonly string[];
}

/** How one kind of rows is brought over. */
export interface LegacyKind {
  readonly kind: ImportedKind;
  /** Both there and here. */
  readonly table: string;
  /** Returns the row as it is to be here; throws AppError `invalid` for what cannot be brought over. */
  readonly read: (row: SourceRow) => LegacyRow;
  /** Columns that say when, not what: they tell nothing of whether somebody changed the row. */
  readonly ownTime: readonly string[];
  /** Finds rows here that are of these; returns each under its name. */
  readonly find: (
    knex: Knex,
    rows: readonly LegacyRow[],
  ) => Promise<Map<string, ColumnValues & { id: number }>>;
}

/** What every kind needs. */
export interface LegacyImport {
  readonly context: CommandContext;
  readonly source: SourceDatabase;
  readonly report: ImportReport;
  readonly isDryRun: boolean;
}

/** Brings one kind over and returns the ids here by the ids there; in a dry run, rows that would be created have negative ones. */
export async function importKind(run: LegacyImport, kind: LegacyKind): Promise<Map<number, number>> {
  const ids = new Map<number, number>();
  const taken: TakenNames = new Map();
  run.report.show(kind.table);
  for await (const rows of chunksOf(run.source, kind.table)) {
    const read = readChunk(run, kind, rows);
    await gently(() =>
      bisect(read, {
        dialect: run.context.db.dialect,
        write: (some) => importRows(run, kind, { rows: some, ids, taken }),
        onRefused: ({ id, row: { name } }, error) => {
          if (taken.get(name) === id) taken.delete(name);
          const reason = error instanceof Error ? error.message : String(error);
          skip(run, kind, { id, name, reason });
        },
      }),
    );
  }
  return ids;
}

interface ReadLegacyRow {
  readonly id: number;
  readonly row: LegacyRow;
}

function readChunk(run: LegacyImport, kind: LegacyKind, rows: readonly SourceRow[]): ReadLegacyRow[] {
  return rows.flatMap((row) => {
    const read = readRow(row, () => ({ id: rowIdOf(row), row: kind.read(row) }));
    if (read.ok) return [read.value];
    const id = Number.isSafeInteger(row['id']) ? Number(row['id']) : null;
    skip(run, kind, { id, name: nameIn(row), reason: read.reason });
    return [];
  });
}

function nameIn(row: SourceRow): string | null {
  const name = row['username'] ?? row['name'];
  return typeof name === 'string' ? name : null;
}

function skip(
  { report }: LegacyImport,
  { table }: LegacyKind,
  problem: { readonly id: number | null; readonly name: string | null; readonly reason: string },
): void {
  report.count(table, 'skipped');
  report.note({ table, outcome: 'skipped', ...problem });
}

/** The row of the source that has each name, of those that no import before has brought over; in a dry run nothing else tells of the chunks before. */
type TakenNames = Map<string, number>;

/** What is decided about one row. */
interface Decision extends ReadLegacyRow {
  readonly outcome: RowOutcome;
  /** Undefined for a row to be created. */
  readonly targetId: number | undefined;
  readonly state: string | null;
  readonly reason: string | null;
}

async function importRows(
  run: LegacyImport,
  kind: LegacyKind,
  { rows, ids, taken }: { rows: readonly ReadLegacyRow[]; ids: Map<number, number>; taken: TakenNames },
): Promise<void> {
  const { context, isDryRun } = run;
  const { decisions, targets } = await inTransaction(context.db, context.clock, async (transaction) => {
    const decided = await decide(run, kind, { knex: transaction.trx, rows, taken });
    const written = isDryRun ? new Map<number, number>() : await write(transaction, run, { kind, decided });
    return { decisions: decided, targets: written };
  });
  for (const decision of decisions) {
    const { id, outcome, targetId, row, reason } = decision;
    run.report.count(kind.table, outcome);
    const target = targetId ?? targets.get(id) ?? (isDryRun ? -id : undefined);
    if (target !== undefined && outcome !== 'skipped') ids.set(id, target);
    if (reason !== null) run.report.note({ table: kind.table, id, name: row.name, outcome, reason });
    if (outcome !== 'created' && outcome !== 'updated') continue;
    for (const note of row.notes) {
      run.report.note({ table: kind.table, id, name: row.name, outcome, reason: note });
    }
  }
}

async function decide(
  { source }: LegacyImport,
  kind: LegacyKind,
  { knex, rows, taken }: { knex: Knex; rows: readonly ReadLegacyRow[]; taken: TakenNames },
): Promise<Decision[]> {
  const origin = { source: source.key, kind: kind.kind };
  const known = await importedBySource(
    knex,
    origin,
    rows.map(({ id }) => id),
  );
  const knownIds = [...known.values()].map(({ targetId }) => targetId);
  const here: (ColumnValues & { id: number })[] = await knex(kind.table).whereIn('id', knownIds).select('*');
  const byId = new Map(here.map((row) => [row.id, row]));
  const unknown = rows.filter(({ id }) => !known.has(id)).map(({ row }) => row);
  const byName = await kind.find(knex, unknown);
  const others = await importedByTarget(
    knex,
    origin,
    [...byName.values()].map(({ id }) => id),
  );
  return rows.map((item) => {
    const imported = known.get(item.id);
    if (imported !== undefined) return again(kind, item, { imported, current: byId.get(imported.targetId) });
    const first = taken.get(item.row.name) ?? item.id;
    taken.set(item.row.name, first);
    // A chunk that the database refused is decided again, in halves.
    const twin = first === item.id ? undefined : first;
    const found = byName.get(item.row.name);
    const other = twin ?? (found === undefined ? undefined : others.get(found.id)?.sourceId);
    if (other !== undefined) return duplicate(item, other);
    return found === undefined ? created(kind, item) : adopted(kind, item, found);
  });
}

function created(kind: LegacyKind, item: ReadLegacyRow): Decision {
  return {
    ...item,
    outcome: 'created',
    targetId: undefined,
    state: stateOf(kind, item.row.columns),
    reason: null,
  };
}

function duplicate(item: ReadLegacyRow, otherId: number): Decision {
  const reason = `it is called as row ${otherId} is, which was imported`;
  return { ...item, outcome: 'skipped', targetId: undefined, state: null, reason };
}

/** A row of this name is here already, made by somebody else: it stays as it is. */
function adopted(kind: LegacyKind, item: ReadLegacyRow, found: ColumnValues & { id: number }): Decision {
  const state = stateOf(kind, item.row.columns);
  const isSame = state === stateOf(kind, onlyColumns(found, item.row.columns));
  const reason = isSame
    ? null
    : `is here already, and differs in ${differingColumns(kind, found, item.row.columns)}`;
  return {
    ...item,
    outcome: isSame ? 'unchanged' : 'kept',
    targetId: found.id,
    state: isSame ? state : null,
    reason,
  };
}

/** A row that was imported before. */
function again(
  kind: LegacyKind,
  item: ReadLegacyRow,
  { imported, current }: { imported: ImportedRow; current: (ColumnValues & { id: number }) | undefined },
): Decision {
  const { columns } = item.row;
  if (current === undefined) {
    const reason = 'was imported before and deleted here since';
    return { ...item, outcome: 'skipped', targetId: undefined, state: imported.state, reason };
  }
  const state = stateOf(kind, columns);
  const base = { ...item, targetId: current.id };
  if (imported.state === state) return { ...base, outcome: 'unchanged', state, reason: null };
  const now = stateOf(kind, onlyColumns(current, columns));
  if (now === state) return { ...base, outcome: 'unchanged', state, reason: null };
  if (now === imported.state) return { ...base, outcome: 'updated', state, reason: null };
  const differing = differingColumns(kind, current, columns);
  const why = imported.state === null ? 'is here already' : 'was changed here since it was imported';
  return { ...base, outcome: 'kept', state: imported.state, reason: `${why}, and differs in ${differing}` };
}

/** Returns the ids of the rows that were created, by their ids in the source. */
async function write(
  transaction: Transaction,
  { source }: LegacyImport,
  { kind, decided }: { kind: LegacyKind; decided: readonly Decision[] },
): Promise<Map<number, number>> {
  const { trx, now } = transaction;
  const fresh = decided.filter(({ outcome }) => outcome === 'created');
  for (const some of inSlices(fresh, ROWS_TO_AN_INSERT)) {
    await trx(kind.table).insert(some.map(({ row }) => row.columns));
  }
  const found = await kind.find(
    trx,
    fresh.map(({ row }) => row),
  );
  const ids = new Map(
    fresh.flatMap(({ id, row }) => {
      const target = found.get(row.name);
      return target === undefined ? [] : [[id, target.id] as const];
    }),
  );
  for (const { targetId, row } of decided.filter(({ outcome }) => outcome === 'updated')) {
    await trx(kind.table).where('id', targetId).update(row.columns);
  }
  const kept = decided.flatMap(({ id, targetId, state, outcome }): ImportedRow[] => {
    const target = targetId ?? ids.get(id);
    return target === undefined || outcome === 'skipped' ? [] : [{ sourceId: id, targetId: target, state }];
  });
  await keepImported(trx, { source: source.key, kind: kind.kind }, kept, now);
  return ids;
}

/** Returns what tells whether two rows are the same, whichever database they come from. */
function stateOf({ ownTime }: LegacyKind, columns: ColumnValues): string {
  const told = Object.entries(columns)
    .filter(([column]) => !ownTime.includes(column))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return hash('md5', JSON.stringify(told.map(([column, value]) => [column, canonical(value)])), 'hex');
}

function differingColumns({ ownTime }: LegacyKind, current: ColumnValues, columns: ColumnValues): string {
  return Object.keys(columns)
    .filter((column) => !ownTime.includes(column))
    .filter((column) => canonical(current[column]) !== canonical(columns[column]))
    .join(', ');
}

function onlyColumns(row: ColumnValues, like: ColumnValues): ColumnValues {
  return Object.fromEntries(Object.keys(like).map((column) => [column, row[column] ?? null]));
}

const INSTANT_END = /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})\.(\d{1,6})$/;

/** Returns a value as either database would have it: booleans are numbers, and an instant has no decimals that say nothing. */
export function canonical(value: unknown): unknown {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return value ?? null;
  return value.replace(INSTANT_END, (_, seconds: string, fraction: string) => {
    const decimals = fraction.replace(/0+$/, '');
    return decimals === '' ? seconds : `${seconds}.${decimals}`;
  });
}
