/** Carries intents out: takes them under leases, so that several instances share them and one that dies leaves nothing behind, asks the NASes, and writes down what came of it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { presumeGone } from '../sessions/presume-closed.ts';
import { claimIntents, endAcknowledged, type Settlement, settleIntent, takeAnswered } from './claim-store.ts';

import { type Intent, NOT_SENT } from './intent.ts';
import { countLiveIntents } from './intent-queries.ts';
import type { NasLineOptions } from './nas-line.ts';
import { NasLines } from './nas-lines.ts';
import { type Performance, type PerformanceContext, perform } from './perform.ts';

export interface EnforcerOptions extends Omit<PerformanceContext, 'lines'> {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'intents' | 'intentSeconds' | 'liveIntents'>;
  /** By what name leases are held: no two enforcers have the same one. */
  readonly owner: string;
  /** Whether anything is sent; where not, due intents end as such once others had time to send them. */
  readonly isSending: boolean;
  readonly requester?: NasLineOptions['requester'];
  readonly perSecond?: number;
  readonly pollIntervalMs?: number;
  /** How long the Stop of a session that was acknowledged may take; 30 s if not given. */
  readonly confirmMs?: number;
}

const POLL_INTERVAL_MS = 1_000;
const LEASE_MS = 30_000;
const CONFIRM_MS = 30_000;
/** So many that a NAS which is silent with hundreds of sessions keeps no other one waiting for long. */
const AT_ONCE = 2_048;
const CLAIMED_AT_ONCE = 256;
/** How long another instance, which may be sending, has for an intent that this one is not to send. */
const OTHERS_FIRST_MS = 10_000;
const CLOSE_MS_MAX = 800;
const COUNT_INTERVAL_MS = 10_000;
/** A change that could not be made is tried again after these; a disconnection is decided anew by what its session reports. */
const CHANGE_AGAIN_MS = [60_000, 300_000, 900_000] as const;

/** The enforcer of one running radmeter. */
export class Enforcer {
  readonly #options: EnforcerOptions;
  readonly #lines: NasLines;
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isWoken = false;
  #isClosing = false;
  #isDatabaseAway = false;
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(options: EnforcerOptions) {
    this.#options = options;
    const { requester, perSecond } = options;
    this.#lines = new NasLines({ requester, perSecond });
  }

  /** Looks now and every second. */
  start(): void {
    this.#timer = setInterval(() => this.wake(), this.#options.pollIntervalMs ?? POLL_INTERVAL_MS);
    this.#timer.unref();
    this.wake();
  }

