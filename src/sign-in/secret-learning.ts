/** Secrets stored behind the logins that show them. */
import type { Logger } from '../logger.ts';
import { learnSecret, type SecretContext } from './secret-commands.ts';
import type { KnownPassword } from './stored-secret-store.ts';

export interface SecretLearningOptions extends SecretContext {
  readonly logger: Logger;
}

/** Users at once; one too many is learned at a later login. */
const WRITES_MAX = 16;
const LOGGED_EVERY_MS = 60_000;

/** Stores secrets of passwords that were proven right, where a key is set; nobody waits for it. */
export class SecretLearning {
  readonly #options: SecretLearningOptions;
  /** By the id of the user. */
  readonly #writing = new Map<number, Promise<void>>();
  #loggedAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: SecretLearningOptions) {
    this.#options = options;
  }

  /** Begins to store the secret of a password that was right just now, if it is not stored. */
  note(proven: KnownPassword): void {
    if (this.#options.secretBox === undefined || this.#isClosed) return;
    if (this.#writing.has(proven.userId) || this.#writing.size >= WRITES_MAX) return;
    const written = this.#learn(proven).finally(() => this.#writing.delete(proven.userId));
    this.#writing.set(proven.userId, written);
  }

  /** Waits for what is being stored, and stores nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#writing.values());
  }

  async #learn(proven: KnownPassword): Promise<void> {
    try {
      await learnSecret(this.#options, proven);
    } catch (error) {
      // A database that takes no writes now may be read all the same.
      const now = performance.now();
      if (now - this.#loggedAt < LOGGED_EVERY_MS) return;
      this.#loggedAt = now;
      // Not the error: a database's may quote what it was to store.
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      this.#options.logger.warn({ code }, 'a secret for CHAP could not be stored');
    }
  }
}
