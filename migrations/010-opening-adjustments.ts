/** Counters that were there before radmeter get a trace of where they began, so that `verify` can prove them from then on (design §4). */
import type { Knex } from 'knex';
import type { Dialect } from '../src/db/dialect.ts';

/** Each counter stands in a period of its own, and its opening belongs into that one. */
const COUNTERS = [
  { counter: 'today', used: 'used_today', since: 'last_daily_reset' },
  { counter: 'week', used: 'used_week', since: 'last_weekly_reset' },
  { counter: 'month', used: 'used_month', since: 'last_monthly_reset' },
  { counter: 'total', used: 'used_total', since: 'activation_date' },
] as const;

/** Epoch milliseconds of a UTC datetime. */
const epochMs: Record<Dialect, (column: string) => string> = {
  mysql: (column) => `TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${column}) DIV 1000`,
  sqlite: (column) =>
    `unixepoch(substr(${column}, 1, 19)) * 1000 + CAST(substr(${column} || '.000', 21, 3) AS INTEGER)`,
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  // Decided before anything is written: the first opening would hide the others of the same user.
  const isUntraced = `NOT EXISTS (SELECT 1 FROM usage_days WHERE usage_days.user_id = p.user_id)
    AND NOT EXISTS (SELECT 1 FROM usage_adjustments a WHERE a.user_id = p.user_id AND a.kind <> 'opening')`;
  for (const { counter, used, since } of COUNTERS) {
    await knex.raw(`INSERT INTO usage_adjustments (user_id, at, ${counter}, kind, reason)
      SELECT p.user_id, ${epochMs[dialect](`p.${since}`)}, p.${used}, 'opening', 'what was counted before radmeter'
      FROM user_profile_usage p
      WHERE p.${used} <> 0 AND ${isUntraced} AND NOT EXISTS (
        SELECT 1 FROM usage_adjustments o WHERE o.user_id = p.user_id AND o.kind = 'opening' AND o.${counter} <> 0
      )`);
  }
}
