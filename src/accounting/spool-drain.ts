/** The way back: tries the database again while it is away, and moves what the spool holds into it, in order of arrival. */
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { BatchWriter } from './batch-writer.ts';
import type { Spool } from './spool.ts';
import type { ReceivedRequest, Submission } from './submission.ts';

export interface SpoolDrainOptions<Outcome> {
  readonly spool: Spool;
  readonly writer: BatchWriter<Outcome>;
  /** Decodes a kept request again. */
  readonly reopen: (received: ReceivedRequest) => Submission;
  readonly onCommitted: (submissions: readonly Submission[], outcomes: readonly Outcome[]) => void;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** How often a database that is away is tried. */
const RETRY_INTERVAL_MS = 1_000;
const WAITING_LOG_INTERVAL_MS = 60_000;

/** Runs while the database is away or records wait; nobody else writes batches in that time. */
export class SpoolDrain<Outcome> {
  readonly #options: SpoolDrainOptions<Outcome>;
  #running: Promise<void> | undefined;
  #isDatabaseUp = true;
  #isClosing = false;
  #endPause: () => void = () => undefined;
  #waitingSince: number | undefined;
  #waitingLoggedAt = 0;
  #undeletedLoggedAt = Number.NEGATIVE_INFINITY;
  #drainedRecords = 0;

  constructor(options: SpoolDrainOptions<Outcome>) {
    this.#options = options;
  }

  /** Whether batches are its alone now, so that whatever comes must queue in the spool. */
  get isActive(): boolean {
    return this.#running !== undefined;
  }

  /** Whether the database took what it was given last. */
  get isDatabaseUp(): boolean {
    return this.#isDatabaseUp;
  }

  /** Begins to drain what an earlier process left, if anything. */
  start(): void {
    if (this.#options.spool.size > 0) this.#activate();
  }

  /** Takes over from whoever found that the database does not take a batch. */
  databaseFailed(): void {
    this.#isDatabaseUp = false;
    this.#activate();
  }

  /** Ends after the batch under way; what the spool still holds waits for the next start. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#endPause();
    await this.#running;
    const { spool, logger } = this.#options;
    if (spool.size > 0) logger.warn({ records: spool.size }, 'records wait in the spool for the next start');
  }

  #activate(): void {
    if (this.#isClosing) return;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    this.#waitingSince = performance.now();
    this.#waitingLoggedAt = this.#waitingSince;
    this.#drainedRecords = 0;
    // Whoever activates us has something to put into the spool first.
    await Promise.resolve();
    while (!this.#isClosing && (!this.#isDatabaseUp || this.#options.spool.size > 0)) {
      const triedRecords = this.#options.writer.batchRecords;
      const error = await this.#advance();
      this.#options.metrics.spooledRecords.set(this.#options.spool.size);
      this.#isDatabaseUp = error === undefined;
      if (error === undefined) continue;
      this.#logWaiting(error);
      // A database that is only slow may take a smaller batch at once.
      if (this.#options.writer.batchRecords === triedRecords) await this.#pause();
    }
    this.#running = undefined;
    if (!this.#isClosing) this.#logDrained();
  }

  /** Moves one batch, or only asks the database whether it is there; returns the error that stopped it. */
  async #advance(): Promise<unknown> {
    const { spool, writer, reopen, onCommitted } = this.#options;
    if (spool.size === 0) return writer.probe();
    try {
      const oldest = spool.oldest(writer.batchRecords);
      if (oldest.length === 0) {
        spool.recount();
        // Nothing was awaited: sockets and timers need their turn.
        await new Promise((resolve) => setImmediate(resolve));
        return undefined;
      }
      const waiting = oldest.map((spooled) => ({ ...reopen(spooled), id: spooled.id }));
      const unfinished = await writer.write(waiting, (submissions, outcomes) => {
        this.#drainedRecords += submissions.length;
        if (outcomes !== undefined) onCommitted(submissions, outcomes);
      });
      const writtenCount = waiting.length - (unfinished?.unwritten.length ?? 0);
      const written = waiting[writtenCount - 1];
      if (written !== undefined) this.#remove(written.id, writtenCount);
      return unfinished?.error;
    } catch (error) {
      // The spool itself cannot be read or changed.
      return error;
    }
  }

  /** What cannot be deleted, on a full disk, is in the database all the same: the drain goes on. */
  #remove(throughId: number, count: number): void {
    try {
      this.#options.spool.remove(throughId, count);
    } catch (error) {
      const now = performance.now();
      if (now - this.#undeletedLoggedAt < WAITING_LOG_INTERVAL_MS) return;
      this.#undeletedLoggedAt = now;
      this.#options.logger.error(
        { err: error },
        'records that are in the database cannot be deleted from the spool',
      );
    }
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, RETRY_INTERVAL_MS);
      timer.unref();
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#isClosing) this.#endPause();
    });
  }

  #logWaiting(error: unknown): void {
    const now = performance.now();
    if (now - this.#waitingLoggedAt < WAITING_LOG_INTERVAL_MS) return;
    this.#waitingLoggedAt = now;
    const { spool, logger } = this.#options;
    logger.error({ err: error, records: spool.size }, 'the database still takes no records');
  }

  #logDrained(): void {
    const seconds = Math.round((performance.now() - (this.#waitingSince ?? 0)) / 1000);
    this.#options.logger.info({ records: this.#drainedRecords, seconds }, 'the database takes records again');
  }
}
