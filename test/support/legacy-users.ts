/** Fills a legacy database with many users, by SQL and not row by row. */
import type { Database } from '../../src/db/database.ts';
import { legacyProfile, legacyUsage, legacyUser } from './legacy-database.ts';

const ROWS_TO_AN_INSERT = 100;

/** Adds users 1 to `count` with usage, all with profile 1. */
export async function fillLegacyUsers(legacy: Database, count: number): Promise<void> {
  await legacy.knex('profiles').insert(legacyProfile(1));
  await legacy.knex.transaction(async (trx) => {
    for (let first = 1; first <= count; first += ROWS_TO_AN_INSERT) {
      const ids = Array.from(
        { length: Math.min(ROWS_TO_AN_INSERT, count - first + 1) },
        (_, at) => first + at,
      );
      await trx('users').insert(ids.map((id) => legacyUser(id, { profile_id: 1 })));
      await trx('user_profile_usage').insert(ids.map((id) => legacyUsage(id, id)));
    }
  });
}
