import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { PostAuthLog, type PostAuthLogOptions } from '../../src/access/post-auth-log.ts';
import type { BatchRunner } from '../../src/db/batch.ts';
import { isRecordFault } from '../../src/db/dialect.ts';
import { createMetrics } from '../../src/metrics.ts';
import { testRunner } from '../support/batches.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH } from '../support/records.ts';

const ENTRY = {
  at: EPOCH,
  userName: 'john',
  reply: 'Access-Accept',
  reason: null,
  classToken: 'rm1.a',
} as const;

const logWith = (options: Partial<PostAuthLogOptions> & Pick<PostAuthLogOptions, 'batches'>) => {
  const metrics = createMetrics();
  const log = new PostAuthLog({
    isRecordFault: () => false,
    metrics,
    logger: pino({ level: 'silent' }),
    ...options,
  });
  const lost = async () => (await metrics.postAuthLost.get()).values[0]?.value ?? 0;
  return { log, lost };
};

describeEachDatabase('the log of answers', (getDatabase) => {
  const rows = () => getDatabase().db.knex('radpostauth').orderBy('id').select('*');

  it('keeps every answer, and of passwords nothing', async () => {
    const { log } = logWith({ batches: testRunner(getDatabase().db) });
    log.note(ENTRY);
    log.note({
      ...ENTRY,
      userName: 'j\xc3\xb6hn',
      reply: 'Access-Reject',
      reason: 'quota_daily',
      classToken: undefined,
    });
    log.note({ ...ENTRY, userName: undefined, reply: 'Access-Reject', reason: 'x'.repeat(70) });
    await log.close();
    expect(await rows()).toMatchObject([
      { username: 'john', pass: '', reply: 'Access-Accept', class: 'rm1.a', reason: null },
      { username: 'jöhn', pass: '', reply: 'Access-Reject', class: null, reason: 'quota_daily' },
      { username: '', pass: '', reason: 'x'.repeat(64) },
    ]);
  });

  it('has lost nothing when it is closed, however much waits', async () => {
    const { log, lost } = logWith({ batches: testRunner(getDatabase().db) });
    for (let at = 0; at < 1_700; at++) log.note(ENTRY);
    await log.close();
    expect(await rows()).toHaveLength(1_700);
    expect(await lost()).toBe(0);
  });

  it('leaves out what the database refuses, and that alone', async () => {
    const { db, dialect } = getDatabase();
    const { log, lost } = logWith({ batches: testRunner(db), isRecordFault: isRecordFault[dialect] });
    log.note(ENTRY);
    log.note({ ...ENTRY, at: Number.NaN });
    log.note(ENTRY);
    await log.close();
    expect(await rows()).toHaveLength(2);
    expect(await lost()).toBe(1);
  });

  it('writes what a database that was away did not take', async () => {
    const real = testRunner(getDatabase().db);
    let tries = 0;
    const batches: BatchRunner = {
      run: (work) => (tries++ < 2 ? Promise.reject(new Error('away')) : real.run(work)),
      close: () => real.close(),
    };
    const { log, lost } = logWith({ batches, retryMs: 1 });
    log.note(ENTRY);
    await expect.poll(rows).toHaveLength(1);
    await log.close();
    expect(await lost()).toBe(0);
  });
});

describe('while the database is away, the log of answers', () => {
  const away: BatchRunner = { run: () => Promise.reject(new Error('away')), close: async () => {} };

  it('has an end, and says what it lost', async () => {
    const { log, lost } = logWith({ batches: away, entriesMax: 3 });
    for (let at = 0; at < 5; at++) log.note(ENTRY);
    const lostBefore = await lost();
    await log.close();
    expect(lostBefore).toBeGreaterThan(0);
    expect(await lost()).toBe(5);
  });
});
