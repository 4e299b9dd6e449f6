import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Recorder, type RecorderOptions } from '../../src/accounting/recorder.ts';
import type { Submission } from '../../src/accounting/submission.ts';
import { systemClock } from '../../src/clock.ts';
import type { BatchRunner, BatchTransaction, Column } from '../../src/db/batch.ts';
import { createBatchRunner } from '../../src/db/batch-runner.ts';
import { isRecordFault, isRetryable } from '../../src/db/dialect.ts';
import { createMetrics } from '../../src/metrics.ts';
import { NO_STATEMENTS } from '../support/batches.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { type TestSpool, testSpool } from '../support/spools.ts';
import { reopenSubmission, submissionOf, type TestSubmission } from '../support/submissions.ts';

/** A database that keeps the batch it was given, until it is told how it ended. */
class HeldRunner implements BatchRunner {
  readonly batches: { commit: () => void; fail: (error: Error) => void }[] = [];
  #onBatch: () => void = () => undefined;

  async run<T>(work: (batch: BatchTransaction) => Promise<T>): Promise<T> {
    const result = await work(NO_STATEMENTS);
    await new Promise<void>((commit, fail) => {
      this.batches.push({ commit, fail });
      this.#onBatch();
    });
    return result;
  }

  async close(): Promise<void> {}

  /** Returns the batch with this number, waiting for it. */
  async batch(number: number): Promise<{ commit: () => void; fail: (error: Error) => void }> {
    for (;;) {
      const batch = this.batches[number];
      if (batch !== undefined) return batch;
      await new Promise<void>((resolve) => {
        this.#onBatch = resolve;
      });
    }
  }
}

class LostRace extends Error {}
class BadValue extends Error {}

/** A recorder on a runner and a spool, with the batches it metered. */
function recording(
  batches: BatchRunner,
  options: Partial<RecorderOptions<number>> = {},
  { spool, remove }: TestSpool = testSpool(),
) {
  onTestFinished(remove);
  const metered: (readonly Submission[])[] = [];
  const committed: (readonly Submission[])[] = [];
  const metrics = createMetrics();
  const recorder = new Recorder<number>({
    batches,
    meter: async (_batch, submissions) => {
      metered.push(submissions);
      return submissions.map((_, index) => index);
    },
    isRetryable: (error) => error instanceof LostRace,
    isRecordFault: (error) => error instanceof BadValue,
    batchRecordsMax: 100,
    retryMs: 5_000,
    queueRecordsMax: 1000,
    isCommitBlocking: false,
    spool,
    reopen: reopenSubmission,
    onCommitted: (submissions) => committed.push(submissions),
    logger: pino({ level: 'silent' }),
    metrics,
    ...options,
  });
  return { recorder, metered, committed, metrics, spool };
}

const answersOf = (submissions: readonly TestSubmission[]) => submissions.map(({ answer }) => answer());
const several = (count: number) => Array.from({ length: count }, () => submissionOf());

