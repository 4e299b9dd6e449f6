/** Every answer to a login in `radpostauth`, behind the answers: batches that wait for nobody, in a queue that ends. */
import type { BatchRunner, Column } from '../db/batch.ts';
import { withinCloseWait } from '../db/close-wait.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Octets } from '../radius/octets.ts';
import { cutText, displayText } from '../sessions/display-text.ts';

/** One answer. */
export interface PostAuthEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  /** User-Name as it was sent. */
  readonly userName: Octets | undefined;
  readonly reply: 'Access-Accept' | 'Access-Reject';
  /** Null where nothing was to be said. */
  readonly reason: string | null;
  /** Ours, printable. */
  readonly classToken: Octets | undefined;
}

export interface PostAuthLogOptions {
  readonly batches: BatchRunner;
  /** Whether an error is the fault of what was to be written, not of the database. */
  readonly isRecordFault: (error: unknown) => boolean;
  readonly metrics: Pick<Metrics, 'postAuthLost'>;
  readonly logger: Logger;
  /** How long it waits before it tries again what a database did not take. */
  readonly retryMs?: number;
  readonly entriesMax?: number;
}

const BATCH_ENTRIES = 500;
const GATHER_MS = 100;
const RETRY_MS = 1_000;
const ENTRIES_MAX = 20_000;
const LOGGED_EVERY_MS = 60_000;

export class PostAuthLog {
  readonly #options: PostAuthLogOptions;
  #queue: PostAuthEntry[] = [];
  #writing: Promise<void> | undefined;
  #isClosing = false;
  #endPause: (() => void) | undefined;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PostAuthLogOptions) {
    this.#options = options;
  }

  /** Takes an answer to write down; one too many, while the database is away, is lost, counted and said. */
  note(entry: PostAuthEntry): void {
    if (this.#queue.length >= (this.#options.entriesMax ?? ENTRIES_MAX)) this.#lose(1, 'the queue is full');
    else this.#queue.push(entry);
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Writes what is left; what a database does not take within a second is lost, counted and said. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#endPause?.();
    if (this.#writing !== undefined) await withinCloseWait(this.#writing, () => {});
    const left = this.#queue.splice(0).length;
    if (left > 0) this.#lose(left, 'the database did not take them before the end');
    await this.#options.batches.close();
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      // A commit for each would cost as much as the login itself.
      if (!this.#isClosing && this.#queue.length < BATCH_ENTRIES) await this.#pause(GATHER_MS);
      const batch = this.#queue.splice(0, BATCH_ENTRIES);
      const error = await this.#tryInsert(batch);
      if (error === undefined) continue;
      if (this.#options.isRecordFault(error)) await this.#writeEach(batch);
      else {
        this.#queue = [...batch, ...this.#queue];
        // Nobody waits for a database that is away.
        if (this.#isClosing) return;
        await this.#pause(this.#options.retryMs ?? RETRY_MS);
      }
    }
  }

  /** Leaves out what the database refuses, so that it does not stand in the way of the rest. */
  async #writeEach(batch: readonly PostAuthEntry[]): Promise<void> {
    for (const entry of batch) {
      const error = await this.#tryInsert([entry]);
      if (error === undefined) continue;
      if (this.#options.isRecordFault(error)) this.#lose(1, 'the database refused it');
      else this.#queue.unshift(entry);
    }
  }

  async #tryInsert(entries: readonly PostAuthEntry[]): Promise<unknown> {
    try {
      await this.#options.batches.run(async (batch) => batch.insert('radpostauth', COLUMNS, entries));
      return undefined;
    } catch (error) {
      return error ?? new Error('not written');
    }
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#endPause = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }

  #lose(count: number, why: string): void {
    const { metrics, logger } = this.#options;
    metrics.postAuthLost.inc(count);
    const now = performance.now();
    if (now - this.#loggedAt < LOGGED_EVERY_MS) return;
    this.#loggedAt = now;
    logger.error({ count }, `answers to logins are missing in radpostauth: ${why}`);
  }
}

const COLUMNS: readonly Column<PostAuthEntry>[] = [
  { name: 'username', kind: 'text', value: ({ userName }) => displayText(userName, 64) },
  // FreeRADIUS writes passwords here.
  { name: 'pass', kind: 'text', value: () => '' },
  { name: 'reply', kind: 'text', value: ({ reply }) => reply },
  { name: 'authdate', kind: 'session-time', value: ({ at }) => at },
  { name: 'class', kind: 'text', value: ({ classToken }) => classToken },
  {
    name: 'reason',
    kind: 'text',
    value: ({ reason }) => (reason === null ? undefined : cutText(reason, 64)),
  },
];
