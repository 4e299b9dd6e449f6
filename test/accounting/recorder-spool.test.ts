/** The recorder while the database is away: into the spool, answered, and in order into the database when it is back. */
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Recorder } from '../../src/accounting/recorder.ts';
import type { Submission } from '../../src/accounting/submission.ts';
import type { BatchRunner, BatchTransaction } from '../../src/db/batch.ts';
import { AppError } from '../../src/errors.ts';
import { createMetrics } from '../../src/metrics.ts';
import { NO_STATEMENTS } from '../support/batches.ts';
import { type TestSpool, testSpool } from '../support/spools.ts';
import { reopenSubmission, submissionOf } from '../support/submissions.ts';

class BadValue extends Error {}

/** A database that is there, or is not; what it commits is written down in order. */
class SwitchedDatabase implements BatchRunner {
  isAway = false;
  /** The most records it commits in time. */
  recordsMax = Number.POSITIVE_INFINITY;
  /** Commits that are still to succeed before it goes away by itself. */
  commitsLeft = Number.POSITIVE_INFINITY;
  readonly committed: Submission[][] = [];
  #written: Submission[] = [];
  #isRunning = false;

  async run<T>(work: (batch: BatchTransaction) => Promise<T>): Promise<T> {
    if (this.#isRunning) throw new Error('two batches at once');
    this.#isRunning = true;
    try {
      this.#written = [];
      if (this.isAway) throw new AppError('unavailable', 'the database is away');
      const result = await work(NO_STATEMENTS);
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#written.length > this.recordsMax) throw new AppError('unavailable', 'not in time');
      if (this.commitsLeft <= 0) throw new AppError('unavailable', 'the commit was lost');
      this.commitsLeft--;
      if (this.#written.length > 0) this.committed.push(this.#written);
      return result;
    } finally {
      this.#isRunning = false;
    }
  }

  async close(): Promise<void> {}

  write(submissions: readonly Submission[]): number[] {
    if (submissions.some(({ nasName }) => nasName === 'bad')) throw new BadValue();
    this.#written.push(...submissions);
    return submissions.map(() => 0);
  }

  /** The ports of what was committed, in order: each test's submissions have their own. */
  ports(): number[] {
    return this.committed.flat().map(({ sourcePort }) => sourcePort);
  }
}

function recording(database: SwitchedDatabase, place: TestSpool = testSpool(), batchRecordsMax = 3) {
  const seen: Submission[] = [];
  const logged: string[] = [];
  const recorder = new Recorder<number>({
    batches: database,
    meter: async (_batch, submissions) => database.write(submissions),
    isRetryable: () => false,
    isRecordFault: (error) => error instanceof BadValue,
    batchRecordsMax,
    retryMs: 5_000,
    queueRecordsMax: 1000,
    isCommitBlocking: false,
    spool: place.spool,
    reopen: reopenSubmission,
    onCommitted: (submissions) => seen.push(...submissions),
    logger: pino({ level: 'info' }, { write: (line: string) => logged.push(JSON.parse(line).msg) }),
    metrics: createMetrics(),
  });
  onTestFinished(async () => {
    await recorder.close();
    place.remove();
  });
  return { recorder, spool: place.spool, seen, logged };
}

/** Returns requests whose source ports count up from a number. */
const requests = (count: number, firstPort = 1) =>
  Array.from({ length: count }, (_, index) => ({ ...submissionOf(), sourcePort: firstPort + index }));
const portsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => first + index);
const POLL = { timeout: 5_000, interval: 5 };

describe('while the database is away', () => {
  it('answers what is in the spool, stays durable, and moves it into the database in order', async () => {
    const database = new SwitchedDatabase();
    database.isAway = true;
    const { recorder, spool, seen, logged } = recording(database);
    const early = requests(7);
    for (const request of early) recorder.submit(request);
    await expect.poll(() => early.every(({ answer }) => answer() === 'acknowledged'), POLL).toBe(true);
    expect(spool.size).toBe(7);
    expect(recorder.isDurable).toBe(true);
    expect(logged).toEqual(['the database is away; records go to the spool until it takes them']);
    const late = requests(5, 8);
    for (const request of late) recorder.submit(request);
    await expect.poll(() => spool.size, POLL).toBe(12);
    expect(database.ports()).toEqual([]);

    database.isAway = false;
    await expect.poll(() => spool.size, POLL).toBe(0);
    expect(database.ports()).toEqual(portsFrom(1, 12));
    expect(seen.map(({ sourcePort }) => sourcePort)).toEqual(portsFrom(1, 12));
    await expect.poll(() => logged.at(-1), POLL).toBe('the database takes records again');
  });

  it('lets what arrives during the drain queue behind what waits, and goes back to the database itself', async () => {
    const database = new SwitchedDatabase();
    database.isAway = true;
    const { recorder, spool } = recording(database);
    for (const request of requests(30)) recorder.submit(request);
    await expect.poll(() => spool.size, POLL).toBe(30);
    database.isAway = false;
    await expect.poll(() => database.committed.length, POLL).toBeGreaterThan(0);
    for (const request of requests(10, 31)) recorder.submit(request);
    await expect.poll(() => database.ports().length, POLL).toBe(40);
    expect(database.ports()).toEqual(portsFrom(1, 40));
    await expect.poll(() => spool.size, POLL).toBe(0);
    recorder.submit(requests(1, 99)[0] ?? submissionOf());
    await expect.poll(() => database.ports().at(-1), POLL).toBe(99);
  });

  it('gives nothing out twice when the database goes away again during the drain', async () => {
    const database = new SwitchedDatabase();
    database.isAway = true;
    const { recorder, spool } = recording(database);
    for (const request of requests(10)) recorder.submit(request);
    await expect.poll(() => spool.size, POLL).toBe(10);
    database.commitsLeft = 2;
    database.isAway = false;
    await expect.poll(() => database.commitsLeft, POLL).toBe(0);
    database.commitsLeft = Number.POSITIVE_INFINITY;
    await expect.poll(() => spool.size, POLL).toBe(0);
    expect(database.ports()).toEqual(portsFrom(1, 10));
  });

  it('sets aside a record that the database refuses without holding up the rest of the spool', async () => {
    const database = new SwitchedDatabase();
    const { recorder, spool } = recording(database);
    // reopenSubmission gives every request a good NAS, so the refusal is of the bytes here.
    const write = database.write.bind(database);
    database.write = (submissions) => {
      if (submissions.some(({ sourcePort }) => sourcePort === 5)) throw new BadValue();
      return write(submissions);
    };
    database.isAway = true;
    for (const request of requests(9)) recorder.submit(request);
    await expect.poll(() => spool.size, POLL).toBe(9);
    database.isAway = false;
    await expect.poll(() => spool.size, POLL).toBe(0);
    expect(database.ports()).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
  });
});

describe('a database that is slow', () => {
  it('is given smaller batches until it finishes them in time, and is caught up with in order', async () => {
    const database = new SwitchedDatabase();
    database.recordsMax = 2;
    const { recorder, spool } = recording(database, testSpool(), 64);
    for (const request of requests(100)) recorder.submit(request);
    await expect.poll(() => database.ports().length, { ...POLL, timeout: 15_000 }).toBe(100);
    expect(database.ports()).toEqual(portsFrom(1, 100));
    expect(spool.size).toBe(0);
  });
});

describe('a spool', () => {
  it('that an earlier process left is drained first', async () => {
    const place = testSpool();
    place.spool.append(requests(5));
    const database = new SwitchedDatabase();
    const { recorder, spool } = recording(database, place);
    recorder.start();
    for (const request of requests(3, 6)) recorder.submit(request);
    await expect.poll(() => database.ports().length, POLL).toBe(8);
    expect(database.ports()).toEqual(portsFrom(1, 8));
    expect(spool.size).toBe(0);
  });

  it('keeps on close what the database has not taken', async () => {
    const database = new SwitchedDatabase();
    database.isAway = true;
    const { recorder, spool, logged } = recording(database);
    const [first, second] = requests(2);
    if (first !== undefined && second !== undefined) {
      recorder.submit(first);
      recorder.submit(second);
    }
    await recorder.close();
    expect([first?.answer(), second?.answer()]).toEqual(['acknowledged', 'acknowledged']);
    expect(spool.size).toBe(2);
    expect(logged.at(-1)).toBe('records wait in the spool for the next start');
  });

  it('that is full leaves requests unanswered, loudly, and is durable again when the database is', async () => {
    const database = new SwitchedDatabase();
    database.isAway = true;
    const place = testSpool(40 * 1024);
    const { recorder, spool, logged } = recording(database, place);
    const many = requests(1000).map((request) => ({ ...request, bytes: Buffer.alloc(1000) }));
    for (const request of many) recorder.submit(request);
    await expect.poll(() => many.at(-1)?.answer(), POLL).toBe('abandoned');
    expect(recorder.isDurable).toBe(false);
    expect(logged.at(-1)).toMatch(/it has reached spool-max, 40960 bytes; requests stay unanswered$/);
    expect(logged).toHaveLength(2);
    expect(many.filter(({ answer }) => answer() === 'acknowledged')).toHaveLength(spool.size);
  });

  it('on a disk that is full keeps neither the drain nor the answers from a database that is back', async () => {
    const database = new SwitchedDatabase();
    database.isAway = true;
    const place = testSpool();
    const { recorder, logged } = recording(database, place);
    for (const request of requests(30)) recorder.submit(request);
    await expect.poll(() => place.spool.size, POLL).toBe(30);
    const refuse = () => {
      throw new AppError('unavailable', 'the disk is full');
    };
    // What a full disk refuses; test/faults/full-disk.test.ts fills a real one.
    Object.assign(place.spool, { append: refuse, remove: refusingRemove(place, refuse) });
    database.isAway = false;
    await expect.poll(() => database.committed.length, POLL).toBeGreaterThan(0);
    const late = requests(5, 31);
    for (const request of late) recorder.submit(request);
    await expect.poll(() => late.every(({ answer }) => answer() === 'acknowledged'), POLL).toBe(true);
    await expect.poll(() => database.ports().length, POLL).toBe(35);
    expect(database.ports().toSorted((a, b) => a - b)).toEqual(portsFrom(1, 35));
    expect(logged).toContain('records that are in the database cannot be deleted from the spool');
    expect(logged).not.toContain('the database still takes no records');
  });
});

/** A removal that takes note of what is done, as the spool does, and then finds no room to delete it. */
function refusingRemove(place: TestSpool, refuse: () => never) {
  const remove = place.spool.remove.bind(place.spool);
  return (throughId: number, count: number) => {
    remove(throughId, count);
    refuse();
  };
}