  /** Takes what is due, now. */
  wake(): void {
    this.#isWoken = true;
    this.#round ??= this.#rounds().finally(() => {
      this.#round = undefined;
    });
  }

  /** Takes what is due now and resolves when all of it, and what came meanwhile, has an outcome. */
  async drain(): Promise<void> {
    do {
      this.wake();
      await this.#round;
      await Promise.all(this.#underWay);
    } while (this.#isWoken);
  }

  /** Stops: nothing more is sent, and what waits for an answer is given back to be done again, within a second. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#timer);
    const ended = (async () => {
      await this.#lines.close();
      await this.#round;
      await Promise.all(this.#underWay);
    })();
    const abort = new AbortController();
    await Promise.race([ended, pause(CLOSE_MS_MAX, undefined, { signal: abort.signal }).catch(() => {})]);
    abort.abort();
  }

  async #rounds(): Promise<void> {
    while (this.#isWoken && !this.#isClosing) {
      this.#isWoken = false;
      try {
        await this.#confirm();
        await this.#take();
        await this.#lines.closeIdle();
        await this.#count();
        this.#isDatabaseAway = false;
      } catch (error) {
        if (!this.#isDatabaseAway)
          this.#options.logger.warn({ err: error }, 'what is decided cannot be carried out; trying again');
        this.#isDatabaseAway = true;
      }
    }
  }

  /** Leaves the rest in the table, for the others, once this one has its hands full. */
  async #take(): Promise<void> {
    const { db, clock, owner, isSending } = this.#options;
    const limit = Math.min(CLAIMED_AT_ONCE, AT_ONCE - this.#underWay.size);
    if (limit <= 0) return;
    const dueBy = clock.now() - (isSending ? 0 : OTHERS_FIRST_MS);
    const intents = await inTransaction(db, clock, (transaction) =>
      claimIntents(transaction, { owner, limit, leaseMs: LEASE_MS, dueBy }),
    );
    for (const intent of intents) this.#begin(intent);
    if (intents.length === limit) this.#isWoken = true;
  }

  #begin(intent: Intent): void {
    const carried = this.#carryOut(intent)
      .catch((error: unknown) => {
        // Its lease ends by itself, and then somebody tries again.
        this.#options.logger.warn({ err: error, intent: intent.id }, 'an intent could not be carried out');
      })
      .finally(() => {
        this.#underWay.delete(carried);
        if (this.#underWay.size >= AT_ONCE - 1) this.wake();
      });
    this.#underWay.add(carried);
  }

  async #carryOut(intent: Intent): Promise<void> {
    const { clock, metrics, isSending } = this.#options;
    if (!isSending) {
      const outcome = 'Nothing was sent: this radmeter only watches (setting enforce).';
      await this.#settle(intent, { kind: 'ended', status: NOT_SENT, outcome, detail: null });
      return;
    }
    if (this.#isClosing) {
      await this.#settle(intent, { kind: 'released', dueAt: clock.now() });
      return;
    }
    const askedAt = clock.now();
    const performance = await perform(intent, { ...this.#options, lines: this.#lines }, () => {
      if (intent.attemptCount === 1)
        metrics.intentSeconds.observe(Math.max(0, clock.now() - intent.createdAt) / 1000);
    });
    await this.#settle(intent, this.#settlementOf(intent, performance), askedAt);
  }

  #settlementOf(intent: Intent, performance: Performance): Settlement {
    const now = this.#options.clock.now();
    const { outcome, detail } = performance;
    const againMs = CHANGE_AGAIN_MS[intent.attemptCount - 1];
    switch (performance.kind) {
      case 'not-now':
        return { kind: 'released', dueAt: this.#isClosing ? now : now + 1_000 };
      case 'acknowledged':
        return performance.isChange
          ? { kind: 'ended', status: 'done', outcome, detail }
          : {
              kind: 'acknowledged',
              outcome,
              detail,
              dueAt: now + (this.#options.confirmMs ?? CONFIRM_MS),
            };
      case 'later':
        return againMs === undefined
          ? { kind: 'ended', status: 'refused', outcome, detail }
          : { kind: 'again', dueAt: now + againMs, outcome, detail };
      case 'ended':
        return performance.status === 'no-answer' && intent.kind === 'coa' && againMs !== undefined
          ? { kind: 'again', dueAt: now + againMs, outcome, detail }
          : { kind: 'ended', status: performance.status, outcome, detail };
    }
  }

  async #settle(intent: Intent, settlement: Settlement, askedAt?: number): Promise<void> {
    const { db, clock, owner, logger, metrics } = this.#options;
    const isOurs = await inTransaction(db, clock, async (transaction) => {
      // Sessions are locked before intents (design §4).
      if (settlement.kind === 'ended' && settlement.status === 'gone' && askedAt !== undefined)
        await presumeGone(transaction, intent.sessionId, askedAt);
      return settleIntent(transaction, { id: intent.id, owner }, settlement);
    });
    if (!isOurs || settlement.kind === 'released') return;
    const status = settlement.kind === 'ended' ? settlement.status : settlement.kind;
    metrics.intents.inc({ kind: intent.kind, outcome: status });
    logger.info(
      {
        ...{ intent: intent.id, session: intent.sessionId, user: intent.userId, kind: intent.kind },
        ...{ reason: intent.reason, status, detail: settlement.detail },
      },
      settlement.outcome,
    );
  }

  /** An acknowledgement is a promise; the session's end is its proof. */
  async #confirm(): Promise<void> {
    const { db, clock, logger, metrics } = this.#options;
    const answered = await inTransaction(db, clock, async (transaction) => {
      const found = await takeAnswered(transaction);
      const idsOf = (hasEnded: boolean) =>
        found.filter((each) => each.hasEnded === hasEnded).map(({ id }) => id);
      await endAcknowledged(transaction, idsOf(true), { status: 'confirmed', outcome: CONFIRMED });
      await endAcknowledged(transaction, idsOf(false), { status: 'unconfirmed', outcome: UNCONFIRMED });
      return found;
    });
    for (const { id, kind, sessionId, hasEnded } of answered) {
      const status = hasEnded ? 'confirmed' : 'unconfirmed';
      metrics.intents.inc({ kind, outcome: status });
      if (hasEnded) logger.info({ intent: id, session: sessionId, status }, CONFIRMED);
      else logger.warn({ intent: id, session: sessionId, status }, UNCONFIRMED);
    }
  }

  async #count(): Promise<void> {
    const { db, clock, metrics } = this.#options;
    const now = clock.now();
    if (Math.abs(now - this.#countedAt) < COUNT_INTERVAL_MS) return;
    this.#countedAt = now;
    metrics.liveIntents.set(await countLiveIntents(db));
  }
}

const CONFIRMED = 'The NAS said yes, and the session ended.';
const UNCONFIRMED = 'The NAS said yes, and the session goes on all the same.';
