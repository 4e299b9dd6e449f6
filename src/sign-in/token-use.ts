/** When tokens were last used, written down behind the requests that show them. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import type { Bearer } from './token-queries.ts';
import { writeLastUsed } from './token-store.ts';

export interface TokenUseOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A write for each request would stand in the recorder's way. */
const NOTED_EVERY_MS = 60_000;
const LOGGED_EVERY_MS = 60_000;
/** Tokens noted at once; one too many is noted at its next use. */
const WRITES_MAX = 100;

/** Notes at most once a minute that a token was used; nobody waits for it, since a reader would wait for those who write. */
export class TokenUse {
  readonly #options: TokenUseOptions;
  /** By the id of the token. */
  readonly #writing = new Map<number, Promise<void>>();
  #loggedAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: TokenUseOptions) {
    this.#options = options;
  }

  /** Begins to note that a token is used now. */
  note({ tokenId, lastUsedAt }: Pick<Bearer, 'tokenId' | 'lastUsedAt'>): void {
    if (lastUsedAt !== null && this.#options.clock.now() - lastUsedAt < NOTED_EVERY_MS) return;
    if (this.#isClosed || this.#writing.has(tokenId) || this.#writing.size >= WRITES_MAX) return;
    const written = this.#write(tokenId).finally(() => this.#writing.delete(tokenId));
    this.#writing.set(tokenId, written);
  }

  /** Waits for what is being noted, and notes nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#writing.values());
  }

  async #write(tokenId: number): Promise<void> {
    const { db, clock, logger } = this.#options;
    try {
      await inTransaction(db, clock, (transaction) => writeLastUsed(transaction, tokenId));
    } catch (error) {
      // A database that takes no writes now may be read all the same.
      const now = performance.now();
      if (now - this.#loggedAt < LOGGED_EVERY_MS) return;
      this.#loggedAt = now;
      logger.warn({ err: error }, 'the use of a token could not be noted');
    }
  }
}
