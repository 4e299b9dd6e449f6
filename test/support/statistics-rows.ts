/** Profiles, promotions, users and usage as tests of statistics need them, row by row. */
import type { Database } from '../../src/db/database.ts';

export const GIB = 1024 ** 3;
/** The first instant of the day, week and month that the tests' clock stands in, or later. */
export const THIS_PERIOD = '2025-12-11 08:00:00';

const TIMES = { created_at: THIS_PERIOD, updated_at: THIS_PERIOD };

/** Adds a profile of 10 GiB without periodic limits and returns its id. */
export async function addProfile({ knex }: Database, name: string, columns: object = {}): Promise<number> {
  const [id] = await knex('profiles').insert({ name, data_volume: 10 * GIB, ...TIMES, ...columns });
  return Number(id);
}

/** Adds a promotion and returns its id. */
export async function addPromotion(
  { knex }: Database,
  name: string,
  profileId: number | null,
): Promise<number> {
  const [id] = await knex('promotions').insert({ name, profile_id: profileId, ...TIMES });
  return Number(id);
}

/** Adds a user, with usage unless that is null, and returns their id. */
export async function addUser(
  { knex }: Database,
  columns: { readonly username: string; readonly [column: string]: string | number | boolean | null },
  usage: Readonly<Record<string, string | number | boolean>> | null = {},
): Promise<number> {
  const [id] = await knex('users').insert({ password: '!', date_joined: THIS_PERIOD, ...TIMES, ...columns });
  if (usage !== null) {
    await knex('user_profile_usage').insert({
      user_id: Number(id),
      last_daily_reset: THIS_PERIOD,
      last_weekly_reset: THIS_PERIOD,
      last_monthly_reset: THIS_PERIOD,
      activation_date: THIS_PERIOD,
      ...TIMES,
      ...usage,
    });
  }
  return Number(id);
}

/** Returns a usage row's four counters, all the same. */
export function used(octets: number) {
  return { used_today: octets, used_week: octets, used_month: octets, used_total: octets };
}
