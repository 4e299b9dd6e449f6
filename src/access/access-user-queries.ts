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
  const [user] = await findAccessUsers(knex, [usernames]);
  return user;
}

/** As findAccessUser, for several logins in one statement: returns one for each, in their order. */
export async function findAccessUsers(
  knex: Knex,
  logins: readonly (readonly string[])[],
): Promise<(AccessUser | undefined)[]> {
  const usernames = [...new Set(logins.flat())];
  if (usernames.length === 0) return logins.map(() => undefined);
  const rows: { id: number; username: string; password: string }[] = await knex('users')
    .whereIn('username', usernames)
    .select('id', 'username', 'password');
  // By the very name: an adopted column may compare without case or accents.
  const byName = new Map(rows.map((row) => [row.username, row]));
  return logins.map((names) => {
    const name = names.find((each) => byName.has(each));
    const row = name === undefined ? undefined : byName.get(name);
    return row === undefined ? undefined : { id: row.id, username: row.username, passwordHash: row.password };
  });
}
