/** Checking and hashing passwords, at a cost that tells nothing and that a flood cannot raise. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { BoundedWork, type WorkLane } from './bounded-work.ts';
import {
  HASH_FUNCTIONS,
  type HashFunctions,
  parseStoredPassword,
  type StoredPassword,
  scryptText,
} from './password-hash.ts';

export interface PasswordsOptions {
  /** Returns the most iterations of any PBKDF2 hash in the database, that of the one that is checked (`met`) among them; 0 where there is none. */
  readonly pbkdf2Iterations: (met: number) => Promise<number>;
  readonly functions?: HashFunctions;
  /** Where hashes queue up; a queue of their own, for signing in, if not given. */
  readonly lane?: WorkLane;
}

/** `outdated`: right, and to be hashed anew. */
export type PasswordVerdict = 'right' | 'outdated' | 'wrong';

/** A core is left to the event loop, and one of libuv's four threads to files and names. */
const AT_ONCE_MAX = Math.min(3, Math.max(1, availableParallelism() - 1));
/** About ten seconds of work for each that runs: people at a page wait that long. */
export const SIGN_IN_LANE = { waitingMax: 32 } as const;
/** A NAS asks again after a few seconds, so an answer that comes later is for nobody. */
export const ACCESS_LANE = { waitMaxMs: 1_000 } as const;
const SALT_BYTES = 16;
/** Whoever has no hash is hashed with this one all the same. */
const NO_SALT = 'A'.repeat(22);

/** Returns what all the hashing of one process shares: its lanes for signing in (SIGN_IN_LANE) and for logins to the network (ACCESS_LANE) take turns. */
export function passwordWork(): BoundedWork {
  return new BoundedWork({ atOnceMax: AT_ONCE_MAX });
}

export class Passwords {
  readonly #options: PasswordsOptions;
  readonly #functions: HashFunctions;
  readonly #lane: WorkLane;

  constructor(options: PasswordsOptions) {
    this.#options = options;
    this.#functions = options.functions ?? HASH_FUNCTIONS;
    this.#lane = options.lane ?? passwordWork().lane(SIGN_IN_LANE);
  }

  /** Compares a password with a stored hash, undefined for a user who is not there. One scrypt and the same number of PBKDF2 iterations whatever is stored: the time tells neither whether a user exists nor how they are hashed. Throws AppError `unavailable` where too many wait. */
  async check(password: string, storedText: string | undefined): Promise<PasswordVerdict> {
    const stored = storedText === undefined ? undefined : parseStoredPassword(storedText);
    const iterations = await this.#options.pbkdf2Iterations(
      stored?.scheme === 'pbkdf2_sha256' ? stored.iterations : 0,
    );
    return this.#lane.run(async () => {
      const byScrypt = await this.#isRightByScrypt(password, stored);
      const byPbkdf2 = await this.#isRightByPbkdf2(password, stored, iterations);
      if (byScrypt) return 'right';
      return byPbkdf2 ? 'outdated' : 'wrong';
    });
  }

  /** Returns the hash to store for a password; throws as check does. */
  hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES).toString('base64url');
    return this.#lane.run(async () => scryptText(salt, await this.#functions.scrypt(password, salt)));
  }

  async #isRightByScrypt(password: string, stored: StoredPassword | undefined): Promise<boolean> {
    const own = stored?.scheme === 'scrypt' ? stored : undefined;
    const hash = await this.#functions.scrypt(password, own?.salt ?? NO_SALT);
    return own !== undefined && timingSafeEqual(hash, own.hash);
  }

  async #isRightByPbkdf2(
    password: string,
    stored: StoredPassword | undefined,
    iterations: number,
  ): Promise<boolean> {
    const own = stored?.scheme === 'pbkdf2_sha256' ? stored : undefined;
    const missing = iterations - (own?.iterations ?? 0);
    if (missing > 0) await this.#functions.pbkdf2(password, NO_SALT, missing);
    if (own === undefined) return false;
    return timingSafeEqual(await this.#functions.pbkdf2(password, own.salt, own.iterations), own.hash);
  }
}
