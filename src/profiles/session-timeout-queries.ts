/** How long the sessions of users may last. */
import type { Database } from '../db/database.ts';

interface TimeoutRow {
  readonly id: number;
  readonly session_timeout: number | null;
}

/** Returns the Session-Timeouts (seconds) of users by id: of their own profile, else of their promotion's, else the default's (contract §2). Those whose sessions may last for ever, and ids of nobody, are absent. */
export async function sessionTimeoutsOf(
  { knex }: Database,
  userIds: readonly number[],
  defaultSeconds: number,
): Promise<ReadonlyMap<number, number>> {
  const rows: TimeoutRow[] = await knex('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .leftJoin('profiles', 'profiles.id', knex.raw('COALESCE(users.profile_id, promotions.profile_id)'))
    .whereIn('users.id', [...userIds])
    .select('users.id', 'profiles.session_timeout');
  return new Map(
    rows.flatMap(({ id, session_timeout: own }) => {
      const seconds = own ?? defaultSeconds;
      // Contract §1: 0 = none.
      return seconds > 0 ? [[id, seconds] as const] : [];
    }),
  );
}
