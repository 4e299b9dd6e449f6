/** Making and revoking API tokens. */
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { lockNames } from '../db/name-lock.ts';
import { AppError } from '../errors.ts';
import { checkFields, name as nameRule } from '../profiles/field-rules.ts';
import { findByReference, type Reference } from '../profiles/reference.ts';
import { flag } from '../profiles/row-values.ts';
import { USERS, type UserRow } from '../profiles/user-row.ts';
import { lesserRole, type Role, roleOfPerson } from './role.ts';
import { newToken } from './token.ts';
import { type ApiToken, findApiToken, findApiTokens } from './token-queries.ts';
import { insertToken, revokeApiToken } from './token-store.ts';

export interface TokenCommandContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly actor: Actor;
}

export interface NewApiToken {
  readonly name: string;
  readonly role: Role;
  /** Whose it is; null for a program's. */
  readonly user: Reference | null;
  /** Epoch milliseconds; null for one that does not expire. */
  readonly expiresAt: number | null;
}

/** A token that was just made: the one time that its text is told. */
export interface CreatedToken {
  readonly token: ApiToken;
  readonly text: string;
}

const RULES = { name: nameRule(100) };
const OF_FIELD = { ...USERS, field: 'user' };

/** Makes an API token. Throws AppError `invalid`, naming the field, for a name that cannot be or is taken, a time that has passed, or a role above the user's; `not_found` for an unknown user. */
export function createToken(
  { db, clock, actor }: TokenCommandContext,
  { name, role, user, expiresAt }: NewApiToken,
): Promise<CreatedToken> {
  checkFields(RULES, { name });
  return inTransaction(db, clock, async (transaction) => {
    const { now, trx, dialect } = transaction;
    if (expiresAt !== null && expiresAt <= now) {
      throw refused('expires_at', 'expected a time to come');
    }
    await lockNames(transaction, 'token');
    const row = user === null ? null : await findByReference(trx, OF_FIELD, user, lockRows[dialect]);
    refuseRole(role, row);
    await refuseTakenName(transaction, name);
    const { text, hash } = newToken('api');
    const columns = { user_id: row?.id ?? null, role, name, sign_in_id: null, expires_at: expiresAt };
    const token = await findApiToken(trx, await insertToken(transaction, 'api', { text, hash }, columns));
    if (token === undefined) throw new Error('the token that was just inserted is not there');
    await recordAudit(transaction, actor, {
      action: 'create',
      objectType: 'token',
      objectId: token.id,
      after: { name, role, user: token.username, expires_at: expiresAt },
    });
    return { token, text };
  });
}

/** Revokes an API token; one that is revoked stays so. Throws AppError `not_found` where there is none. */
export function revokeToken({ db, clock, actor }: TokenCommandContext, id: number): Promise<ApiToken> {
  return inTransaction(db, clock, async (transaction) => {
    const token = await findApiToken(transaction.trx, id);
    if (token === undefined) throw new AppError('not_found', 'Not found.');
    if (!(await revokeApiToken(transaction, id))) return token;
    const { name, role, username: user } = token;
    await recordAudit(transaction, actor, {
      action: 'revoke',
      objectType: 'token',
      objectId: id,
      before: { name, role, user },
    });
    return { ...token, revokedAt: transaction.now };
  });
}

/** Returns the API token in force that somebody at a terminal means: by name, else by id. Throws AppError `not_found`. */
export async function findTokenByReference(
  { db, clock }: Pick<TokenCommandContext, 'db' | 'clock'>,
  reference: string,
): Promise<ApiToken> {
  const tokens = await findApiTokens(db, { now: clock.now(), isAll: false });
  const found =
    tokens.find(({ name }) => name === reference) ?? tokens.find(({ id }) => String(id) === reference);
  if (found !== undefined) return found;
  const message = `there is no token ${JSON.stringify(reference)} in force; expected the name or id of one`;
  throw new AppError('not_found', message);
}

function refuseRole(role: Role, row: UserRow | null): void {
  if (row === null) {
    if (role === 'user')
      throw refused('role', 'expected admin or viewer, as it is to be nobody\'s; got "user"');
    return;
  }
  const most = roleOfPerson({ isStaff: flag(row.is_staff), isSuperuser: flag(row.is_superuser) });
  if (lesserRole(role, most) === role) return;
  throw refused('role', `expected no more than ${row.username} is, ${most}; got ${JSON.stringify(role)}`);
}

async function refuseTakenName({ trx, now }: Transaction, name: string): Promise<void> {
  const [taken]: { id: number }[] = await trx('api_tokens')
    .where({ kind: 'api', name, revoked_at: null })
    .where((each) => each.whereNull('expires_at').orWhere('expires_at', '>', now))
    .select('id');
  if (taken !== undefined) throw refused('name', `there is already a token ${JSON.stringify(name)}`);
}

function refused(field: string, message: string): AppError {
  return new AppError('invalid', `${field}: ${message}`, { field });
}
