/** The table `api_tokens`: every write to it, and reads that lock; all sign-ins of one user end in profiles/revoke-sign-ins.ts. */
import type { Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { wholeNumberOf } from '../profiles/row-values.ts';
import type { Role } from './role.ts';
import type { TokenLifetimes, Tokens } from './sign-in-context.ts';
import { type NewToken, newToken, type TokenKind } from './token.ts';

/** Rows removed at once; each sign-in or refresh adds two. */
const REMOVED_MAX = 100;
/** How long an expired API token is still listed, so that somebody can see why their program stopped. */
const API_TOKEN_KEPT_MS = 30 * 86_400_000;

/** A refresh token as it stands in the table. */
export interface RefreshRow {
  readonly id: number;
  readonly user_id: number;
  readonly sign_in_id: number;
  readonly role: string;
  readonly expires_at: number;
  readonly revoked_at: number | null;
  readonly replaced_by: number | null;
}

/** Whom tokens are for, and which sign-in they go on with; null begins one. */
export interface TokenBearer {
  readonly userId: number;
  readonly role: Role;
  readonly signInId: number | null;
}

/** Makes an access and a refresh token; `refreshId` is the row of the latter. */
export async function insertTokens(
  transaction: Transaction,
  bearer: TokenBearer,
  { accessMs, refreshMs }: TokenLifetimes,
): Promise<Tokens & { readonly refreshId: number }> {
  const { now, trx } = transaction;
  const [access, refresh] = [newToken('access'), newToken('refresh')];
  const common = { user_id: bearer.userId, role: bearer.role, name: null, sign_in_id: bearer.signInId };
  const refreshId = await insertToken(transaction, 'refresh', refresh, {
    ...common,
    expires_at: now + refreshMs,
  });
  const signInId = bearer.signInId ?? refreshId;
  if (bearer.signInId === null) {
    await trx('api_tokens').where('id', refreshId).update({ sign_in_id: signInId });
  }
  await insertToken(transaction, 'access', access, {
    ...common,
    sign_in_id: signInId,
    expires_at: now + accessMs,
  });
  return { access: access.text, refresh: refresh.text, refreshId };
}

interface TokenColumns {
  readonly user_id: number | null;
  readonly role: Role;
  readonly name: string | null;
  readonly sign_in_id: number | null;
  readonly expires_at: number | null;
}

/** Adds a token and returns its id. */
export async function insertToken(
  { trx, now }: Transaction,
  kind: TokenKind,
  { hash }: NewToken,
  columns: TokenColumns,
): Promise<number> {
  const [id] = await trx('api_tokens').insert({ ...columns, kind, token_hash: hash, created_at: now });
  return wholeNumberOf(id, 'api_tokens.id');
}

/** Returns a refresh token by its hash and locks its row until the transaction ends; undefined where there is none. */
export async function lockRefreshToken(
  { dialect, trx }: Transaction,
  hash: Buffer,
): Promise<RefreshRow | undefined> {
  const [row]: RefreshRow[] = await lockRows[dialect](
    trx('api_tokens').where({ token_hash: hash, kind: 'refresh' }).select('*'),
  );
  return row;
}

/** Says which refresh token came in the place of another. */
export async function writeReplaced({ trx }: Transaction, id: number, replacedBy: number): Promise<void> {
  await trx('api_tokens').where('id', id).update({ replaced_by: replacedBy });
}

/** Ends a sign-in: every token that came of it. */
export async function revokeSignIn({ trx, now }: Transaction, signInId: number): Promise<void> {
  await trx('api_tokens').where('sign_in_id', signInId).whereNull('revoked_at').update({ revoked_at: now });
}

/** Returns the sign-in a token came of; null for an API token, or one that is gone. */
export async function signInOfToken({ trx }: Transaction, id: number): Promise<number | null> {
  const [row]: { sign_in_id: number | null }[] = await trx('api_tokens').where('id', id).select('sign_in_id');
  return row?.sign_in_id ?? null;
}

/** Ends one API token; returns false where it was over already. */
export async function revokeApiToken({ trx, now }: Transaction, id: number): Promise<boolean> {
  const count = await trx('api_tokens').where('id', id).whereNull('revoked_at').update({ revoked_at: now });
  return count > 0;
}

/** Writes down that a token was used at the instant of the transaction. */
export async function writeLastUsed({ trx, now }: Transaction, id: number): Promise<void> {
  await trx('api_tokens').where('id', id).update({ last_used_at: now });
}

/** Removes some of what has expired: whoever adds rows takes away as many, so the table holds what is alive. */
export async function removeExpired({ trx, now }: Transaction): Promise<void> {
  const rows: { id: number }[] = await trx('api_tokens')
    .where('expires_at', '<', now)
    .where((each) => each.whereNot('kind', 'api').orWhere('expires_at', '<', now - API_TOKEN_KEPT_MS))
    .orderBy('expires_at')
    .limit(REMOVED_MAX)
    .select('id');
  if (rows.length === 0) return;
  await trx('api_tokens')
    .whereIn(
      'id',
      rows.map(({ id }) => id),
    )
    .delete();
}
