/** Remembers requests and their replies for a while, so that a retransmission gets the same bytes again (RFC 5080 §2.2.2). */

export type DuplicateState =
  | { readonly state: 'new' }
  | { readonly state: 'in-progress' }
  | { readonly state: 'answered'; readonly reply: Buffer };

export interface DuplicateCacheOptions {
  /** How long a request is remembered, in milliseconds; default 30,000. */
  readonly keepMs?: number;
  /** How many requests are remembered at most; the oldest are forgotten first. Default 131,072. */
  readonly capacity?: number;
}

interface Entry {
  readonly begunAt: number;
  reply: Buffer | undefined;
}

const NEW: DuplicateState = { state: 'new' };
const IN_PROGRESS: DuplicateState = { state: 'in-progress' };

/** A bounded memory of requests by key. Forgetting early is harmless: recording a request twice adds no usage. */
export class DuplicateCache {
  readonly #keepMs: number;
  readonly #generationCapacity: number;
  // Two generations: the older is dropped whole, which costs nothing per entry, unlike deleting one by one.
  #current = new Map<string, Entry>();
  #previous = new Map<string, Entry>();
  #currentSince = Number.NEGATIVE_INFINITY;

  constructor({ keepMs = 30_000, capacity = 131_072 }: DuplicateCacheOptions = {}) {
    this.#keepMs = keepMs;
    this.#generationCapacity = Math.max(1, Math.floor(capacity / 2));
  }

  /** How many requests are remembered. */
  get size(): number {
    return this.#current.size + this.#previous.size;
  }

  /** Tells what is known of a request and, if nothing, notes that it is now in progress. Times are epoch milliseconds. */
  begin(key: string, nowMs: number): DuplicateState {
    const entry = this.#find(key);
    if (entry !== undefined && this.#isWithinKeep(entry.begunAt, nowMs)) {
      return entry.reply === undefined ? IN_PROGRESS : { state: 'answered', reply: entry.reply };
    }
    if (entry !== undefined) this.forget(key);
    this.#turn(nowMs);
    this.#current.set(key, { begunAt: nowMs, reply: undefined });
    return NEW;
  }

  /** Keeps the reply to a request in progress; a request forgotten in the meantime stays forgotten. */
  answered(key: string, reply: Buffer): void {
    const entry = this.#find(key);
    if (entry !== undefined) entry.reply = reply;
  }

  /** Forgets a request, so that its retransmission is taken as new. */
  forget(key: string): void {
    this.#current.delete(key);
    this.#previous.delete(key);
  }

  // A clock that steps back far must not keep what it has left in the future.
  #isWithinKeep(since: number, nowMs: number): boolean {
    return Math.abs(nowMs - since) < this.#keepMs;
  }

  #find(key: string): Entry | undefined {
    return this.#current.get(key) ?? this.#previous.get(key);
  }

  #turn(nowMs: number): void {
    const isFull = this.#current.size >= this.#generationCapacity;
    if (!isFull && this.#isWithinKeep(this.#currentSince, nowMs)) return;
    this.#previous = this.#current;
    this.#current = new Map();
    this.#currentSince = nowMs;
  }
}
