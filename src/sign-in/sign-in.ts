/** Signing in, going on being signed in, and signing out. */
import { inTransaction, type Transaction } from '../db/database.ts';
import { findHolderByName, type PasswordHolder } from './password-queries.ts';
import { lockHolder, writeLastLogin, writeRehash } from './password-store.ts';
import type { SignInContext, Tokens } from './sign-in-context.ts';
import { keepSecret } from './stored-secret-store.ts';
import { tokenHash } from './token.ts';
import { findTokenUser } from './token-queries.ts';
import {
  insertTokens,
  lockRefreshToken,
  type RefreshRow,
  removeExpired,
  revokeSignIn,
  writeReplaced,
} from './token-store.ts';

/** Whoever signed in, and what proves it from now on. */
export interface SignedIn {
  readonly userId: number;
  readonly tokens: Tokens;
}

/** What a refresh token was good for. */
export type Refreshed =
  | { readonly outcome: 'refreshed'; readonly tokens: Tokens }
  /** Never made, expired, or `blacklisted`: used once already, or its sign-in is over. */
  | { readonly outcome: 'invalid' | 'blacklisted' | 'user_inactive' };

/** Another device of the same user may have their password hashed anew meanwhile. */
const TRIES_MAX = 3;

/** Returns tokens for a user and their password; undefined where the user is not there or inactive or the password is another, all at the same cost. Throws AppError `unavailable` where too many wait. */
export async function signIn(
  context: SignInContext,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<SignedIn | undefined> {
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const holder = await findHolderByName(context.reader.knex, username);
    const verdict = await context.passwords.check(password, holder?.password);
    if (holder === undefined || verdict === 'wrong' || !holder.isActive) return undefined;
    const rehash = verdict === 'outdated' ? await context.passwords.hash(password) : undefined;
    const tokens = await beginSignIn(context, holder, { password, rehash });
    if (tokens !== undefined) return { userId: holder.id, tokens };
  }
  return undefined;
}

/** Returns the tokens of a new sign-in; undefined where the user changed since their password was checked. */
function beginSignIn(
  { db, clock, lifetimes, secretBox }: SignInContext,
  checked: PasswordHolder,
  { password, rehash }: { readonly password: string; readonly rehash: string | undefined },
): Promise<Tokens | undefined> {
  return inTransaction(db, clock, async (transaction) => {
    const holder = await lockHolder(transaction, checked.id);
    if (holder?.password !== checked.password || !holder.isActive) return undefined;
    if (rehash !== undefined) await writeRehash(transaction, holder.id, rehash);
    const passwordHash = rehash ?? holder.password;
    await keepSecret(transaction, secretBox, { userId: holder.id, password, passwordHash });
    await writeLastLogin(transaction, holder.id);
    await removeExpired(transaction);
    const bearer = { userId: holder.id, role: holder.role, signInId: null };
    const { access, refresh } = await insertTokens(transaction, bearer, lifetimes);
    return { access, refresh };
  });
}

/** Takes a refresh token, once, and returns new tokens in its place. One that was taken already ends its whole sign-in: either the bearer or whoever stole it has come second. */
export async function refreshTokens(context: SignInContext, refreshToken: string): Promise<Refreshed> {
  const hash = tokenHash(refreshToken, ['refresh']);
  const userId = hash === undefined ? undefined : await findTokenUser(context.reader, hash);
  if (hash === undefined || userId === undefined) return { outcome: 'invalid' };
  return inTransaction(context.db, context.clock, async (transaction): Promise<Refreshed> => {
    // The user first, as everybody locks.
    const holder = await lockHolder(transaction, userId);
    const row = await lockRefreshToken(transaction, hash);
    if (holder === undefined || row === undefined || row.expires_at <= transaction.now) {
      return { outcome: 'invalid' };
    }
    if (row.replaced_by !== null) await revokeSignIn(transaction, row.sign_in_id);
    // Before `revoked_at`: their sign-ins ended with their being deactivated, and the answer is why.
    if (!holder.isActive) return { outcome: 'user_inactive' };
    if (row.replaced_by !== null || row.revoked_at !== null) return { outcome: 'blacklisted' };
    return { outcome: 'refreshed', tokens: await replaceTokens(context, transaction, holder, row) };
  });
}

async function replaceTokens(
  { lifetimes }: SignInContext,
  transaction: Transaction,
  { id: userId, role }: PasswordHolder,
  { id, sign_in_id: signInId }: RefreshRow,
): Promise<Tokens> {
  await removeExpired(transaction);
  const { refreshId, ...tokens } = await insertTokens(transaction, { userId, role, signInId }, lifetimes);
  await writeReplaced(transaction, id, refreshId);
  return tokens;
}

/** Ends the sign-in that a refresh token came of, whether it was used or not; returns whether there was such a token. */
export async function signOutByRefreshToken(context: SignInContext, refreshToken: string): Promise<boolean> {
  const hash = tokenHash(refreshToken, ['refresh']);
  if (hash === undefined || (await findTokenUser(context.reader, hash)) === undefined) return false;
  return inTransaction(context.db, context.clock, async (transaction) => {
    const row = await lockRefreshToken(transaction, hash);
    if (row !== undefined) await revokeSignIn(transaction, row.sign_in_id);
    return row !== undefined;
  });
}

/** Ends a sign-in. */
export async function signOut({ db, clock }: SignInContext, signInId: number): Promise<void> {
  await inTransaction(db, clock, (transaction) => revokeSignIn(transaction, signInId));
}
