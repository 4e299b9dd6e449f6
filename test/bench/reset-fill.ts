/** Fills a database with very many users whose counters a reset is to set to zero, by a few statements that the database runs by itself. */
import { type Database, openDatabase } from '../../src/db/database.ts';
import { instantToText } from '../../src/db/dialect.ts';
import { windowsUp } from '../../src/db/id-windows.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';

const DAY_MS = 86_400_000;
const WINDOW_ROWS = 20_000;

/** Makes the tables and users `PREFIX0`, `PREFIX1`, …, whose counters stand in the current periods. */
export async function fillForReset(
  url: string,
  { userCount, userPrefix }: { userCount: number; userPrefix: string },
): Promise<void> {
  const db = openDatabase(url);
  const now = instantToText(Date.now());
  try {
    await migrateToLatest(db);
    const [profile] = await db.knex('profiles').insert({
      ...{ name: 'bench', quota_type: 'limited', data_volume: 2 ** 50, daily_limit: 2 ** 40 },
      ...{ created_at: now, updated_at: now },
    });
    await db.knex.raw(
      `INSERT INTO users (id, username, password, email, profile_id, date_joined, created_at, updated_at)
       SELECT seq + 1, CONCAT(?, seq), '!', '', ?, ?, ?, ? FROM seq_0_to_${userCount - 1}`,
      [userPrefix, Number(profile), now, now, now],
    );
    await db.knex.raw(
      `INSERT INTO user_profile_usage (user_id, used_today, used_week, used_month, used_total, last_daily_reset,
              last_weekly_reset, last_monthly_reset, activation_date, created_at, updated_at)
       SELECT seq, 1000000, 1000000, 1000000, 1000000, ?, ?, ?, ?, ?, ? FROM seq_1_to_${userCount}`,
      Array.from({ length: 6 }, () => now),
    );
  } finally {
    await db.close();
  }
}

/** Makes every daily counter one of yesterday, cuts the newest users off for it, and lets a running daemon find the reset undone. */
export async function makeDue(url: string, { cutCount }: { cutCount: number }): Promise<void> {
  const db = openDatabase(url);
  try {
    const yesterday = instantToText(Date.now() - DAY_MS);
    for await (const { low, high } of windowsUp(db, 'user_profile_usage', { rows: WINDOW_ROWS })) {
      await db
        .knex('user_profile_usage')
        .whereBetween('id', [low, high])
        .update({
          ...{ used_today: 1_000_000, last_daily_reset: yesterday },
        });
    }
    await db.knex.raw(
      `INSERT INTO user_disconnection_logs (user_id, reason, disconnected_at, is_active)
       SELECT id, 'daily_limit', ?, 1 FROM users ORDER BY id DESC LIMIT ${cutCount}`,
      [yesterday],
    );
    await db.knex('job_runs').where('job', 'daily-reset').delete();
  } finally {
    await db.close();
  }
}

/** How a reset stands. */
export interface ResetFigures {
  readonly status: string | undefined;
  readonly seconds: number;
  readonly itemCount: number;
  /** Counters that are still of yesterday. */
  readonly left: number;
  /** Users who are still cut off. */
  readonly leftCut: number;
}

/** Returns how the daemon's reset stands; what is left is counted once it has ended. */
export async function resetFigures(db: Database): Promise<ResetFigures> {
  const [run] = await db.knex('job_runs').where('job', 'daily-reset').orderBy('due_at', 'desc').limit(1);
  const isOver = run?.status === 'done' || run?.status === 'failed';
  const today = instantToText(Math.floor(Date.now() / DAY_MS) * DAY_MS);
  const [left] = isOver
    ? await db.knex('user_profile_usage').where('last_daily_reset', '<', today).count('* as usages')
    : [];
  const [leftCut] = isOver
    ? await db.knex('user_disconnection_logs').where('is_active', true).count('* as entries')
    : [];
  return {
    status: run?.status,
    seconds: isOver ? (run.finished_at - run.started_at) / 1_000 : 0,
    itemCount: run?.item_count ?? 0,
    left: Number(left?.usages ?? 0),
    leftCut: Number(leftCut?.entries ?? 0),
  };
}