describe('the recorder', () => {
  it('answers only after the commit', async () => {
    const runner = new HeldRunner();
    const { recorder, committed } = recording(runner);
    const submission = submissionOf();
    expect(recorder.submit(submission)).toBe(true);
    const batch = await runner.batch(0);
    expect(submission.answer()).toBe('none');
    expect(committed).toEqual([]);
    batch.commit();
    await recorder.close();
    expect(submission.answer()).toBe('acknowledged');
    expect(committed).toEqual([[submission]]);
  });

  it('makes one batch of what queued while the last one committed, at most as many as it may', async () => {
    const runner = new HeldRunner();
    const { recorder, metered } = recording(runner, { batchRecordsMax: 3 });
    const submissions = several(6);
    for (const submission of submissions) recorder.submit(submission);
    for (const number of [0, 1, 2]) (await runner.batch(number)).commit();
    await recorder.close();
    expect(metered.map((batch) => batch.length)).toEqual([1, 3, 2]);
    expect(metered.flat()).toEqual(submissions);
  });

  it('refuses what does not fit into the queue and takes more when there is room', async () => {
    const runner = new HeldRunner();
    const { recorder } = recording(runner, { queueRecordsMax: 2 });
    const [first, second, third, refused, later] = several(5);
    const submit = (submission: TestSubmission | undefined) =>
      submission !== undefined && recorder.submit(submission);
    submit(first);
    const batch = await runner.batch(0);
    expect([submit(second), submit(third), submit(refused)]).toEqual([true, true, false]);
    batch.commit();
    const next = await runner.batch(1);
    expect(submit(later)).toBe(true);
    next.commit();
    (await runner.batch(2)).commit();
    await recorder.close();
    expect(refused?.answer()).toBe('none');
    expect(later?.answer()).toBe('acknowledged');
  });

  it('decides a batch that lost a race again, and answers once', async () => {
    const runner = new HeldRunner();
    const { recorder, metered } = recording(runner);
    const submission = submissionOf();
    recorder.submit(submission);
    (await runner.batch(0)).fail(new LostRace());
    const again = await runner.batch(1);
    expect(submission.answer()).toBe('none');
    again.commit();
    await recorder.close();
    expect(submission.answer()).toBe('acknowledged');
    expect(metered).toEqual([[submission], [submission]]);
  });

  it('keeps a batch in the spool that loses one race after the other', async () => {
    const runner = new HeldRunner();
    const { recorder, spool } = recording(runner);
    const submission = submissionOf();
    recorder.submit(submission);
    for (let tries = 0; tries <= 10; tries++) (await runner.batch(tries)).fail(new LostRace());
    const drained = await runner.batch(11);
    expect(submission.answer()).toBe('acknowledged');
    drained.commit();
    await recorder.close();
    expect(spool.size).toBe(0);
  });

  it('drains on close, and takes nothing any more', async () => {
    const runner = new HeldRunner();
    const { recorder } = recording(runner);
    const [first, second] = [submissionOf(), submissionOf()];
    recorder.submit(first);
    const batch = await runner.batch(0);
    recorder.submit(second);
    const closed = recorder.close();
    expect(recorder.submit(submissionOf())).toBe(false);
    batch.commit();
    (await runner.batch(1)).commit();
    await closed;
    expect(answersOf([first, second])).toEqual(['acknowledged', 'acknowledged']);
  });

  it('leaves the queue unanswered when it is told to hurry, but not the batch under way', async () => {
    const runner = new HeldRunner();
    const { recorder } = recording(runner);
    const [first, second] = [submissionOf(), submissionOf()];
    recorder.submit(first);
    const batch = await runner.batch(0);
    recorder.submit(second);
    recorder.abandonQueue();
    batch.commit();
    await recorder.close();
    expect(answersOf([first, second])).toEqual(['acknowledged', 'abandoned']);
  });

  it('waits for what the sockets still hold where a commit stops the event loop', async () => {
    const runner = new HeldRunner();
    const { recorder, metered } = recording(runner, { isCommitBlocking: true });
    recorder.submit(submissionOf());
    // One turn that brings as many datagrams as libuv reads means that there may be more.
    const turns = [32, 32, 5];
    const nextTurn = () => {
      for (const submission of several(turns.shift() ?? 0)) recorder.submit(submission);
      if (turns.length > 0) setImmediate(nextTurn);
    };
    nextTurn();
    (await runner.batch(0)).commit();
    await recorder.close();
    expect(metered.map((batch) => batch.length)).toEqual([70]);
  });
});

const SIGHTING: readonly Column<Submission>[] = [
  { name: 'address', kind: 'text', value: ({ nasName }) => nasName },
  { name: 'first_seen_at', kind: 'number', value: ({ arrivedAt }) => arrivedAt },
  { name: 'last_seen_at', kind: 'number', value: ({ arrivedAt }) => arrivedAt },
  // Half a packet is a number no database is asked to keep.
  { name: 'packets', kind: 'number', value: ({ nasName }) => (nasName === 'bad' ? 0.5 : 1) },
];

describeEachDatabase('a batch refused for one record', (getDatabase) => {
  it('is halved until that record stands alone, which is set aside; the others are recorded', async () => {
    const { db, dialect } = getDatabase();
    const runner = createBatchRunner(db, { clock: systemClock, timeoutMs: 5000 });
    const { recorder, metrics } = recording(runner, {
      isRetryable: isRetryable[dialect],
      isRecordFault: isRecordFault[dialect],
      meter: async (batch, submissions) => {
        batch.insert('unknown_nas', SIGHTING, submissions);
        return submissions.map(() => 0);
      },
    });
    const submissions = ['a', 'b', 'bad', 'c', 'd', 'e', 'f'].map((nasName) => ({
      ...submissionOf(),
      nasName,
    }));
    for (const submission of submissions) recorder.submit(submission);
    await recorder.close();
    await runner.close();
    expect(answersOf(submissions)).toEqual(submissions.map(() => 'acknowledged'));
    const recorded: { address: string }[] = await db.knex('unknown_nas').orderBy('address').select('address');
    expect(recorded.map(({ address }) => address)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    const setAside: object[] = await db.knex('set_aside');
    expect(setAside).toEqual([
      expect.objectContaining({ reason: 'refused-by-database', nas_name: 'bad', source_port: 40_000 }),
    ]);
    expect(await metrics.recordsSetAside.get()).toMatchObject({
      values: [{ value: 1, labels: { reason: 'refused-by-database' } }],
    });
  });
});
