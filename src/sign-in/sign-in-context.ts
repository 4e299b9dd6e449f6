/** What signing in works with. */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { Passwords } from './passwords.ts';
import type { SecretBox } from './secret-box.ts';

/** How long tokens live that come of a sign-in. */
export interface TokenLifetimes {
  readonly accessMs: number;
  readonly refreshMs: number;
}

export interface SignInContext {
  readonly db: Database;
  /** For looking before anything is written, so that a flood of forged tokens takes no write lock. */
  readonly reader: Database;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly lifetimes: TokenLifetimes;
  /** What secrets for CHAP are stored under; undefined where nothing is stored. */
  readonly secretBox: SecretBox | undefined;
}

/** A pair of tokens, as their bearer gets them. */
export interface Tokens {
  readonly access: string;
  readonly refresh: string;
}
