/**
 * Sends what waits in a queue, under leases, so that several instances share the work and one that dies leaves nothing behind.
 * A message is sent at least once: one whose acceptance could not be written down (a crash between the two) leaves again, under the same identity.
 */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { countPending } from './delivery-queries.ts';
import type { QueueRow, QueueTable } from './queue-row.ts';
import { claimDue, prolongLeases, type Settlement, settle } from './queue-store.ts';
import { type Attempt, isGivenUp, pauseAfterMs, waitAfterMs } from './retry-rule.ts';

/** A way out, open for as long as there is something to send. */
export interface Outlet<Row> {
  /** Never rejects; an aborted signal ends it. */
  send(row: Row, signal: AbortSignal): Promise<Attempt>;
  close(): void;
}

export interface QueueSenderOptions<Row extends QueueRow> {
  readonly db: Database;
  readonly clock: Clock;
  readonly table: QueueTable;
  /** By what name leases are held: no two senders have the same one. */
  readonly owner: string;
  readonly open: () => Outlet<Row>;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'messages' | 'messagesQueued'>;
  readonly pollIntervalMs?: number;
  readonly sendMsMax?: number;
  /** How often leases are prolonged while something is being sent. */
  readonly heartbeatMs?: number;
}

const POLL_INTERVAL_MS = 5_000;
/** Longer than any way out waits by itself. */
const SEND_MS_MAX = 15 * 60_000;
/** What is being sent may still take so long when this closes. */
const CLOSE_MS_MAX = 300;
const CLAIM_ROWS = 20;
const AT_ONCE = 5;
/** Prolonged while it is needed: the other side may take minutes for one message, and one that has died keeps its messages no longer than this. */
const LEASE_MS = 120_000;
const HEARTBEAT_MS = LEASE_MS / 4;
const COUNT_INTERVAL_MS = 60_000;
const REASON_LENGTH_MAX = 500;

/** The sender of one queue of one running radmeter. */
export class QueueSender<Row extends QueueRow> {
  readonly #options: QueueSenderOptions<Row>;
  /** Nothing more is begun. */
  #isClosing = false;
  /** What has been begun is broken off. */
  readonly #breakOff = new AbortController();
  /** What became of messages, where the database did not take it: they are not sent again from here. */
  readonly #unsaved = new Map<number, Settlement>();
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  #timesAway = 0;
  #countedAt = Number.NEGATIVE_INFINITY;
  #isDatabaseAway = false;

  constructor(options: QueueSenderOptions<Row>) {
    this.#options = options;
  }

  /** Looks now and every five seconds. */
  start(): void {
    const { pollIntervalMs = POLL_INTERVAL_MS } = this.#options;
    this.#timer = setInterval(() => this.wake(), pollIntervalMs);
    this.#timer.unref();
    this.wake();
  }

  /** Sends what is due, unless that is being done already. */
  wake(): void {
    void this.drain().then(
      () => {
        this.#isDatabaseAway = false;
      },
      (error: unknown) => {
        const { logger, table } = this.#options;
        if (!this.#isDatabaseAway)
          logger.warn({ err: error, table }, 'messages cannot be sent; trying again');
        this.#isDatabaseAway = true;
      },
    );
  }

  /** Sends what is due now; resolves when nothing is. Rejects when the database cannot be asked. */
  drain(): Promise<void> {
    this.#draining ??= this.#drainOnce().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  /** Stops. What is being sent has a moment to end; then it is broken off, and sent again later under the same identity: whether the other side has taken it nobody knows, and twice is better than never. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#isClosing = true;
    const timer = setTimeout(() => this.#breakOff.abort(), CLOSE_MS_MAX);
    await this.#draining?.catch(() => {});
    clearTimeout(timer);
  }

  async #drainOnce(): Promise<void> {
    let outlet: Outlet<Row> | undefined;
    try {
      while (!this.#isClosing) {
        await this.#saveAgain();
        const rows = await this.#claim();
        if (rows.length === 0) break;
        outlet ??= this.#options.open();
        const isAway = await this.#sendHeld(outlet, rows);
        if (isAway) break;
      }
    } finally {
      outlet?.close();
    }
    await this.#count();
  }

  #claim(): Promise<Row[]> {
    const { db, clock, table, owner } = this.#options;
    const claim = { table, owner, limit: CLAIM_ROWS, leaseMs: LEASE_MS };
    return inTransaction(db, clock, (transaction) => claimDue<Row>(transaction, claim));
  }

