/** One reading thread as those who ask it see it: a query goes there, its answer comes back, and one that takes too long is given up. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import SqliteDriver from 'better-sqlite3';
import { AppError } from '../errors.ts';
import type { ReadingAnswer, ReadingRequest, ReadingRow } from './sqlite-reading-worker.ts';

export interface ReadingThreadOptions {
  readonly filename: string;
  /** How long one query may take. */
  readonly queryMsMax: number;
}

interface Waiting {
  readonly resolve: (rows: ReadingRow[]) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Sources run as they are, the build as JavaScript: the worker's file ends as this one does. */
const WORKER = new URL(
  `./sqlite-reading-worker${extname(new URL(import.meta.url).pathname)}`,
  import.meta.url,
);

export class ReadingThread {
  readonly #worker: Worker;
  readonly #queryMsMax: number;
  readonly #waiting = new Map<number, Waiting>();
  /** Resolves once the thread is gone, which is not before the query it is in has ended. */
  readonly ended: Promise<void>;
  #lastId = 0;
  #isAlive = true;

  constructor({ filename, queryMsMax }: ReadingThreadOptions) {
    this.#queryMsMax = queryMsMax;
    // Flags that the process was begun with are about its own entry file.
    this.#worker = new Worker(WORKER, { workerData: filename, execArgv: [] });
    this.#worker.on('message', (answer: ReadingAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#endFor(error));
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#endFor(new AppError('unavailable', 'the thread that reads the database has ended'));
        resolve();
      });
    });
  }

  /** Whether it still takes queries. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Returns the rows of a query; rejects with the driver's error, and with AppError `unavailable` for one that took too long, after which the thread takes no more. */
  read(sql: string, bindings: readonly unknown[]): Promise<ReadingRow[]> {
    if (!this.#isAlive) {
      return Promise.reject(new AppError('unavailable', 'the thread that reads the database has ended'));
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(), this.#queryMsMax);
      this.#waiting.set(id, { resolve, reject, timer });
      const request: ReadingRequest = { id, sql, bindings };
      this.#worker.postMessage(request);
    });
  }

  /** Takes no more queries and refuses what waits. */
  end(): void {
    this.#endFor(new AppError('unavailable', 'reading the database was stopped'));
  }

  #giveUp(): void {
    const seconds = this.#queryMsMax / 1000;
    this.#endFor(new AppError('unavailable', `a query took longer than ${seconds} s and was given up`));
  }

  #settle(answer: ReadingAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ('rows' in answer) waiting.resolve(rowsOf(answer));
    else waiting.reject(new SqliteDriver.SqliteError(answer.message, answer.code));
  }

  #endFor(error: Error): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
    // A statement under way cannot be interrupted: the thread ends with it, and nobody listens any more.
    void this.#worker.terminate();
  }
}

/** Buffers lose their class between threads; whoever reads rows expects what the driver gives. */
function rowsOf({ rows, octetColumns }: Extract<ReadingAnswer, { rows: unknown }>): ReadingRow[] {
  return octetColumns.length === 0
    ? [...rows]
    : rows.map((row) => ({ ...row, ...buffersOf(row, octetColumns) }));
}

function buffersOf(row: ReadingRow, columns: readonly string[]): ReadingRow {
  return Object.fromEntries(
    columns.map((column) => {
      const value = row[column];
      return [
        column,
        value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value,
      ];
    }),
  );
}
