/** The one place where a change of effective profiles takes effect, whatever causes it (contract §0.3): history, usage rows, counters. */
import type { Knex } from 'knex';
import type { Actor } from '../audit/actor.ts';
import type { Transaction } from '../db/database.ts';
import { instantToText, lockRows } from '../db/dialect.ts';
import {
  type ChangesQuery,
  createMissingUsage,
  lockAffectedUsage,
  resetAffectedUsage,
  restateAffectedUsage,
  restateExceeded,
  rollOverAffectedUsage,
} from './affected-usage.ts';
import type { PeriodStarts } from './command-context.ts';

/** A change about to be made. It is announced before the rows that cause it are written, because the query reads what was before. */
export interface ProfileChange {
  /** The users it may concern: a query of `users`, joined as the expressions below need, without a select. */
  readonly users: Knex.QueryBuilder;
  /** Their effective profile before and after: an id, null (the default), or an expression over that query. */
  readonly oldProfileId: number | null | Knex.Raw;
  readonly newProfileId: number | null | Knex.Raw;
}

/** Who makes a change, why, and the calendar it is made under. */
export interface ChangeNote {
  readonly actor: Actor;
  /** Null writes the contract's own sentence (contract §8). */
  readonly reason: string | null;
  readonly starts: PeriodStarts;
}

const CHANGE_TYPE =
  "CASE WHEN changed.old_profile_id IS NULL THEN 'assigned' WHEN changed.new_profile_id IS NULL THEN 'removed' ELSE 'updated' END";

/**
 * Writes history and usage for every user whose effective profile really changes, and returns how many they are.
 * The number of statements does not depend on it. The caller holds the locks on the profiles and promotions its
 * expressions rest on, and writes the cause afterwards in the same transaction.
 */
export async function applyProfileChange(
  transaction: Transaction,
  change: ProfileChange,
  note: ChangeNote,
): Promise<number> {
  await lockRows[transaction.dialect](change.users.clone().count('* as rows'));
  const changes = changesQuery(transaction.trx, change);
  const [counted]: { users: number }[] = await transaction
    .trx(changes.clone().as('changed'))
    .count('* as users');
  const userCount = counted?.users ?? 0;
  if (userCount === 0) return 0;
  await lockAffectedUsage(transaction, changes);
  await rollOverAffectedUsage(transaction, changes, note.starts);
  await resetAffectedUsage(transaction, changes, { changedBy: note.actor.name, reason: note.reason });
  await createMissingUsage(transaction, changes);
  await restateAffectedUsage(transaction, changes);
  await writeHistory(transaction, changes, note);
  return userCount;
}

/** Recomputes `is_exceeded` of everybody whose effective profile a profile is, after its limits changed (contract §0.7). */
export async function applyLimitsChange(
  transaction: Transaction,
  profileId: number,
  starts: PeriodStarts,
): Promise<void> {
  const { dialect, trx } = transaction;
  const users = usersOfProfile(trx, profileId);
  await lockRows[dialect](users.clone().count('* as rows'));
  const concerned = users.select('users.id as user_id', trx.raw('? as new_profile_id', [profileId]));
  await lockAffectedUsage(transaction, concerned);
  await rollOverAffectedUsage(transaction, concerned, starts);
  await restateExceeded(transaction, concerned);
}

/** Returns the query of the users whose effective profile a profile is, with their promotion joined as `promotions`. */
export function usersOfProfile(knex: Knex, profileId: number): Knex.QueryBuilder {
  const own = knex('users').where('profile_id', profileId).select('id');
  const inherited = knex('promotions as carriers')
    .join('users as heirs', 'heirs.promotion_id', 'carriers.id')
    .where('carriers.profile_id', profileId)
    .whereNull('heirs.profile_id')
    .select('heirs.id');
  // Indexes lead to either kind, but not to both in one condition: that would be a look at everybody.
  return (
    knex(own.unionAll(inherited).as('holders'))
      .join('users', 'users.id', 'holders.id')
      .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
      // Once more of the rows that were locked: they may have changed before they were.
      .whereRaw('COALESCE(users.profile_id, promotions.profile_id) = ?', [profileId])
  );
}

function changesQuery(knex: Knex, change: ProfileChange): ChangesQuery {
  const all = change.users
    .clone()
    .select('users.id as user_id')
    .select(knex.raw('? as old_profile_id', [change.oldProfileId]))
    .select(knex.raw('? as new_profile_id', [change.newProfileId]));
  // 0 is no id, and both databases agree on comparing it where they do not agree on comparing nulls.
  return knex(all.as('both')).whereRaw(
    'COALESCE(both.old_profile_id, 0) <> COALESCE(both.new_profile_id, 0)',
  );
}

async function writeHistory(
  transaction: Transaction,
  changes: ChangesQuery,
  note: ChangeNote,
): Promise<void> {
  const { trx, now } = transaction;
  const typed = trx(changes.clone().as('changed')).select(
    'changed.*',
    trx.raw(`${CHANGE_TYPE} as change_type`),
  );
  const rows = trx(typed.as('typed'))
    .leftJoin('profiles as old', 'old.id', 'typed.old_profile_id')
    .leftJoin('profiles as new', 'new.id', 'typed.new_profile_id')
    .select('typed.user_id', 'typed.old_profile_id', 'typed.new_profile_id')
    .select('old.name as old_profile_name', 'new.name as new_profile_name', 'typed.change_type')
    .select(trx.raw('?, ?, ?', [note.actor.userId, note.actor.name, instantToText(now)]))
    .select(reasonExpression(trx, note.reason));
  const columns = [
    ...['user_id', 'old_profile_id', 'new_profile_id', 'old_profile_name', 'new_profile_name', 'change_type'],
    ...['changed_by_id', 'changed_by_name', 'changed_at', 'reason'],
  ];
  await trx(trx.raw('?? (??)', ['profile_history', columns])).insert(rows);
}

/** Without a reason of somebody's, the sentence the replaced system wrote. */
function reasonExpression(trx: Knex.Transaction, reason: string | null): Knex.Raw {
  if (reason !== null) return trx.raw('?', [reason]);
  const sentence = (type: string) => `Profil automatiquement modifié (${type})`;
  return trx.raw('CASE typed.change_type WHEN ? THEN ? WHEN ? THEN ? ELSE ? END', [
    'assigned',
    sentence('assigned'),
    'updated',
    sentence('updated'),
    sentence('removed'),
  ]);
}
