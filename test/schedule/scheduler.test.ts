/** Running jobs when they are due. */
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { createMetrics } from '../../src/metrics.ts';
import { DAILY, HOURLY, MONTHLY, WEEKLY } from '../../src/schedule/cadence.ts';
import type { Job, JobTerms } from '../../src/schedule/job.ts';
import { Scheduler, type SchedulerOptions } from '../../src/schedule/scheduler.ts';
import { Calendar } from '../../src/usage/period.ts';
import { fixTimezone } from '../../src/usage/stored-timezone.ts';
import { changeTimezone } from '../../src/usage/timezone-change.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('the scheduler', (getDatabase) => {
  let db: Database;
  let now: number;
  const ran: string[] = [];
  const others: { close(): Promise<void> }[] = [];
  const clock = { now: () => now };

  const job = (name: string, more: Partial<Job> = {}): Job => ({
    ...{ name, describe: name, cadence: DAILY },
    run: async ({ calendar }) => {
      ran.push(`${name} ${calendar.timezone}`);
      return 3;
    },
    ...more,
  });
  const schedulerOf = (
    jobs: readonly Job[],
    holder = 'alpha',
    database = db,
    metrics = createMetrics(),
    more: Partial<SchedulerOptions> = {},
  ) => {
    const logger = pino({ level: 'silent' });
    const timezone = 'UTC';
    return new Scheduler({ db: database, clock, jobs, holder, timezone, logger, metrics, ...more });
  };
  /** As another instance: connections of its own. */
  const elsewhere = () => {
    const other = openDatabase(getDatabase().url);
    others.push(other);
    return other;
  };
  const lookAt = async (scheduler: Scheduler, iso: string) => {
    now = Date.parse(iso);
    await scheduler.look();
    await scheduler.finished();
  };
  const runs = async () => {
    const rows = await db.knex('job_runs').orderBy('id');
    return rows.map((row) => `${row.job} ${new Date(row.due_at).toISOString().slice(0, 16)} ${row.status}`);
  };

  beforeEach(async () => {
    db = getDatabase().db;
    ran.length = 0;
    await fixTimezone(db, 'UTC');
  });
  afterEach(async () => {
    for (const other of others.splice(0)) await other.close();
  });

  it('runs a job once for each time it is due, and keeps what came of it', async () => {
    const scheduler = schedulerOf([job('nap')]);
    for (const at of ['2025-12-11T12:00:00Z', '2025-12-11T23:59:59Z', '2025-12-12T00:00:00Z'])
      await lookAt(scheduler, at);
    expect(await runs()).toEqual(['nap 2025-12-11T00:00 done', 'nap 2025-12-12T00:00 done']);
    expect(ran).toHaveLength(2);
    expect(await db.knex('job_runs').orderBy('id', 'desc').first()).toMatchObject({
      ...{ leased_by: 'alpha', started_at: now, finished_at: now, item_count: 3, error: null },
    });
  });

  it('after three days off over the end of a month catches up with the latest time of each', async () => {
    const jobs = [
      job('daily'),
      job('weekly', { cadence: WEEKLY }),
      job('monthly', { cadence: MONTHLY }),
      job('hourly', { cadence: HOURLY }),
    ];
    // From a Saturday to a Tuesday.
    await lookAt(schedulerOf(jobs), '2026-01-31T10:30:00Z');
    ran.length = 0;
    await lookAt(schedulerOf(jobs), '2026-02-03T10:30:00Z');
    expect(ran.toSorted()).toEqual(['daily UTC', 'hourly UTC', 'monthly UTC', 'weekly UTC']);
    expect((await runs()).slice(4).toSorted()).toEqual([
      'daily 2026-02-03T00:00 done',
      'hourly 2026-02-03T10:00 done',
      'monthly 2026-02-01T00:00 done',
      'weekly 2026-02-02T00:00 done',
    ]);
  });

  it('runs each due time once among two instances', async () => {
    const one = schedulerOf([job('nap'), job('walk')]);
    const two = schedulerOf([job('nap'), job('walk')], 'beta', elsewhere());
    for (let day = 1; day <= 9; day++) {
      now = Date.parse(`2025-12-0${day}T00:00:01Z`);
      await Promise.all([one.look(), two.look()]);
      await Promise.all([one.finished(), two.finished()]);
    }
    expect(ran).toHaveLength(18);
    expect(new Set(await runs()).size).toBe(18);
  });

  it('does not run a job twice when the clock goes back, nor skips one when it has gone forward', async () => {
    const scheduler = schedulerOf([job('nap')]);
    await lookAt(scheduler, '2025-12-12T00:10:00Z');
    await lookAt(scheduler, '2025-12-12T00:00:05Z');
    expect(ran).toHaveLength(1);
    await lookAt(scheduler, '2027-12-12T00:00:05Z');
    await lookAt(scheduler, '2025-12-13T00:00:00Z');
    expect(await runs()).toEqual([
      'nap 2025-12-12T00:00 done',
      'nap 2027-12-12T00:00 done',
      'nap 2025-12-13T00:00 done',
    ]);
  });

  it('leaves a run alone while its holder is heard of, and takes it over afterwards', async () => {
    now = Date.parse('2025-12-12T00:00:00Z');
    const run = { job: 'nap', due_at: now, status: 'running', leased_by: 'gone', started_at: now };
    await db.knex('job_runs').insert({ ...run, leased_until: now + 60_000 });
    const scheduler = schedulerOf([job('nap')]);
    await lookAt(scheduler, '2025-12-12T00:00:59Z');
    expect(ran).toEqual([]);
    await lookAt(scheduler, '2025-12-12T00:01:00Z');
    expect(await db.knex('job_runs')).toMatchObject([{ status: 'done', leased_by: 'alpha', item_count: 3 }]);
  });

  it('goes on counting where the holder before had come to, from when it began', async () => {
    const at = Date.parse('2025-12-12T00:00:00Z');
    const run = { job: 'nap', due_at: at, status: 'running', leased_by: 'gone', started_at: at + 5 };
    await db.knex('job_runs').insert({ ...run, leased_until: at + 60_000, item_count: 40 });
    await lookAt(schedulerOf([job('nap')]), '2025-12-12T00:01:00Z');
    expect(await db.knex('job_runs')).toMatchObject([
      { status: 'done', leased_by: 'alpha', started_at: at + 5, finished_at: now, item_count: 43 },
    ]);
  });

  it('takes over a lease that a clock far ahead gave', async () => {
    now = Date.parse('2025-12-12T00:00:00Z');
    const run = { job: 'nap', due_at: now, status: 'running', leased_by: 'gone', started_at: now };
    await db.knex('job_runs').insert({ ...run, leased_until: Date.parse('2031-01-01T00:00:00Z') });
    await lookAt(schedulerOf([job('nap')]), '2025-12-12T00:00:00Z');
    expect(await runs()).toEqual(['nap 2025-12-12T00:00 done']);
  });

  it('gives up a lost run that a later one does the work of', async () => {
    const at = Date.parse('2025-12-12T00:00:00Z');
    const run = { job: 'nap', due_at: at, status: 'running', leased_by: 'gone', started_at: at };
    await db.knex('job_runs').insert({ ...run, leased_until: at + 60_000 });
    await lookAt(schedulerOf([job('nap')]), '2025-12-13T00:00:00Z');
    expect(await db.knex('job_runs').orderBy('id')).toMatchObject([
      { status: 'failed', error: expect.stringMatching(/^gone was lost .* 2025-12-13T00:00:00.000Z does/) },
      { status: 'done' },
    ]);
  });

  it('repeats a run that failed after five minutes, and says why meanwhile', async () => {
    let isBroken = true;
    const metrics = createMetrics();
    const broken = job('nap', {
      run: async () => {
        if (isBroken) throw new Error('no bed');
        return 1;
      },
    });
    const scheduler = schedulerOf([broken], 'alpha', db, metrics);
    await lookAt(scheduler, '2025-12-12T00:00:00Z');
    isBroken = false;
    await lookAt(scheduler, '2025-12-12T00:04:59Z');
    expect(await db.knex('job_runs')).toMatchObject([{ status: 'failed', error: 'no bed' }]);
    await lookAt(scheduler, '2025-12-12T00:05:00Z');
    expect(await db.knex('job_runs')).toMatchObject([{ status: 'done', error: null, item_count: 1 }]);
    const { values } = await metrics.jobRuns.get();
    expect(values.map(({ labels, value }) => [labels.outcome, value])).toEqual([
      ['failed', 1],
      ['done', 1],
    ]);
  });

  it('closed in the middle leaves the run to the next at once', async () => {
    const { promise: begun, resolve } = Promise.withResolvers<JobTerms>();
    const endless = job('nap', {
      run: (terms) =>
        new Promise((done) => {
          terms.signal.addEventListener('abort', () => done(1), { once: true });
          resolve(terms);
        }),
    });
    const scheduler = schedulerOf([endless]);
    now = Date.parse('2025-12-12T00:00:00Z');
    await scheduler.look();
    await begun;
    await scheduler.close();
    expect(await db.knex('job_runs')).toMatchObject([
      { status: 'failed', error: 'radmeter was stopped before it was done' },
    ]);
    await lookAt(schedulerOf([job('nap')], 'beta'), '2025-12-12T00:00:00Z');
    expect(await db.knex('job_runs')).toMatchObject([{ status: 'done', leased_by: 'beta' }]);
  });

  it('does not begin a job of its own beside itself, nor two of one lane', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let side = 0;
    let most = 0;
    const run = async () => {
      most = Math.max(most, ++side);
      await gate;
      side--;
      return 0;
    };
    const scheduler = schedulerOf([job('one', { run, lane: 'bed' }), job('two', { run, lane: 'bed' })]);
    now = Date.parse('2025-12-12T00:00:00Z');
    await scheduler.look();
    now = Date.parse('2025-12-13T00:00:00Z');
    await scheduler.look();
    open();
    await scheduler.finished();
    expect(most).toBe(1);
    // The lane goes on by itself.
    expect((await runs()).map((line) => line.split(' ')[0])).toEqual(['one', 'one', 'two']);
  });

  it('goes by another zone as soon as it is set', async () => {
    const scheduler = schedulerOf([job('nap')]);
    await lookAt(scheduler, '2025-12-11T12:00:00Z');
    const actor = { name: 'cli:tester', userId: null };
    await changeTimezone(db, { timezone: 'Africa/Douala', clock, actor });
    await lookAt(scheduler, '2025-12-11T12:00:15Z');
    await lookAt(scheduler, '2025-12-11T23:00:00Z');
    expect(ran).toEqual(['nap UTC', 'nap Africa/Douala', 'nap Africa/Douala']);
    expect(new Calendar('Africa/Douala').dayOf(now).day).toBe(now);
  });

  it('looks by itself from when it starts on', async () => {
    now = Date.parse('2025-12-12T00:00:00Z');
    const { promise: second, resolve } = Promise.withResolvers<void>();
    const days: number[] = [];
    const nap = job('nap', {
      run: async () => {
        if (days.push(now) === 2) resolve();
        return 1;
      },
    });
    const scheduler = schedulerOf([nap], 'alpha', db, createMetrics(), { lookTimes: '* * * * * *' });
    await scheduler.start();
    await scheduler.finished();
    expect(days).toHaveLength(1);
    now = Date.parse('2025-12-13T00:00:00Z');
    await second;
    await scheduler.close();
    expect(days).toEqual([Date.parse('2025-12-12T00:00:00Z'), now]);
  });

  it('catches up when it starts', async () => {
    now = Date.parse('2025-12-12T00:00:00Z');
    const scheduler = schedulerOf([job('nap')]);
    await scheduler.start();
    await scheduler.finished();
    await scheduler.close();
    expect(await runs()).toEqual(['nap 2025-12-12T00:00 done']);
  });
});
