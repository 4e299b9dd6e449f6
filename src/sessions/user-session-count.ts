/** Counting the open sessions of one user. */
import type { Database } from '../db/database.ts';
import { closeKindCode } from './run-codes.ts';

/** Returns how many sessions of a user are open; those that fell silent stop counting once they are presumed closed. */
export async function countOpenSessionsOf({ knex }: Database, userId: number): Promise<number> {
  const [row]: { sessions: number }[] = await knex('radacct')
    .where({ user_id: userId, close_kind: closeKindCode('open') })
    .count({ sessions: '*' });
  return Number(row?.sessions ?? 0);
}
