/** The table `freeradius_users`: whose rows radmeter keeps, of which terms they were made, and when they are due by themselves. */
import type { Knex } from 'knex';
import type { Transaction } from '../db/database.ts';

const TABLE = 'freeradius_users';

/** A user whose rows are kept. */
export interface BridgedUser {
  readonly userId: number;
  /** 0 where only the default profile applies. */
  readonly profileId: number;
  readonly promotionId: number | null;
  /** Epoch milliseconds; null = not before somebody changes something. */
  readonly dueAt: number | null;
}

const ROWS_AT_ONCE = 100;

/** Writes these users down as they are now, and forgets those who are gone. */
export async function saveBridgedUsers(
  trx: Transaction['trx'],
  users: readonly BridgedUser[],
  goneIds: readonly number[],
): Promise<void> {
  for (let at = 0; at < users.length; at += ROWS_AT_ONCE) {
    const rows = users.slice(at, at + ROWS_AT_ONCE).map((user) => ({
      user_id: user.userId,
      profile_id: user.profileId,
      promotion_id: user.promotionId,
      due_at: user.dueAt,
    }));
    await trx(TABLE).insert(rows).onConflict('user_id').merge();
  }
  if (goneIds.length > 0)
    await trx(TABLE)
      .whereIn('user_id', [...goneIds])
      .delete();
}

/** Returns users who are due at an instant. */
export function dueUsers(knex: Knex, now: number, limit: number): Promise<number[]> {
  return knex(TABLE).where('due_at', '<=', now).orderBy('due_at').limit(limit).pluck('user_id');
}

/** Returns users with greater ids than one, the least first. */
export function newUsers(knex: Knex, after: number, limit: number): Promise<number[]> {
  return knex('users').where('id', '>', after).orderBy('id').limit(limit).pluck('id');
}

/** Returns the users whose rows were made of a profile that is no more. */
export async function usersOfVanished(knex: Knex): Promise<number[]> {
  const byProfile: number[] = await usersOf(knex, 'profile_id', 'profiles');
  const byPromotion: number[] = await usersOf(knex, 'promotion_id', 'promotions');
  return [...new Set([...byProfile, ...byPromotion])];
}

async function usersOf(knex: Knex, column: string, table: string): Promise<number[]> {
  // Distinct values come straight from the index.
  const ids: number[] = await knex(TABLE)
    .whereNotNull(column)
    .whereNot(column, 0)
    .distinct(column)
    .pluck(column);
  const there = new Set<number>(await knex(table).pluck('id'));
  const gone = ids.filter((id) => !there.has(id));
  return gone.length === 0 ? [] : knex(TABLE).whereIn(column, gone).pluck('user_id');
}

/** Returns users whose rows are kept, of these ids or of a window of ids, whether they are there still or not. */
export function bridgedBetween(knex: Knex, after: number, upTo: number): Promise<number[]> {
  return knex(TABLE).where('user_id', '>', after).where('user_id', '<=', upTo).pluck('user_id');
}