  async #sendHeld(outlet: Outlet<Row>, rows: readonly Row[]): Promise<boolean> {
    const held = new Set(rows.map(({ id }) => id));
    const heartbeat = setInterval(() => void this.#prolong(held), this.#options.heartbeatMs ?? HEARTBEAT_MS);
    try {
      return await this.#sendAll(outlet, rows, held);
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** What another instance has by now is not begun here. A database that does not answer lets the leases end, which settling says. */
  async #prolong(held: Set<number>): Promise<void> {
    const { db, clock, table, owner } = this.#options;
    const ids = [...held];
    try {
      const prolong = { table, owner, leaseMs: LEASE_MS, ids };
      const ours = await inTransaction(db, clock, (transaction) => prolongLeases(transaction, prolong));
      for (const id of ids) if (!ours.includes(id)) held.delete(id);
      await this.#count();
    } catch {
      // The next beat comes before the lease ends.
    }
  }

  /** Returns whether the server was away; what has not been begun then waits for it without losing an attempt. */
  async #sendAll(outlet: Outlet<Row>, rows: readonly Row[], held: ReadonlySet<number>): Promise<boolean> {
    const waiting = [...rows];
    let isAway = false;
    const worker = async () => {
      for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
        if (!held.has(row.id)) continue;
        if (isAway || this.#isClosing) {
          await this.#settle(row.id, { kind: 'released', dueAt: this.#resumeAt(isAway) });
          continue;
        }
        const attempt = await this.#send(outlet, row);
        if (!attempt.isSent && attempt.isServerAway && !isAway) {
          isAway = true;
          this.#timesAway += 1;
        }
        await this.#settle(row.id, this.#judge(row, attempt));
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
    // What nobody could write down ends the round; the leases of the rest end by themselves.
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    if (!isAway) this.#timesAway = 0;
    return isAway;
  }

  #resumeAt(isAway: boolean): number {
    return this.#options.clock.now() + (isAway ? pauseAfterMs(this.#timesAway) : 0);
  }

  async #send(outlet: Outlet<Row>, row: Row): Promise<Attempt> {
    const { sendMsMax = SEND_MS_MAX } = this.#options;
    const inTime = AbortSignal.timeout(sendMsMax);
    const attempt = await outlet.send(row, AbortSignal.any([inTime, this.#breakOff.signal]));
    if (attempt.isSent) return attempt;
    if (this.#breakOff.signal.aborted)
      return { ...attempt, reason: 'radmeter was stopped while it was being sent', isServerAway: false };
    return inTime.aborted ? { ...attempt, reason: `no answer within ${sendMsMax / 1000} s` } : attempt;
  }

  #judge(row: Row, attempt: Attempt): Settlement {
    const { clock, logger, table, metrics } = this.#options;
    const method = METHOD_OF[table];
    if (attempt.isSent) {
      metrics.messages.inc({ method, outcome: 'sent' });
      return { kind: 'sent' };
    }
    const reason = attempt.reason.slice(0, REASON_LENGTH_MAX);
    const { attempts, created_at: createdAt } = row;
    const now = clock.now();
    if (isGivenUp(attempt, { attempts, ageMs: now - createdAt })) {
      metrics.messages.inc({ method, outcome: 'failed' });
      logger.error({ table, id: row.id, attempts, reason }, 'a message is given up');
      return { kind: 'failed', reason };
    }
    metrics.messages.inc({ method, outcome: 'retried' });
    logger.warn({ table, id: row.id, attempts, reason }, 'a message could not be sent; it waits');
    const { isCounted } = attempt;
    const dueAt = isCounted ? now + waitAfterMs(attempts) : this.#resumeAt(attempt.isServerAway);
    return { kind: 'retry', reason, dueAt, isCounted };
  }

  async #settle(id: number, settlement: Settlement): Promise<void> {
    const { db, clock, table, owner } = this.#options;
    try {
      await inTransaction(db, clock, (transaction) => settle(transaction, { table, id, owner }, settlement));
      this.#unsaved.delete(id);
    } catch (error) {
      // Until then its lease keeps it from others, and this map from us.
      this.#unsaved.set(id, settlement);
      throw error;
    }
  }

  async #saveAgain(): Promise<void> {
    for (const [id, settlement] of this.#unsaved) await this.#settle(id, settlement);
  }

  async #count(): Promise<void> {
    const { db, clock, table, metrics } = this.#options;
    const now = clock.now();
    if (Math.abs(now - this.#countedAt) < COUNT_INTERVAL_MS) return;
    this.#countedAt = now;
    metrics.messagesQueued.set({ method: METHOD_OF[table] }, await countPending(db, table));
  }
}

const METHOD_OF = { mail_queue: 'email', webhook_queue: 'sms' } as const satisfies Record<QueueTable, string>;
