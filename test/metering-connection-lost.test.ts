/** A MariaDB that takes a batch's connection away, or hangs: nothing is acknowledged that is not durable, and what comes later is recorded. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { Recorder } from '../src/accounting/recorder.ts';
import { systemClock } from '../src/clock.ts';
import type { BatchRunner } from '../src/db/batch.ts';
import { createBatchRunner } from '../src/db/batch-runner.ts';
import { type Database, openDatabase } from '../src/db/database.ts';
import { isRecordFault, isRetryable } from '../src/db/dialect.ts';
import { migrateToLatest } from '../src/db/migrate.ts';
import { createMeter, type MeterOutcome } from '../src/metering.ts';
import { createMetrics } from '../src/metrics.ts';
import { createUser } from '../src/profiles/user-commands.ts';
import { Calendar } from '../src/usage/period.ts';
import { commandContext, usageRowOf } from './support/command-context.ts';
import { type Mariadb, startMariadb } from './support/mariadb.ts';
import { sessionRecord } from './support/records.ts';
import { type TestSpool, testSpool } from './support/spools.ts';
import { reopenSubmission, submissionOf, type TestSubmission } from './support/submissions.ts';

const isWanted = inject('databases').includes('mariadb');
const missing = inject('missingPeers').mariadb;
const describeWithMariadb = isWanted && missing === undefined ? describe : describe.skip;
const WAIT_MS = 10_000;
const POLL_MS = 20;
const TIMEOUT_MS = 2_000;

describeWithMariadb(`a batch whose MariaDB${missing === undefined ? '' : ` (${missing})`}`, () => {
  let mariadb: Mariadb;
  let db: Database;
  let pid: number;
  let batches: BatchRunner;
  let recorder: Recorder<MeterOutcome>;
  let metrics: ReturnType<typeof createMetrics>;
  let spool: TestSpool;

  beforeAll(async () => {
    mariadb = await startMariadb();
    const server = openDatabase(`${mariadb.serverUrl}/information_schema`);
    await server.knex.raw('CREATE DATABASE lost CHARACTER SET utf8mb4');
    const [[row]] = await server.knex.raw('SELECT @@pid_file AS file');
    pid = Number(readFileSync(row.file, 'utf8'));
    await server.close();
    db = openDatabase(`${mariadb.serverUrl}/lost`);
    await migrateToLatest(db);
    await createUser(commandContext(db), { username: 'john' });
  });
  afterAll(async () => {
    await db.close();
    await mariadb.stop();
  });

  beforeEach(async () => {
    for (const table of ['radacct', 'user_profile_usage', 'usage_days']) await db.knex(table).delete();
    batches = createBatchRunner(db, { clock: systemClock, timeoutMs: TIMEOUT_MS });
    metrics = createMetrics();
    spool = testSpool();
    recorder = new Recorder<MeterOutcome>({
      batches,
      meter: createMeter({
        calendar: new Calendar('UTC'),
        defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
        nameRules: { stripsRealm: false, lowersCase: false },
        unknownUsers: 'unmetered',
      }),
      isRetryable: isRetryable.mysql,
      isRecordFault: isRecordFault.mysql,
      batchRecordsMax: 100,
      retryMs: 5_000,
      queueRecordsMax: 100,
      isCommitBlocking: false,
      spool: spool.spool,
      reopen: reopenSubmission,
      onCommitted: () => undefined,
      logger: pino({ level: 'silent' }),
      metrics,
    });
  });

  afterEach(async () => {
    await recorder.close();
    await batches.close();
    spool.remove();
  });

  /** Submits a report and resolves, once it was answered or abandoned, to what it was. */
  function reported(at: number, octets: number): Promise<ReturnType<TestSubmission['answer']>> {
    return new Promise((resolve) => {
      const record = sessionRecord({ at, time: at, up: octets, down: 0 });
      const submission = submissionOf(record, () => setImmediate(() => resolve(submission.answer())));
      recorder.submit(submission);
    });
  }

  /** Resolves to the connection whose statement waits for the run's row. */
  async function waitingConnection(): Promise<number> {
    const deadline = performance.now() + WAIT_MS;
    while (performance.now() < deadline) {
      const [rows = []]: { Id: number; Info: string | null }[][] = await db.knex.raw('SHOW FULL PROCESSLIST');
      const row = rows.find(({ Info }) => Info?.includes('FOR UPDATE'));
      if (row !== undefined) return row.Id;
      await pause(POLL_MS);
    }
    throw new Error(`nobody waited for a run within ${WAIT_MS} ms`);
  }
  const failures = async () =>
    (await metrics.batchFailures.get()).values.map(({ labels, value }) => [labels.outcome, value]);

  it('kills its connection while it waits for a lock is decided again on a new one, and acknowledged', async () => {
    expect(await reported(60, 100)).toBe('acknowledged');
    const { promise: lock, resolve: unlock } = Promise.withResolvers<void>();
    const { promise: locked, resolve: onLocked } = Promise.withResolvers<void>();
    const holding = db.knex.transaction(async (trx) => {
      await trx('radacct').update({ close_kind: 0, acctinterval: 1 });
      onLocked();
      await lock;
    });
    await locked;
    const answer = reported(120, 150);
    try {
      await db.knex.raw(`KILL ${await waitingConnection()}`);
      await expect.poll(failures).toEqual([['retried', 1]]);
    } finally {
      unlock();
      await holding;
    }
    expect(await answer).toBe('acknowledged');
    expect(await usageRowOf(db, 'john')).toMatchObject({ used_total: 150 });
  });

  it('kills its connection between two batches is recorded all the same', async () => {
    expect(await reported(60, 100)).toBe('acknowledged');
    const [rows = []]: { Id: number; Command: string }[][] = await db.knex.raw('SHOW PROCESSLIST');
    const [[{ own }]] = await db.knex.raw('SELECT CONNECTION_ID() AS own');
    for (const { Id, Command } of rows)
      if (Command === 'Sleep' && Id !== own) await db.knex.raw(`KILL ${Id}`);
    expect(await reported(120, 150)).toBe('acknowledged');
    expect(await usageRowOf(db, 'john')).toMatchObject({ used_total: 150 });
  });

  it('hangs goes to the spool once its time is over, is answered, and is recorded when it hangs no more', async () => {
    expect(await reported(60, 100)).toBe('acknowledged');
    process.kill(pid, 'SIGSTOP');
    try {
      const begun = performance.now();
      expect(await reported(120, 150)).toBe('acknowledged');
      expect(performance.now() - begun).toBeLessThan(2 * TIMEOUT_MS);
      expect(spool.spool.size).toBe(1);
      // Behind the first one, whatever the database does meanwhile.
      expect(await reported(150, 170)).toBe('acknowledged');
      expect(recorder.isDurable).toBe(true);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await reported(180, 190)).toBe('acknowledged');
    await expect.poll(() => spool.spool.size, { timeout: WAIT_MS }).toBe(0);
    expect(await usageRowOf(db, 'john')).toMatchObject({ used_total: 190 });
  });
});
