/** Users of tests who can log in, cheaply. */
import { pbkdf2Sync } from 'node:crypto';
import type { Database } from '../../src/db/database.ts';
import type { ProfileFields } from '../../src/profiles/profile.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext } from './command-context.ts';

export const PASSWORD = 's3cret pässword';

/** Adds a user with that password, hashed as Django does but once, and a profile of their own; returns the user's id. */
export async function addLogin(
  db: Database,
  username: string,
  profile: Partial<ProfileFields> = {},
): Promise<number> {
  const context = commandContext(db);
  await createProfile(context, { name: `profile of ${username}`, ...profile });
  const id = await createUser(context, { username, profile: `profile of ${username}` });
  // As of somebody whose profile is a promotion's: nothing has begun their usage yet.
  await db.knex('user_profile_usage').where('user_id', id).delete();
  const hash = pbkdf2Sync(PASSWORD, 'salt', 1, 32, 'sha256').toString('base64');
  await db
    .knex('users')
    .where({ id })
    .update({ password: `pbkdf2_sha256$1$salt$${hash}` });
  return id;
}
