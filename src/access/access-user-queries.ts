/** Looking up who logs in. */
import type { Knex } from 'knex';

/** A user as a login needs one. */
export interface AccessUser {
  readonly id: number;
  readonly username: string;
  readonly passwordHash: string;
}

/** Returns the user of the first of these names that anybody has, never one of another spelling; undefined where there is none. */
export async function findAccessUser(
  knex: Knex,
  usernames: readonly string[],
): Promise<AccessUser | undefined> {
  if (usernames.length === 0) return undefined;
  const rows: { id: number; username: string; password: string }[] = await knex('users')
    .whereIn('username', [...usernames])
    .select('id', 'username', 'password');
  for (const name of usernames) {
    // An adopted column may compare without case or accents.
    const row = rows.find(({ username }) => username === name);
    if (row !== undefined) return { id: row.id, username: row.username, passwordHash: row.password };
  }
  return undefined;
}
