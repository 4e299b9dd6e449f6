/** One run of a job: held while it lasts, and let go where somebody else has it. */
import { once } from 'node:events';
import { beforeEach, expect, it, vi } from 'vitest';
import { DAILY } from '../../src/schedule/cadence.ts';
import type { Job, JobTerms } from '../../src/schedule/job.ts';
import { runJob } from '../../src/schedule/run-job.ts';
import { Calendar } from '../../src/usage/period.ts';
import { describeEachDatabase } from '../support/databases.ts';

const DUE_AT = Date.parse('2025-12-12T00:00:00Z');

describeEachDatabase('a run of a job', (getDatabase) => {
  let now: number;

  beforeEach(() => {
    now = DUE_AT;
  });

  const run = () => getDatabase().db.knex('job_runs').first();
  /** Begins a run that lasts until the test ends it, or it is told to end. */
  const begin = async () => {
    const begun = Promise.withResolvers<JobTerms>();
    const ended = Promise.withResolvers<number>();
    const job: Job = {
      ...{ name: 'nap', describe: 'nap', cadence: DAILY },
      run: (terms) => {
        begun.resolve(terms);
        return ended.promise;
      },
    };
    const outcome = runJob(job, {
      ...{ db: getDatabase().db, clock: { now: () => now }, holder: 'alpha', calendar: new Calendar('UTC') },
      ...{ dueAt: DUE_AT, signal: new AbortController().signal, heartbeatMs: 5 },
    });
    return { terms: await begun.promise, end: ended.resolve, outcome };
  };

  it('is prolonged while it lasts, and says how far it is', async () => {
    const { terms, end, outcome } = await begin();
    terms.onItems(7);
    for (let minute = 1; minute <= 3; minute++) {
      now = DUE_AT + minute * 60_000;
      await vi.waitFor(async () =>
        expect(await run()).toMatchObject({ status: 'running', leased_until: now + 60_000, item_count: 7 }),
      );
    }
    expect(terms.signal.aborted).toBe(false);
    end(9);
    expect(await outcome).toMatchObject({ outcome: 'done', itemCount: 9 });
    expect(await run()).toMatchObject({ status: 'done', item_count: 9, finished_at: now });
  });

  it('ends as soon as another instance has it, and leaves it to that one', async () => {
    const { terms, end, outcome } = await begin();
    terms.onItems(7);
    const told = once(terms.signal, 'abort');
    await getDatabase().db.knex('job_runs').update({ leased_by: 'beta' });
    await told;
    const before = await run();
    end(7);
    expect(await outcome).toMatchObject({ outcome: 'lost', itemCount: 7 });
    expect(await run()).toEqual(before);
    expect(before).toMatchObject({ status: 'running', leased_by: 'beta' });
  });
});
