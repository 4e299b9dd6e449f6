/** The database an import reads: opened for reading alone, known again by where it is. */
import { hash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { type Database, openDatabase } from '../db/database.ts';
import { type DatabaseAddress, parseDatabaseUrl } from '../db/database-url.ts';
import { readExistingTable } from '../db/existing-table.ts';
import { openReader } from '../db/reader.ts';
import { AppError } from '../errors.ts';

/** A database that is only read. */
export interface SourceDatabase {
  readonly reader: Database;
  /** What tells one source from another, without its user and password. */
  readonly key: string;
  /** Where it is, for people; without its password. */
  readonly shown: string;
  close(): Promise<void>;
}

/** A row as the driver hands it out, by column in lower case; nothing is known of what it holds. */
export type SourceRow = Readonly<Record<string, unknown>>;

/** Opens the database of a URL for reading alone, without connecting yet; throws AppError `invalid` for a URL that is none and `not_found` for a file that is not there. */
export function openSource(url: string): SourceDatabase {
  const address = parseDatabaseUrl(url);
  // Before it is opened: what is opened to be written would be made.
  if (address.dialect === 'sqlite' && !existsSync(address.filename)) {
    throw new AppError('not_found', `there is no database at ${address.filename}`);
  }
  const opened = openDatabase(url);
  const reader = openReader(opened);
  const close = async () => {
    await reader.close();
    await opened.close();
  };
  return { reader, key: keyOf(address), shown: placeOf(address), close };
}

/** Returns which of these tables a source has. */
export async function tablesOf({ reader }: SourceDatabase, tables: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const table of tables) {
    const existing = await readExistingTable(reader.knex, reader.dialect, table);
    if (existing !== undefined) found.add(table);
  }
  return found;
}

/** Returns how many rows a table has. */
export async function countRows({ reader }: SourceDatabase, table: string): Promise<number> {
  const [row]: { rows: number }[] = await reader.knex(table).count('* as rows');
  return Number(row?.rows ?? 0);
}

const ROWS_TOGETHER = 500;

/** Yields a table's rows a chunk at a time, by their ids upwards, or downwards where the newest come first. */
export async function* chunksOf(
  { reader }: SourceDatabase,
  table: string,
  order: 'asc' | 'desc' = 'asc',
): AsyncGenerator<readonly SourceRow[]> {
  for (let last: number | undefined; ; ) {
    const query = reader.knex(table).orderBy('id', order).limit(ROWS_TOGETHER).select('*');
    if (last !== undefined) query.where('id', order === 'asc' ? '>' : '<', last);
    const rows: SourceRow[] = await query;
    if (rows.length > 0) yield rows.map(inLowerCase);
    last = Number(rows.at(-1)?.['id']);
    if (rows.length < ROWS_TOGETHER) return;
  }
}

function inLowerCase(row: SourceRow): SourceRow {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column.toLowerCase(), value]));
}

/** Returns what tells a database from others by where it is said to be; one database may have several. */
export function keyOf(address: DatabaseAddress): string {
  return hash('sha1', placeOf(address), 'hex');
}

function placeOf(address: DatabaseAddress): string {
  if (address.dialect === 'sqlite') {
    const { filename } = address;
    return `sqlite:${existsSync(filename) ? realpathSync(filename) : filename}`;
  }
  const { socketPath, host, port, database } = address;
  return `mysql://${socketPath ?? `${host.toLowerCase()}:${port}`}/${database}`;
}
