/** The spool: requests that are acknowledged while the database is away, in a local SQLite file, fsynced (design: spool). */
import { join } from 'node:path';
import { openSqliteFile, type SqliteHandle } from '../db/sqlite.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { ReceivedRequest } from './submission.ts';

/** A request in the spool; ids grow in the order of arrival. */
export interface SpooledRequest extends ReceivedRequest {
  readonly id: number;
}

export interface SpoolOptions {
  readonly filename: string;
  /** The most the file may grow to, in bytes. */
  readonly maxBytes: number;
}

interface Row {
  id: number;
  arrived_at: number;
  source_address: string;
  source_port: number;
  clock_offset_ms: number | null;
  packet: Buffer;
}

// AUTOINCREMENT: an id is never given twice, also after the table was empty.
const TABLE = `CREATE TABLE IF NOT EXISTS spooled (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  arrived_at INTEGER NOT NULL,
  source_address TEXT NOT NULL,
  source_port INTEGER NOT NULL,
  clock_offset_ms INTEGER,
  packet BLOB NOT NULL
)`;

const INSERT =
  'INSERT INTO spooled (arrived_at, source_address, source_port, clock_offset_ms, packet) VALUES (?, ?, ?, ?, ?)';
const OLDEST = `SELECT id, arrived_at, source_address, source_port, clock_offset_ms, packet
  FROM spooled WHERE id > ? ORDER BY id LIMIT ?`;
const FIGURES = 'SELECT COUNT(*) AS records, MIN(arrived_at) AS oldest FROM spooled WHERE id > ?';

/** As large as the largest packet: room for it is room for any (RFC 2865 §3). */
const PROBE_BYTES = 4096;
const BATCH_PAGES_MAX = 1024;

/** Returns where the spool of a state directory is. */
export function spoolPath(stateDir: string): string {
  return join(stateDir, 'spool.db');
}

/** Returns the spool of a state directory, open. Where it cannot be opened the daemon still serves: only a database that is away then leaves requests unanswered, which is said loudly. */
export function openSpool(options: {
  readonly stateDir: string;
  readonly maxBytes: number;
  readonly logger: Logger;
}): Spool {
  const { stateDir, maxBytes, logger } = options;
  const spool = new Spool({ filename: spoolPath(stateDir), maxBytes });
  try {
    spool.open();
    if (spool.size > 0) logger.warn({ records: spool.size }, 'the spool holds records of before');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.error({ err: error }, `${reason}; while the database is away requests would stay unanswered`);
  }
  return spool;
}

/** A bounded queue on disk. What it took is there after a crash; what was removed may come again after one, which changes nothing. */
export class Spool {
  readonly #options: SpoolOptions;
  #handle: SqliteHandle | undefined;
  #records = 0;
  /** What lies at or before this id is in the database, also where it could not be deleted yet. */
  #doneId = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** How many requests wait. */
  get size(): number {
    return this.#records;
  }

