/** Follows what commands change for users who are online, within a second or so: a record of theirs would show it only when it comes. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import type { Logger } from '../logger.ts';
import {
  type ChangedTerms,
  claimChangedTerms,
  deleteChangedTerms,
  noteChangedTerms,
  releaseChangedTerms,
  type TermsScope,
} from '../profiles/changed-terms.ts';
import { onlineUsersOf } from './online-users-queries.ts';

export interface TermsWatchOptions {
  readonly db: Database;
  /** For reads that may be long. */
  readonly reader: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Decides about the open sessions of users, and returns how many intents that made. */
  readonly lookAt: (userIds: readonly number[]) => Promise<number>;
  /** Lets those of a scope in again who were cut off and may be online. */
  readonly letBackIn: (scope: TermsScope, signal: AbortSignal) => Promise<unknown>;
  /** Told when there are new intents. */
  readonly onDecided: () => void;
  readonly pollIntervalMs?: number;
  /** How often everybody is looked at, whatever is noted: what other programs write is found so, and what time alone ends. */
  readonly wholeIntervalMs?: number;
}

const POLL_INTERVAL_MS = 1_000;
const WHOLE_INTERVAL_MS = 600_000;
const LEASE_MS = 120_000;
const CHUNK_USERS = 200;
const CLOSE_MS_MAX = 800;

/** The watch of one running radmeter. */
export class TermsWatch {
  readonly #options: TermsWatchOptions;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #wholeTimer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isDatabaseAway = false;

  constructor(options: TermsWatchOptions) {
    this.#options = options;
  }

  /** Looks now and every second; at everybody now and then. */
  start(): void {
    const { pollIntervalMs = POLL_INTERVAL_MS, wholeIntervalMs = WHOLE_INTERVAL_MS } = this.#options;
    this.#timer = setInterval(() => void this.look(), pollIntervalMs);
    this.#wholeTimer = setInterval(() => void this.#noteAll(), wholeIntervalMs);
    this.#timer.unref();
    this.#wholeTimer.unref();
    void this.look();
  }

  /** Looks at what is noted; resolves when all of it has been seen to. What the database refuses is tried again. */
  look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Stops within a second; what has not been seen to is there for the next one. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearInterval(this.#wholeTimer);
    this.#closing.abort();
    const abort = new AbortController();
    await Promise.race([
      this.#looking,
      pause(CLOSE_MS_MAX, undefined, { signal: abort.signal }).catch(() => {}),
    ]);
    abort.abort();
  }

  async #lookOnce(): Promise<void> {
    const { logger } = this.#options;
    try {
      for (;;) {
        if (this.#closing.signal.aborted) return;
        const changes = await this.#claim();
        if (changes.length === 0) break;
        await this.#seeTo(changes);
      }
      this.#isDatabaseAway = false;
    } catch (error) {
      if (!this.#isDatabaseAway)
        logger.warn({ err: error }, 'what changed cannot be looked at; trying again');
      this.#isDatabaseAway = true;
    }
  }

  #claim(): Promise<ChangedTerms[]> {
    const { db, clock } = this.#options;
    return inTransaction(db, clock, (transaction) => claimChangedTerms(transaction, LEASE_MS));
  }

  async #seeTo(changes: readonly ChangedTerms[]): Promise<void> {
    const { db, clock, letBackIn } = this.#options;
    const ids = changes.map(({ id }) => id);
    const { signal } = this.#closing;
    for (const scope of distinct(changes.map(({ scope }) => scope))) {
      await this.#lookAtScope(scope);
      if (!signal.aborted) await letBackIn(scope, signal);
      if (signal.aborted) {
        await inTransaction(db, clock, (transaction) => releaseChangedTerms(transaction, ids));
        return;
      }
    }
    await inTransaction(db, clock, (transaction) => deleteChangedTerms(transaction, ids));
  }

  async #lookAtScope(scope: TermsScope): Promise<void> {
    const { reader, lookAt, onDecided } = this.#options;
    for await (const userIds of onlineUsersOf(reader, scope)) {
      for (let at = 0; at < userIds.length; at += CHUNK_USERS) {
        if (this.#closing.signal.aborted) return;
        const decided = await gently(() => lookAt(userIds.slice(at, at + CHUNK_USERS)));
        if (decided > 0) onDecided();
      }
    }
  }

  async #noteAll(): Promise<void> {
    const { db, clock } = this.#options;
    // A database that is away is told of by those who look.
    await inTransaction(db, clock, (transaction) => noteChangedTerms(transaction, { kind: 'all' })).catch(
      () => {},
    );
  }
}

/** Each scope once; where anybody may be concerned, that one alone. */
function distinct(scopes: readonly TermsScope[]): TermsScope[] {
  const all = scopes.find(({ kind }) => kind === 'all');
  if (all !== undefined) return [all];
  const byKey = new Map(
    scopes.map((scope) => [`${scope.kind} ${scope.kind === 'all' ? '' : scope.id}`, scope]),
  );
  return [...byKey.values()];
}
