/** Which user has a name. */
import type { Database } from '../db/database.ts';

/** Returns the id of the user with exactly this name, whatever an adopted column takes for the same; undefined when there is none. */
export async function findUserId({ knex }: Database, username: string): Promise<number | undefined> {
  const rows: { id: number; username: string }[] = await knex('users')
    .where('username', username)
    .select('id', 'username');
  return rows.find((row) => row.username === username)?.id;
}
