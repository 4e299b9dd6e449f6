/** The thread that reads SQLite for HTTP: runs one query after another on a connection that cannot write, and posts what each gave. */
import { parentPort, workerData } from 'node:worker_threads';
import SqliteDriver from 'better-sqlite3';

/** A query; bindings are what the driver takes, octets as Uint8Array. */
export interface ReadingRequest {
  readonly id: number;
  readonly sql: string;
  readonly bindings: readonly unknown[];
}

export type ReadingRow = Record<string, unknown>;

/** What became of a query: its rows and which of their columns hold octets, or the driver's error. */
export type ReadingAnswer =
  | { readonly id: number; readonly rows: readonly ReadingRow[]; readonly octetColumns: readonly string[] }
  | { readonly id: number; readonly message: string; readonly code: string };

/** How long a query waits, here where nobody else does, for a process that recovers the file. */
const BUSY_WAIT_MS = 5_000;

let handle: SqliteDriver.Database | undefined;

parentPort?.on('message', (request: ReadingRequest) => parentPort?.postMessage(answerTo(request)));

function answerTo({ id, sql, bindings }: ReadingRequest): ReadingAnswer {
  try {
    // Opened by the first query, and tried again by the next one: the file may not be there yet.
    handle ??= open(String(workerData));
    const statement = handle.prepare<unknown[], ReadingRow>(sql);
    if (!statement.reader) {
      statement.run(...bindings);
      return { id, rows: [], octetColumns: [] };
    }
    const rows = statement.all(...bindings);
    return { id, rows, octetColumns: octetColumnsOf(rows) };
  } catch (error) {
    // An error loses its class and its code on the way to another thread.
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { id, message: error instanceof Error ? error.message : String(error), code };
  }
}

function open(filename: string): SqliteDriver.Database {
  const opened = new SqliteDriver(filename, { readonly: true, fileMustExist: true, timeout: BUSY_WAIT_MS });
  // In KiB, as for the connection that writes.
  opened.pragma('cache_size = -65536');
  return opened;
}

function octetColumnsOf(rows: readonly ReadingRow[]): string[] {
  const found = new Set<string>();
  for (const row of rows) {
    for (const column in row) if (row[column] instanceof Uint8Array) found.add(column);
  }
  return [...found];
}
