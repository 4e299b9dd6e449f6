/** A reset whose process is killed in the middle. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { instantFromText, instantToText } from '../../src/db/dialect.ts';
import { createMetrics } from '../../src/metrics.ts';
import { jobTable } from '../../src/schedule/job-table.ts';
import { Scheduler } from '../../src/schedule/scheduler.ts';
import { fixTimezone } from '../../src/usage/stored-timezone.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { KEEPING } from '../support/job-options.ts';
import { differencesOf } from '../support/verified.ts';

const RESET_PROCESS = new URL('../support/reset-process.ts', import.meta.url).pathname;
const COUNT = 3_000;
const DAY_MS = 86_400_000;

describeEachDatabase('a reset whose process is killed', (getDatabase) => {
  it('is taken over when its lease ends, and resets each counter once', async () => {
    const { db, url } = getDatabase();
    await fixTimezone(db, 'UTC');
    const now = Date.now();
    await fill(now - DAY_MS);

    const child = spawn(process.execPath, [RESET_PROCESS, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ids: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      ids.push(...text.trim().split('\n'));
      child.kill('SIGKILL');
    });
    await once(child, 'exit');
    const [held] = await db.knex('job_runs');
    expect(held).toMatchObject({ job: 'daily-reset', status: 'running', leased_by: `process ${child.pid}` });
    const resetByChild = COUNT - (await left());
    expect(resetByChild).toBeGreaterThanOrEqual(ids.length);
    expect(resetByChild).toBeLessThan(COUNT);

    await lookAt(now + 30_000);
    expect(await left()).toBe(COUNT - resetByChild);

    await lookAt(now + 120_000);
    expect(await left()).toBe(0);
    const runs = await db.knex('job_runs').where('job', 'daily-reset').orderBy('id');
    expect(runs.at(-1)).toMatchObject({ status: 'done', leased_by: 'alpha' });
    // As far as the child could say how far it was.
    expect(runs.at(-1).item_count).toBe(
      COUNT - resetByChild + (runs.length === 1 ? (held.item_count ?? 0) : 0),
    );
    // A midnight between the two makes two runs of it.
    expect(runs.length).toBeLessThanOrEqual(2);
    expect(await differencesOf(db, { chunkUsers: 1_000 })).toEqual([]);

    async function lookAt(at: number): Promise<void> {
      const clock = { now: () => at };
      const jobs = jobTable({ db, clock, ...KEEPING });
      const logger = pino({ level: 'silent' });
      const parts = { db, clock, jobs, logger, metrics: createMetrics() };
      const scheduler = new Scheduler({ ...parts, holder: 'alpha', timezone: 'UTC' });
      await scheduler.look();
      await scheduler.finished();
    }

    async function left(): Promise<number> {
      const rows: { last_daily_reset: string }[] = await db
        .knex('user_profile_usage')
        .select('last_daily_reset');
      const today = Math.floor(now / DAY_MS) * DAY_MS;
      return rows.filter((row) => instantFromText(row.last_daily_reset) < today).length;
    }

    async function fill(yesterday: number): Promise<void> {
      const at = instantToText(yesterday);
      const dates = { created_at: at, updated_at: at };
      const users = Array.from({ length: COUNT }, (_, index) => 20_000_000 + index);
      await db.knex.batchInsert(
        'users',
        users.map((id) => ({
          id,
          username: `user${id}`,
          email: '',
          password: '!',
          date_joined: at,
          ...dates,
        })),
        50,
      );
      const resets = { last_daily_reset: at, last_weekly_reset: at, last_monthly_reset: at };
      await db.knex.batchInsert(
        'user_profile_usage',
        users.map((id) => ({ user_id: id, activation_date: at, ...resets, ...dates })),
        50,
      );
    }
  });
});
