/** The profile that applies to one user, read within a command. */
import type { Transaction } from '../db/database.ts';
import type { Profile } from '../profiles/profile.ts';
import { type ProfileRow, profileFromRow } from '../profiles/profile-row.ts';

/** Returns a user's own profile, else their promotion's, else null (contract §2). Lock the user's usage first: a change of profiles waits for that, and is waited for. */
export async function effectiveProfileOf({ trx }: Transaction, userId: number): Promise<Profile | null> {
  const [row]: ProfileRow[] = await trx('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .joinRaw('INNER JOIN profiles ON profiles.id = COALESCE(users.profile_id, promotions.profile_id)')
    .where('users.id', userId)
    .select('profiles.*');
  return row === undefined ? null : profileFromRow(row);
}
