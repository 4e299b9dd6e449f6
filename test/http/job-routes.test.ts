/** `jobs/`: runs of scheduled jobs. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { jobRoutes } from '../../src/http/job-routes.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

const AT = Date.parse('2025-12-11T12:00:00Z');

describeEachDatabase('job runs over HTTP', (getDatabase) => {
  let api: CoreApi;

  const run = (job: string, minutesAgo: number, columns: object = {}) => ({
    ...{ job, due_at: AT - minutesAgo * 60_000, status: 'done', leased_by: 'alpha' },
    ...{ leased_until: AT, started_at: AT - 1, finished_at: null, item_count: null, error: null, ...columns },
  });
  const due = async (query: string) => {
    const { body } = await api.as('viewer', 'GET', `jobs/${query}`);
    const { count, results } = body as { count: number; results: { job: string; due_at: string }[] };
    return { count, runs: results.map(({ job, due_at }) => `${job} ${due_at.slice(11, 16)}`) };
  };

  beforeEach(async () => {
    const { db } = getDatabase();
    api = await coreApi(db, (given) => [jobRoutes(given)]);
    const failed = { status: 'failed', error: 'no route', item_count: 7, finished_at: AT + 250 };
    await db.knex('job_runs').insert([run('daily', 1), run('alerts', 60, failed)]);
    // Caught up: due long before what ran first.
    await db.knex('job_runs').insert(run('daily', 1_440));
  });
  afterEach(() => api.app.close());

  it('are shown as they stand', async () => {
    const { status, body } = await api.as('admin', 'GET', 'jobs/?job=alerts');
    expect([status, body]).toEqual([
      200,
      {
        count: 1,
        next: null,
        previous: null,
        results: [
          {
            id: expect.any(Number),
            job: 'alerts',
            status: 'failed',
            due_at: '2025-12-11T11:00:00Z',
            started_at: '2025-12-11T11:59:59.999Z',
            finished_at: '2025-12-11T12:00:00.250Z',
            item_count: 7,
            error: 'no route',
            leased_by: 'alpha',
            leased_until: '2025-12-11T12:00:00Z',
          },
        ],
      },
    ]);
  });

  it.each([
    ['', ['daily 12:00', 'alerts 11:00', 'daily 11:59']],
    ['?job=daily', ['daily 11:59', 'daily 12:00']],
    ['?status=failed', ['alerts 11:00']],
    ['?job=daily&status=failed', []],
    ['?job=&status=', ['daily 12:00', 'alerts 11:00', 'daily 11:59']],
    ['?job=unknown', []],
  ])('are listed, the newest first, by %j', async (query, runs) => {
    expect(await due(query)).toEqual({ count: runs.length, runs });
  });

  it('come in pages', async () => {
    expect(await due('?page=last&page_size=2')).toEqual({ count: 3, runs: ['daily 11:59'] });
    expect(await due('?job=daily&page=2&page_size=1')).toEqual({ count: 2, runs: ['daily 12:00'] });
  });

  it('are no business of users, and nobody changes them', async () => {
    expect((await api.as('user', 'GET', 'jobs/')).status).toBe(403);
    expect((await api.as('viewer', 'GET', 'jobs/')).status).toBe(200);
    expect((await api.as('admin', 'POST', 'jobs/', {})).status).toBe(405);
  });
});
