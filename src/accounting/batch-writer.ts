/** Batches into the database: a lost race is decided again, and a record the database refuses is found by halving and set aside. */
import type { BatchRunner, BatchTransaction } from '../db/batch.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { BatchSize } from './batch-size.ts';
import { insertSetAside } from './set-aside-store.ts';
import type { Submission } from './submission.ts';

/** Decides and writes a batch inside its transaction; returns, one for each submission, what became of it. */
export type Meter<Outcome> = (
  batch: BatchTransaction,
  submissions: readonly Submission[],
) => Promise<readonly Outcome[]>;

export interface BatchWriterOptions<Outcome> {
  readonly batches: BatchRunner;
  readonly meter: Meter<Outcome>;
  /** Whether an error says that the transaction lost a race and may be decided again from fresh rows. */
  readonly isRetryable: (error: unknown) => boolean;
  /** Whether an error is the fault of what was to be written, not of the database. */
  readonly isRecordFault: (error: unknown) => boolean;
  /** The most records committed together. */
  readonly batchRecordsMax: number;
  /** A race lost again and again is given up after so many milliseconds. */
  readonly retryMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Called with what has been committed; `outcomes` is undefined for a record that the database refused and that was set aside. */
export type OnWritten<Outcome, S> = (
  submissions: readonly S[],
  outcomes: readonly Outcome[] | undefined,
) => void;

/** Why a batch stopped, and what of it is not in the database: always its end, so that order is kept. */
export interface UnfinishedBatch<S> {
  readonly error: unknown;
  readonly unwritten: readonly S[];
}

const RETRIES_MAX = 10;

/** Writes batches, one at a time. */
export class BatchWriter<Outcome> {
  readonly #options: BatchWriterOptions<Outcome>;
  readonly #size: BatchSize;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(options: BatchWriterOptions<Outcome>) {
    this.#options = options;
    this.#size = new BatchSize(options.batchRecordsMax);
  }

  /** How many records the next batch should have at most: fewer after a database did not finish in time, so that a slow one is caught up with; more again with success. */
  get batchRecords(): number {
    return this.#size.records;
  }

  /** Writes a batch once the one before is through, calling back after each commit; returns what the database, being away or broken, did not take. Never throws. */
  write<S extends Submission>(
    batch: readonly S[],
    onWritten: OnWritten<Outcome, S>,
  ): Promise<UnfinishedBatch<S> | undefined> {
    const written = this.#lastWrite.then(async () => {
      const unfinished = await this.#write(batch, onWritten);
      if (unfinished === undefined) this.#size.succeeded(batch.length);
      else this.#size.failed(batch.length);
      return unfinished;
    });
    this.#lastWrite = written;
    return written;
  }

  async #write<S extends Submission>(
    batch: readonly S[],
    onWritten: OnWritten<Outcome, S>,
  ): Promise<UnfinishedBatch<S> | undefined> {
    const committed = await this.#tryCommit(batch);
    if (committed.ok) {
      this.#options.metrics.batchRecords.observe(batch.length);
      onWritten(batch, committed.outcomes);
      return undefined;
    }
    const { error } = committed;
    if (!this.#options.isRecordFault(error)) return { error, unwritten: batch };
    if (batch.length === 1) return this.#setAside(batch, error, onWritten);
    this.#options.metrics.batchFailures.inc({ outcome: 'bisected' });
    const middle = Math.ceil(batch.length / 2);
    const rest = batch.slice(middle);
    const unfinished = await this.#write(batch.slice(0, middle), onWritten);
    if (unfinished === undefined) return this.#write(rest, onWritten);
    return { error: unfinished.error, unwritten: [...unfinished.unwritten, ...rest] };
  }

  /** Tries the database with nothing to write; returns the error where it does not answer. Never throws. */
  async probe(): Promise<unknown> {
    try {
      await this.#options.batches.run((transaction) => transaction.flush());
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** The one catch per batch. */
  async #tryCommit(
    batch: readonly Submission[],
  ): Promise<{ ok: true; outcomes: readonly Outcome[] } | { ok: false; error: unknown }> {
    const { batches, meter, isRetryable, retryMs, metrics } = this.#options;
    const givenUpAt = performance.now() + retryMs;
    for (let retries = 0; ; retries++) {
      try {
        return { ok: true, outcomes: await batches.run((transaction) => meter(transaction, batch)) };
      } catch (error) {
        const isTimeUp = retries >= RETRIES_MAX || performance.now() >= givenUpAt;
        if (isTimeUp || !isRetryable(error)) return { ok: false, error };
        metrics.batchFailures.inc({ outcome: 'retried' });
      }
    }
  }

  async #setAside<S extends Submission>(
    batch: readonly S[],
    error: unknown,
    onWritten: OnWritten<Outcome, S>,
  ): Promise<UnfinishedBatch<S> | undefined> {
    const { batches, logger, metrics } = this.#options;
    const reason = 'refused-by-database';
    const detail = error instanceof Error ? error.message : String(error);
    const rows = batch.map((submission) => ({ submission, reason, detail }));
    try {
      await batches.run(async (transaction) => insertSetAside(transaction, rows));
    } catch (setAsideError) {
      return { error: setAsideError, unwritten: batch };
    }
    metrics.recordsSetAside.inc({ reason });
    logger.error({ err: error }, 'a record the database refuses was set aside');
    onWritten(batch, undefined);
    return undefined;
  }
}
