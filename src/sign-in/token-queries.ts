/** Reading the table `api_tokens`: who a token proves somebody to be, and the list of API tokens. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { idsInWindow, inOrderOf, type ListWindow } from '../db/list-window.ts';
import { type Flag, flag } from '../profiles/row-values.ts';
import { lesserRole, type Role, roleFromText, roleOfPerson } from './role.ts';

/** Whoever a token proves somebody to be. */
export interface Bearer {
  readonly tokenId: number;
  /** A username, or `token:` and the name of an API token that belongs to nobody. */
  readonly name: string;
  readonly userId: number | null;
  readonly role: Role;
  /** The sign-in the token came of; null for an API token. */
  readonly signInId: number | null;
  /** Epoch milliseconds; as last noted. */
  readonly lastUsedAt: number | null;
}

/** What a token is good for now. */
export type TokenVerdict =
  | { readonly outcome: 'valid'; readonly bearer: Bearer }
  | { readonly outcome: 'invalid' | 'user_inactive' };

/** An API token as lists show it, never what its bearer shows. Instants are epoch milliseconds. */
export interface ApiToken {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  readonly userId: number | null;
  readonly username: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

interface BearerRow {
  readonly id: number;
  readonly name: string | null;
  readonly role: string;
  readonly user_id: number | null;
  readonly sign_in_id: number | null;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
  readonly revoked_at: number | null;
  readonly username: string | null;
  readonly is_active: Flag | null;
  readonly is_staff: Flag | null;
  readonly is_superuser: Flag | null;
}

/** Returns what an access or API token with this hash is good for at an instant (epoch milliseconds). */
export async function judgeToken(reader: Database, hash: Buffer, now: number): Promise<TokenVerdict> {
  const [row]: BearerRow[] = await withUsers(reader.knex)
    .where('api_tokens.token_hash', hash)
    .select('api_tokens.*', 'users.username', 'users.is_active', 'users.is_staff', 'users.is_superuser');
  if (row === undefined) return { outcome: 'invalid' };
  if (row.expires_at !== null && row.expires_at <= now) return { outcome: 'invalid' };
  if (row.user_id !== null && row.username === null) return { outcome: 'invalid' };
  // Before `revoked_at`: their sign-ins ended with their being deactivated, and the answer is why (contract §5).
  if (row.user_id !== null && !flag(row.is_active ?? false)) return { outcome: 'user_inactive' };
  if (row.revoked_at !== null) return { outcome: 'invalid' };
  return { outcome: 'valid', bearer: bearerFromRow(row) };
}

/** Returns whose token this is; undefined where there is no such token, or it is nobody's. */
export async function findTokenUser(reader: Database, hash: Buffer): Promise<number | undefined> {
  const [row]: { user_id: number | null }[] = await reader
    .knex('api_tokens')
    .where('token_hash', hash)
    .select('user_id');
  return row?.user_id ?? undefined;
}

/** Returns the list of API tokens, newest first: how many there are, and some of them. */
export function listApiTokens(reader: Database) {
  const all = () => reader.knex('api_tokens').where('api_tokens.kind', 'api');
  return {
    count: async (): Promise<number> => {
      const [row] = await all().count({ count: '*' });
      return Number(row?.['count']);
    },
    rows: async (window: ListWindow): Promise<ApiToken[]> => {
      const ids = await idsInWindow(all().select('id'), [{ column: 'id', order: 'desc' }], window);
      return inOrderOf(ids, await apiTokens(reader.knex, (query) => query.whereIn('api_tokens.id', ids)));
    },
  };
}

/** Returns the API tokens that are in force at an instant (epoch milliseconds), or all that are still kept; newest first. */
export function findApiTokens(
  { knex }: Database,
  { now, isAll }: { now: number; isAll: boolean },
): Promise<ApiToken[]> {
  return apiTokens(knex, (query) => {
    query.orderBy('api_tokens.id', 'desc');
    if (isAll) return query;
    return query
      .whereNull('api_tokens.revoked_at')
      .where((each) => each.whereNull('api_tokens.expires_at').orWhere('api_tokens.expires_at', '>', now));
  });
}

/** Returns one API token by its id; undefined where there is none. */
export async function findApiToken(knex: Knex, id: number): Promise<ApiToken | undefined> {
  const [token] = await apiTokens(knex, (query) => query.where('api_tokens.id', id));
  return token;
}

async function apiTokens(
  knex: Knex,
  narrow: (query: Knex.QueryBuilder) => Knex.QueryBuilder,
): Promise<ApiToken[]> {
  const query = withUsers(knex).where('api_tokens.kind', 'api').select('api_tokens.*', 'users.username');
  const rows: (BearerRow & { readonly created_at: number })[] = await narrow(query);
  return rows.map((row) => ({
    id: row.id,
    name: row.name ?? '',
    role: roleFromText(row.role),
    userId: row.user_id,
    username: row.username,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  }));
}

function withUsers(knex: Knex): Knex.QueryBuilder {
  return knex('api_tokens').leftJoin('users', 'users.id', 'api_tokens.user_id');
}

/** A person's token is never good for more than the person is now; one of a sign-in for exactly that. */
function bearerFromRow(row: BearerRow): Bearer {
  const ofToken = roleFromText(row.role);
  const ofPerson = roleOfPerson({
    isStaff: flag(row.is_staff ?? false),
    isSuperuser: flag(row.is_superuser ?? false),
  });
  const role = row.sign_in_id === null ? lesserRole(ofToken, ofPerson) : ofPerson;
  return {
    tokenId: row.id,
    name: row.username ?? `token:${row.name ?? ''}`,
    userId: row.user_id,
    role: row.user_id === null ? ofToken : role,
    signInId: row.sign_in_id,
    lastUsedAt: row.last_used_at,
  };
}
