/** What commands are given in tests: a database, a clock the test sets, a calendar, and somebody who asks. */
import type { Clock } from '../../src/clock.ts';
import type { Database } from '../../src/db/database.ts';
import type { CommandContext } from '../../src/profiles/command-context.ts';
import { Calendar } from '../../src/usage/period.ts';

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  set(iso: string): void;
}

export interface TestContext extends CommandContext {
  readonly clock: TestClock;
}

/** Returns a context at an instant (ISO 8601), in UTC, for `cli:tester`. */
export function commandContext(db: Database, iso = '2025-12-11T12:00:00Z'): TestContext {
  const calendar = new Calendar('UTC');
  let now = Date.parse(iso);
  return {
    db,
    clock: {
      now: () => now,
      set: (text) => {
        now = Date.parse(text);
      },
    },
    actor: { name: 'cli:tester', userId: null },
    periodStartsAt: (nowMs) => calendar.periodStarts(nowMs),
  };
}

/** The columns of a usage row that tests look at; flags are numbers. */
export interface UsageColumns {
  used_today: number;
  used_week: number;
  used_month: number;
  used_total: number;
  last_daily_reset: string;
  activation_date: string;
  is_exceeded: number;
  is_active: number;
}

/** Returns a user's usage row; undefined when there is none. */
export async function usageRowOf(db: Database, username: string): Promise<UsageColumns | undefined> {
  const [row]: UsageColumns[] = await db
    .knex('user_profile_usage')
    .join('users', 'users.id', 'user_profile_usage.user_id')
    .where('users.username', username)
    .select('user_profile_usage.*');
  return row;
}

/** Returns a user's history, oldest first, as `assigned: - -> Étudiant`. */
export async function historyOf(db: Database, username: string): Promise<string[]> {
  const rows: { change_type: string; old_profile_name: string | null; new_profile_name: string | null }[] =
    await db
      .knex('profile_history')
      .join('users', 'users.id', 'profile_history.user_id')
      .where('users.username', username)
      .orderBy('profile_history.id')
      .select('profile_history.*');
  return rows.map(
    (row) => `${row.change_type}: ${row.old_profile_name ?? '-'} -> ${row.new_profile_name ?? '-'}`,
  );
}
