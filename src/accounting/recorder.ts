/** Group commit: what queued while the last batch committed is the next one, and is answered when it is durable, in the database or in the spool. */
import { AppError } from '../errors.ts';
import { BatchWriter, type BatchWriterOptions } from './batch-writer.ts';
import type { Spool } from './spool.ts';
import { SpoolDrain, type SpoolDrainOptions } from './spool-drain.ts';
import type { PendingRequest } from './submission.ts';

export interface RecorderOptions<Outcome>
  extends BatchWriterOptions<Outcome>,
    Omit<SpoolDrainOptions<Outcome>, 'writer'> {
  readonly queueRecordsMax: number;
  /** Whether committing stops the event loop, so that it must wait for what the sockets still hold. */
  readonly isCommitBlocking: boolean;
  /** Called with requests that have been answered: what became of each, or one word for all of them. */
  readonly onAnswered?: (
    requests: readonly PendingRequest[],
    became: readonly Outcome[] | 'spooled' | 'set-aside',
  ) => void;
}

/** libuv reads at most this many datagrams in one turn of the loop: fewer mean that the socket is empty. */
const DATAGRAMS_PER_TURN = 32;
const UNANSWERED_LOG_INTERVAL_MS = 10_000;

export class Recorder<Outcome> {
  readonly #options: RecorderOptions<Outcome>;
  readonly #writer: BatchWriter<Outcome>;
  readonly #drain: SpoolDrain<Outcome>;
  readonly #spool: Spool;
  #queue: PendingRequest[] = [];
  #running: Promise<void> | undefined;
  #isClosing = false;
  #isSpoolUp = true;
  #unansweredLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RecorderOptions<Outcome>) {
    this.#options = options;
    this.#spool = options.spool;
    this.#writer = new BatchWriter(options);
    this.#drain = new SpoolDrain({ ...options, writer: this.#writer });
  }

  /** Whether a record could be made durable now, in the database or in the spool, as far as the last try of each has shown. */
  get isDurable(): boolean {
    return this.#drain.isDatabaseUp || this.#isSpoolUp || this.#probeSpool();
  }

  /** Whether the database took the last batch; nothing is asked. */
  get doesDatabaseTakeRecords(): boolean {
    return this.#drain.isDatabaseUp;
  }

  /** Tries whether the spool would take a record now, which costs a write. */
  canSpool(): boolean {
    return this.#probeSpool();
  }

  /** Moves what an earlier process left in the spool into the database; what comes meanwhile queues behind it. */
  start(): void {
    this.#drain.start();
  }

  /** Takes a request to be recorded and answered; returns false, and takes nothing, when the queue is full or closing. */
  submit(request: PendingRequest): boolean {
    if (this.#isClosing || this.#queue.length >= this.#options.queueRecordsMax) return false;
    this.#queue.push(request);
    this.#running ??= this.#run();
    return true;
  }

  /** Records everything that was taken, then stops. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#running;
    await this.#drain.close();
  }

  /** Leaves unanswered what is not in a batch yet. */
  abandonQueue(): void {
    for (const request of this.#queue) request.abandon();
    this.#queue = [];
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      if (this.#options.isCommitBlocking) await this.#gather();
      const batch = this.#queue.splice(0, this.#writer.batchRecords);
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

  /** Into the database, or behind what waits in the spool; then the answers (RFC 2866 §2). */
  async #record(batch: readonly PendingRequest[]): Promise<void> {
    if (this.#drain.isActive) {
      const refusal = this.#tryKeep(batch);
      // Keeping awaits nothing; sockets and the drain need their turn all the same.
      await endOfTurn();
      if (refusal === undefined) return;
      if (!this.#drain.isDatabaseUp) {
        this.#leaveUnanswered(batch, refusal);
        return;
      }
      // A full spool beside a database that is back: between two batches of the drain. Out of order is no harm.
    }
    const unfinished = await this.#writer.write(batch, (requests, outcomes) => {
      for (const request of requests) request.acknowledge();
      this.#options.onAnswered?.(requests, outcomes ?? 'set-aside');
      if (outcomes !== undefined) this.#options.onCommitted(requests, outcomes);
    });
    if (unfinished === undefined) return;
    const { error, unwritten } = unfinished;
    const reason = error instanceof AppError ? error.message : 'the database refused a batch';
    this.#options.logger.error(
      { err: error, records: unwritten.length },
      `${reason}; records go to the spool until it takes them`,
    );
    this.#drain.databaseFailed();
    const refusal = this.#tryKeep(unwritten);
    if (refusal !== undefined) this.#leaveUnanswered(unwritten, refusal);
  }

  /** Puts requests into the spool and answers them; returns why it does not take them. */
  #tryKeep(batch: readonly PendingRequest[]): unknown {
    try {
      this.#spool.append(batch);
    } catch (error) {
      this.#isSpoolUp = false;
      return error;
    }
    this.#isSpoolUp = true;
    for (const request of batch) request.acknowledge();
    this.#options.onAnswered?.(batch, 'spooled');
    this.#options.metrics.recordsSpooled.inc(batch.length);
    this.#options.metrics.spooledRecords.set(this.#spool.size);
    return undefined;
  }

  /** Nothing is acknowledged that is not durable; the NAS sends it again (RFC 2866 §2). */
  #leaveUnanswered(batch: readonly PendingRequest[], error: unknown): void {
    for (const request of batch) request.abandon();
    this.#options.metrics.batchFailures.inc({ outcome: 'unanswered' });
    const now = performance.now();
    if (now - this.#unansweredLoggedAt < UNANSWERED_LOG_INTERVAL_MS) return;
    this.#unansweredLoggedAt = now;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.error({ err: error, records: batch.length }, `${reason}; requests stay unanswered`);
  }

  /** Nobody sends records to a server whose Status-Server goes unanswered, so room in the spool is looked for when somebody asks. */
  #probeSpool(): boolean {
    try {
      this.#spool.probe();
      this.#isSpoolUp = true;
    } catch {
      this.#isSpoolUp = false;
    }
    return this.#isSpoolUp;
  }
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
