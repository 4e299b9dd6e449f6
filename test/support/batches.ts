/** Batches as tests run them, at an instant the test says. */
import type { BatchRunner, BatchTransaction } from '../../src/db/batch.ts';
import { createBatchRunner } from '../../src/db/batch-runner.ts';
import type { Database } from '../../src/db/database.ts';
import { EPOCH } from './records.ts';

/** Returns a runner whose batches are all at EPOCH, or at what `now` says. */
export function testRunner(db: Database, now: () => number = () => EPOCH): BatchRunner {
  return createBatchRunner(db, { clock: { now }, timeoutMs: 10_000 });
}

/** Runs one batch and gives its connection back. */
export async function runBatch<T>(
  db: Database,
  work: (batch: BatchTransaction) => Promise<T>,
  now: number = EPOCH,
): Promise<T> {
  const runner = testRunner(db, () => now);
  try {
    return await runner.run(work);
  } finally {
    await runner.close();
  }
}

/** Returns what a select gives in a batch of its own. */
export function readInBatch<T>(db: Database, select: (batch: BatchTransaction) => () => T): Promise<T> {
  return runBatch(db, async (batch) => {
    const rows = select(batch);
    await batch.flush();
    return rows();
  });
}

/** A transaction in which nothing is asked and nothing written. */
export const NO_STATEMENTS: BatchTransaction = {
  now: 0,
  select: () => ({ rows: () => [] }),
  insert: () => undefined,
  update: () => undefined,
  change: () => ({ count: () => 0 }),
  add: () => undefined,
  flush: async () => undefined,
};
