/** The table `users`: every write to it, and reads that lock. */
import type { Knex } from 'knex';
import { personName } from '../audit/actor-name.ts';
import type { Transaction } from '../db/database.ts';
import { instantToText, lockRows } from '../db/dialect.ts';
import { columnsOf } from './field-rules.ts';
import { findByReference, type Reference } from './reference.ts';
import { wholeNumberOf } from './row-values.ts';
import { roleOf, type User, type UserFields } from './user.ts';
import { USERS, userFromRow } from './user-row.ts';

/** What Django writes for somebody who cannot sign in with a password. */
const UNUSABLE_PASSWORD = '!';

/** Returns a user and locks their row until the transaction ends; throws AppError `not_found`. */
export async function lockUser({ dialect, trx }: Transaction, reference: Reference): Promise<User> {
  return userFromRow(await findByReference(trx, USERS, reference, lockRows[dialect]));
}

/** Adds a user and returns their id; without the hash of a password they have none that could be used. */
export async function insertUser(
  { trx, now }: Transaction,
  fields: UserFields,
  passwordHash = UNUSABLE_PASSWORD,
): Promise<number> {
  const at = instantToText(now);
  const [id] = await trx('users').insert({
    ...columnsOf(fields),
    password: passwordHash,
    is_radius_activated: false,
    role: roleOf({ ...fields, role: '' }),
    date_joined: at,
    created_at: at,
    updated_at: at,
  });
  return wholeNumberOf(id, 'users.id');
}

/** Overwrites the given fields of a user, and the role that follows from them. */
export async function updateUserRow(
  { trx, now }: Transaction,
  before: User,
  fields: Partial<UserFields>,
): Promise<void> {
  await trx('users')
    .where('id', before.id)
    .update({ ...columnsOf(fields), role: roleOf({ ...before, ...fields }), updated_at: instantToText(now) });
}

/** Tables whose rows belong to one user and go with them (contract §1, CASCADE), in the order in which everybody locks. */
const OWNED_BY_USER = [
  'user_profile_usage',
  'usage_days',
  'enforcement_intents',
  'usage_adjustments',
  'access_reservations',
  'user_disconnection_logs',
  'alert_deliveries',
  'notices',
  'profile_history',
  'user_quotas',
  'user_secrets',
  'api_tokens',
];

/** Columns that name the user who did something: what was done stays, the name where there is one too. */
const NAMED_BY_USER = [
  ['profiles', 'created_by_id'],
  ['profile_alerts', 'created_by_id'],
  ['user_disconnection_logs', 'reconnected_by_id'],
] as const;

/** FreeRADIUS would go on letting somebody in whose rows remain (contract §8). */
const CREDENTIALS_BY_NAME = ['radcheck', 'radreply', 'radusergroup'];

/** Deletes a user and everything that is theirs. Their sessions stay in `radacct` as what the network reported, belonging to nobody. */
export async function deleteUserRow({ trx }: Transaction, user: User): Promise<void> {
  await releaseSessions(trx, user);
  for (const table of OWNED_BY_USER) await trx(table).where('user_id', user.id).delete();
  // A session may have begun meanwhile, in a batch that held the usage row.
  await releaseSessions(trx, user);
  await trx('profile_history')
    .where('changed_by_id', user.id)
    .update({
      changed_by_name: trx.raw('COALESCE(changed_by_name, ?)', [personName(user.username)]),
      changed_by_id: null,
    });
  for (const [table, column] of NAMED_BY_USER) {
    await trx(table)
      .where(column, user.id)
      .update({ [column]: null });
  }
  for (const table of CREDENTIALS_BY_NAME) await trx(table).where('username', user.username).delete();
  await trx('users').where('id', user.id).delete();
}

/** Nobody is charged any more for what they carried: whoever a session goes on with begins at what it has grown to. */
async function releaseSessions(trx: Knex.Transaction, user: User): Promise<void> {
  await trx('radacct')
    .where('user_id', user.id)
    .update({
      user_id: null,
      unmeteredoctets: trx.raw('COALESCE(acctinputoctets, 0) + COALESCE(acctoutputoctets, 0)'),
    });
}
