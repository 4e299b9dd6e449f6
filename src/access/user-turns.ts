/** One check at a time for each user, so that a flood for one of them takes nobody else's turn. */

export interface UserTurnsOptions {
  /** How many attempts of one user wait beside the one that is checked. */
  readonly waitingMax: number;
}

/** What is under way for one user. */
interface Line<T> {
  /** Attempts that are checked or wait, by digest; those who come with the same share the answer. */
  readonly attempts: Map<string, Promise<T>>;
  last: Promise<unknown>;
}

/** Lines of attempts, one for each user. */
export class UserTurns<T> {
  readonly #waitingMax: number;
  readonly #lines = new Map<string, Line<T>>();

  constructor({ waitingMax }: UserTurnsOptions) {
    this.#waitingMax = waitingMax;
  }

  /** Does the work of an attempt when those of the same user before it are done, or returns what the same attempt under way will return; undefined where too many wait. */
  take(user: string, digest: string, work: () => Promise<T>): Promise<T> | undefined {
    const line = this.#lines.get(user) ?? {
      attempts: new Map<string, Promise<T>>(),
      last: Promise.resolve(),
    };
    const same = line.attempts.get(digest);
    if (same !== undefined) return same;
    if (line.attempts.size > this.#waitingMax) return undefined;
    const turn = line.last.then(work).finally(() => {
      line.attempts.delete(digest);
      if (line.attempts.size === 0) this.#lines.delete(user);
    });
    line.attempts.set(digest, turn);
    // Whoever is next does not care how this one ended.
    line.last = turn.catch(() => {});
    this.#lines.set(user, line);
    return turn;
  }
}
