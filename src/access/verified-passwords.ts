/** Passwords that were right a moment ago, so that a device that comes again costs no hash. */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';

export interface VerifiedPasswordsOptions {
  /** How long one is remembered, milliseconds. */
  readonly keptMs?: number;
  /** How many are; the oldest goes first. */
  readonly passwordsMax?: number;
  /** Milliseconds that never go back; those of this process if not given. */
  readonly nowMs?: () => number;
}

/** One attempt: a password for what is stored of a user now. */
export interface Attempt {
  readonly userId: number;
  /** The text of the stored hash: another one makes another attempt, so a changed password is forgotten by itself. */
  readonly passwordHash: string;
  readonly password: string;
}

const KEPT_MS = 300_000;
const PASSWORDS_MAX = 50_000;

/** Remembers attempts that were right, in memory, as digests under a key that this process alone holds. */
export class VerifiedPasswords {
  /** Made once: from bytes, each digest would cost four times as much. */
  readonly #key = createSecretKey(randomBytes(32));
  readonly #keptMs: number;
  readonly #passwordsMax: number;
  readonly #nowMs: () => number;
  /** When each is forgotten, by digest; the oldest first, since each is kept for as long. */
  readonly #until = new Map<string, number>();

  constructor({ keptMs, passwordsMax, nowMs }: VerifiedPasswordsOptions = {}) {
    this.#keptMs = keptMs ?? KEPT_MS;
    this.#passwordsMax = passwordsMax ?? PASSWORDS_MAX;
    this.#nowMs = nowMs ?? (() => performance.now());
  }

  /** How many are remembered. */
  get size(): number {
    return this.#until.size;
  }

  /** Returns what an attempt is known by, here and in nobody else's memory; equal attempts have equal digests. */
  digest({ userId, passwordHash, password }: Attempt): string {
    // Each part says where it ends, or two attempts could be one text.
    const text = JSON.stringify([userId, passwordHash, password]);
    return createHmac('sha256', this.#key).update(text).digest('base64');
  }

  /** Returns whether an attempt of this digest was right not long ago. */
  has(digest: string): boolean {
    const until = this.#until.get(digest);
    return until !== undefined && until > this.#nowMs();
  }

  /** Remembers that an attempt was right just now. */
  add(digest: string): void {
    const now = this.#nowMs();
    this.#until.delete(digest);
    this.#until.set(digest, now + this.#keptMs);
    for (const [oldest, until] of this.#until) {
      if (until > now && this.#until.size <= this.#passwordsMax) return;
      this.#until.delete(oldest);
    }
  }
}
