/** Group commit: what queued while the last batch committed is the next one, and is answered when it is durable. */
import type { BatchRunner, BatchTransaction } from '../db/batch.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { insertSetAside } from './set-aside-store.ts';
import type { PendingRequest, Submission } from './submission.ts';

/** Decides and writes a batch inside its transaction; returns, one for each submission, what became of it. */
export type Meter<Outcome> = (
  batch: BatchTransaction,
  submissions: readonly Submission[],
) => Promise<readonly Outcome[]>;

export interface RecorderOptions<Outcome> {
  readonly batches: BatchRunner;
  readonly meter: Meter<Outcome>;
  /** Whether an error says that the transaction lost a race and may be decided again from fresh rows. */
  readonly isRetryable: (error: unknown) => boolean;
  /** Whether an error is the fault of what was to be written, not of the database. */
  readonly isRecordFault: (error: unknown) => boolean;
  readonly batchRecordsMax: number;
  readonly queueRecordsMax: number;
  /** Whether committing stops the event loop, so that it must wait for what the sockets still hold. */
  readonly isCommitBlocking: boolean;
  readonly onCommitted: (submissions: readonly Submission[], outcomes: readonly Outcome[]) => void;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const RETRIES_MAX = 10;
/** libuv reads at most this many datagrams in one turn of the loop: fewer mean that the socket is empty. */
const DATAGRAMS_PER_TURN = 32;
const FAILURE_LOG_INTERVAL_MS = 10_000;
/** How often a database that failed is tried without anything to record: a NAS may wait for a Status-Server's answer before it sends more. */
const PROBE_INTERVAL_MS = 1_000;

export class Recorder<Outcome> {
  readonly #options: RecorderOptions<Outcome>;
  #queue: PendingRequest[] = [];
  #running: Promise<void> | undefined;
  #isClosing = false;
  #isDurable = true;
  #failureLoggedAt = Number.NEGATIVE_INFINITY;
  #probe: NodeJS.Timeout | undefined;

  constructor(options: RecorderOptions<Outcome>) {
    this.#options = options;
  }

  /** Whether a record could be made durable now, as far as the last batch or the last empty try since has shown. */
  get isDurable(): boolean {
    return this.#isDurable;
  }

  /** Takes a request to be recorded and answered; returns false, and takes nothing, when the queue is full or closing. */
  submit(submission: PendingRequest): boolean {
    if (this.#isClosing || this.#queue.length >= this.#options.queueRecordsMax) return false;
    this.#queue.push(submission);
    this.#running ??= this.#run();
    return true;
  }

  /** Records everything that was taken, then stops. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#probe);
    await this.#running;
  }

  /** Leaves unanswered what is not in a batch yet. */
  abandonQueue(): void {
    for (const submission of this.#queue) submission.abandon();
    this.#queue = [];
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      if (this.#options.isCommitBlocking) await this.#gather();
      const batch = this.#queue.splice(0, this.#options.batchRecordsMax);
      this.#options.metrics.queuedRecords.set(this.#queue.length);
      await this.#record(batch);
    }
    this.#running = undefined;
  }

  /** Waits while every turn of the loop still fills its share of datagrams. */
  async #gather(): Promise<void> {
    // The first immediate ends the turn that is under way, which has read its share already.
    await endOfTurn();
    for (;;) {
      const before = this.#queue.length;
      await endOfTurn();
      const isDrained = this.#queue.length - before < DATAGRAMS_PER_TURN;
      if (isDrained || this.#queue.length >= this.#options.batchRecordsMax) return;
    }
  }

  /** Commits and answers; a batch that a record of it makes impossible is halved until the record stands alone. */
  async #record(batch: readonly PendingRequest[]): Promise<void> {
    const outcomes = await this.#tryCommit(batch);
    if (outcomes.ok) {
      this.#isDurable = true;
      this.#options.metrics.batchRecords.observe(batch.length);
      for (const submission of batch) submission.acknowledge();
      this.#options.onCommitted(batch, outcomes.value);
    } else if (!this.#options.isRecordFault(outcomes.error)) {
      this.#leaveUnanswered(batch, outcomes.error);
    } else if (batch.length === 1) {
      await this.#setAside(batch, outcomes.error);
    } else {
      this.#options.metrics.batchFailures.inc({ outcome: 'bisected' });
      const half = Math.ceil(batch.length / 2);
      await this.#record(batch.slice(0, half));
      await this.#record(batch.slice(half));
    }
  }

  /** The one catch per batch. */
  async #tryCommit(
    batch: readonly Submission[],
  ): Promise<{ ok: true; value: readonly Outcome[] } | { ok: false; error: unknown }> {
    try {
      return { ok: true, value: await this.#commit(batch) };
    } catch (error) {
      return { ok: false, error };
    }
  }

  async #commit(batch: readonly Submission[]): Promise<readonly Outcome[]> {
    for (let retries = 0; ; retries++) {
      try {
        return await this.#options.batches.run((transaction) => this.#options.meter(transaction, batch));
      } catch (error) {
        if (retries >= RETRIES_MAX || !this.#options.isRetryable(error)) throw error;
        this.#options.metrics.batchFailures.inc({ outcome: 'retried' });
      }
    }
  }

  async #setAside(batch: readonly PendingRequest[], error: unknown): Promise<void> {
    const reason = 'refused-by-database';
    const detail = error instanceof Error ? error.message : String(error);
    const rows = batch.map((submission) => ({ submission, reason, detail }));
    try {
      await this.#options.batches.run(async (transaction) => insertSetAside(transaction, rows));
    } catch (setAsideError) {
      this.#leaveUnanswered(batch, setAsideError);
      return;
    }
    for (const submission of batch) submission.acknowledge();
    this.#isDurable = true;
    this.#options.metrics.recordsSetAside.inc({ reason });
    this.#options.logger.error({ err: error }, 'a record the database refuses was set aside');
  }

  /** Nothing is acknowledged that is not durable; the NAS sends it again (RFC 2866 §2). */
  #leaveUnanswered(batch: readonly PendingRequest[], error: unknown): void {
    this.#isDurable = false;
    this.#probeLater();
    for (const submission of batch) submission.abandon();
    this.#options.metrics.batchFailures.inc({ outcome: 'unanswered' });
    const now = performance.now();
    if (now - this.#failureLoggedAt < FAILURE_LOG_INTERVAL_MS) return;
    this.#failureLoggedAt = now;
    const reason = error instanceof AppError ? error.message : 'the database refused a batch';
    this.#options.logger.error({ err: error, records: batch.length }, `${reason}; requests stay unanswered`);
  }

  /** Tries the database when nothing else does; a probe is a batch like any other, so that never two run at once. */
  #probeLater(): void {
    clearTimeout(this.#probe);
    if (this.#isClosing) return;
    this.#probe = setTimeout(() => {
      if (!this.#isDurable) this.#running ??= this.#tryEmptyBatch().then(() => this.#run());
    }, PROBE_INTERVAL_MS);
    this.#probe.unref();
  }

  async #tryEmptyBatch(): Promise<void> {
    try {
      await this.#options.batches.run((transaction) => transaction.flush());
      this.#isDurable = true;
      this.#options.logger.info('the database takes records again');
    } catch {
      this.#probeLater();
    }
  }
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
