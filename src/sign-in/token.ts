/** Tokens: random text that proves who somebody is, of which the database keeps a hash alone. */
import { createHash, randomBytes } from 'node:crypto';

/** `access` and `refresh` come of a sign-in and live shortly; `api` tokens are made by hand and live as long as they are told to. */
export type TokenKind = 'access' | 'refresh' | 'api';

/** A token that was just made. */
export interface NewToken {
  /** What its bearer shows; kept nowhere. */
  readonly text: string;
  /** What the database keeps. */
  readonly hash: Buffer;
}

const RANDOM_BYTES = 32;
// Recognisable, so that scanners find one that strayed into a repository or a log.
const PATTERN = /^radmeter_(access|refresh|api)_[A-Za-z0-9_-]{43}$/;

/** Returns a new token. */
export function newToken(kind: TokenKind): NewToken {
  const text = `radmeter_${kind}_${randomBytes(RANDOM_BYTES).toString('base64url')}`;
  return { text, hash: sha256(text) };
}

/** Returns the hash to look a token up by; undefined for text that is no token of these kinds, which needs no look into the database. */
export function tokenHash(text: string, kinds: readonly TokenKind[]): Buffer | undefined {
  const kind = PATTERN.exec(text)?.[1];
  return kinds.some((each) => each === kind) ? sha256(text) : undefined;
}

/** 256 random bits cannot be guessed, so a fast hash without salt is enough. */
function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