  /** Opens the file and counts what an earlier process left. Throws AppError `unavailable` where it cannot be opened or is no spool; a later append tries again. */
  open(): void {
    if (this.#handle !== undefined) return;
    const { filename, maxBytes } = this.#options;
    let handle: SqliteHandle | undefined;
    try {
      handle = openSqliteFile(filename);
      handle.exec(TABLE);
      const pageBytes = Number(handle.pragma('page_size', { simple: true }));
      handle.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`);
      this.#records = readFigures(handle, this.#doneId).records;
      this.#handle = handle;
    } catch (error) {
      handle?.close();
      throw this.#unusable(error);
    }
  }

  /** Adds requests behind those that wait; they are durable when it returns. Throws AppError `unavailable`, and takes none, when there is no room. */
  append(requests: readonly ReceivedRequest[]): void {
    this.open();
    this.#write((handle) => {
      const insert = handle.prepare(INSERT);
      for (const request of requests) {
        const { arrivedAt, sourceAddress, sourcePort, clockOffsetMs, bytes } = request;
        insert.run(arrivedAt, sourceAddress, sourcePort, clockOffsetMs ?? null, bytes);
      }
    });
    this.#records += requests.length;
  }

  /** Throws AppError `unavailable` when not even one request could be added now. */
  probe(): void {
    this.open();
    this.#write((handle) => {
      const { lastInsertRowid } = handle.prepare(INSERT).run(0, '', 0, null, Buffer.alloc(PROBE_BYTES));
      handle.prepare('DELETE FROM spooled WHERE id = ?').run(lastInsertRowid);
    });
  }

  /** Returns the requests that have waited longest, in order of arrival. */
  oldest(limit: number): SpooledRequest[] {
    return this.#read((handle) => readOldest(handle, this.#doneId, limit));
  }

  /** Returns when the request that has waited longest arrived (epoch milliseconds); undefined when none waits, or when that cannot be read. */
  oldestArrivedAt(): number | undefined {
    if (this.#records === 0 || this.#handle === undefined) return undefined;
    return readOldest(this.#handle, this.#doneId, 1)[0]?.arrivedAt;
  }

  /** Counts again: another process may have been given the same state directory. */
  recount(): void {
    this.#records = this.#read((handle) => readFigures(handle, this.#doneId)).records;
  }

  /** Takes note that the oldest requests, `count` of them up to this id, are in the database. Throws AppError `unavailable` when they cannot be deleted yet; they are not given out again all the same. */
  remove(throughId: number, count: number): void {
    this.#doneId = throughId;
    this.#records -= count;
    this.#write((handle) => {
      handle.prepare('DELETE FROM spooled WHERE id <= ?').run(throughId);
    });
    if (this.#records === 0) this.#shrink();
  }

  close(): void {
    this.#handle?.close();
    this.#handle = undefined;
  }

  #opened(): SqliteHandle {
    this.open();
    if (this.#handle === undefined) throw new Error('The spool is not open after opening it.');
    return this.#handle;
  }

  #write(change: (handle: SqliteHandle) => void): void {
    const handle = this.#opened();
    try {
      handle.transaction(() => change(handle)).immediate();
    } catch (error) {
      throw this.#unusable(error);
    }
  }

  /** A file that is found damaged is let go of, so that it can be moved away while the daemon runs. */
  #read<T>(read: (handle: SqliteHandle) => T): T {
    const handle = this.#opened();
    try {
      return read(handle);
    } catch (error) {
      this.close();
      throw this.#unusable(error);
    }
  }

  /** An outage may leave a gigabyte of free pages behind, which nobody should have to wonder about. */
  #shrink(): void {
    try {
      this.#handle?.exec('VACUUM');
      this.#handle?.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // The file stays as large as it was; the next outage uses the room.
    }
  }

  #unusable(error: unknown): AppError {
    const { filename, maxBytes } = this.#options;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = this.#isAtMaximum(code)
      ? `it has reached spool-max, ${maxBytes} bytes`
      : (REASONS[code] ?? (error instanceof Error ? error.message : String(error)));
    return new AppError('unavailable', `the spool ${filename} cannot be used: ${reason}`, { cause: error });
  }

  /** SQLite says "full" of the disk and of its own limit alike. */
  #isAtMaximum(code: string): boolean {
    if (code !== 'SQLITE_FULL' || this.#handle === undefined) return false;
    const pages = Number(this.#handle.pragma('page_count', { simple: true }));
    // What did not fit has been rolled back: a batch's worth of pages may be missing to the limit.
    return pages + BATCH_PAGES_MAX >= Number(this.#handle.pragma('max_page_count', { simple: true }));
  }
}

const REASONS: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'the disk is full',
  SQLITE_NOTADB: 'it is no SQLite file; move it away',
  SQLITE_CORRUPT: 'it is damaged; move it away and keep it, what it holds was acknowledged',
  SQLITE_READONLY: 'it is read-only',
  SQLITE_CANTOPEN: 'it cannot be opened; is its directory there and ours to write?',
};

/** Returns how many requests a spool holds behind an id, and when the oldest arrived (epoch milliseconds, null in an empty one). */
export function readFigures(handle: SqliteHandle, afterId = 0): { records: number; oldest: number | null } {
  const row = handle.prepare<[number], { records: number; oldest: number | null }>(FIGURES).get(afterId);
  return row ?? { records: 0, oldest: null };
}

/** Returns the requests of a spool behind an id, in order of arrival. */
export function readOldest(handle: SqliteHandle, afterId: number, limit: number): SpooledRequest[] {
  return handle.prepare<[number, number], Row>(OLDEST).all(afterId, limit).map(requestOf);
}

function requestOf(row: Row): SpooledRequest {
  return {
    id: row.id,
    sourceAddress: row.source_address,
    sourcePort: row.source_port,
    arrivedAt: row.arrived_at,
    clockOffsetMs: row.clock_offset_ms ?? undefined,
    bytes: row.packet,
  };
}
