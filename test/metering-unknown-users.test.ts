/** Users made from accounting where the database takes the name for one it has. */
import { pino } from 'pino';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { Recorder } from '../src/accounting/recorder.ts';
import { type Dialect, isRecordFault, isRetryable } from '../src/db/dialect.ts';
import { createMeter, type MeterOutcome } from '../src/metering.ts';
import { createMetrics } from '../src/metrics.ts';
import { createUser } from '../src/profiles/user-commands.ts';
import { Calendar } from '../src/usage/period.ts';
import { testRunner } from './support/batches.ts';
import { commandContext, usageRowOf } from './support/command-context.ts';
import { describeEachDatabase } from './support/databases.ts';
import { sessionRecord } from './support/records.ts';
import { testSpool } from './support/spools.ts';
import { reopenSubmission, submissionOf } from './support/submissions.ts';

/** The column as Django makes it on a server of the usual collation; SQLite's compares exactly. */
const adoptColumn: Record<Dialect, string> = {
  mysql: 'ALTER TABLE users MODIFY username VARCHAR(150) COLLATE utf8mb4_general_ci NOT NULL',
  sqlite: 'SELECT 1',
};
/** Names that the adopted column calls equal to john. */
const LIKE_JOHN: Record<Dialect, readonly string[]> = {
  mysql: ['john ', 'JOHN', 'j\xc3\xb6hn'],
  sqlite: ['john '],
};
const MADE_OF_GHOSTS: Record<Dialect, readonly string[]> = { mysql: ['Ghost'], sqlite: ['Ghost', 'ghost'] };

describeEachDatabase('under "create" on an adopted users table', (getDatabase) => {
  beforeAll(async () => {
    const { db, dialect } = getDatabase();
    await db.knex.raw(adoptColumn[dialect]);
  });
  beforeEach(() => createUser(commandContext(getDatabase().db), { username: 'john' }));

  /** Records one report of each user as one batch and returns how often it was decided. */
  async function record(users: readonly string[]): Promise<number> {
    const { db, dialect } = getDatabase();
    const batches = testRunner(db);
    const meterBatch = createMeter({
      calendar: new Calendar('UTC'),
      defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
      nameRules: { stripsRealm: false, lowersCase: false },
      unknownUsers: 'create',
    });
    const { spool, remove } = testSpool();
    let decided = 0;
    const recorder = new Recorder<MeterOutcome>({
      batches,
      meter: (batch, submissions) => {
        decided++;
        return meterBatch(batch, submissions);
      },
      isRetryable: isRetryable[dialect],
      isRecordFault: isRecordFault[dialect],
      batchRecordsMax: 100,
      retryMs: 5_000,
      queueRecordsMax: 100,
      // One batch of everything: a recorder that gathers waits for the turn to end.
      isCommitBlocking: true,
      spool,
      reopen: reopenSubmission,
      onCommitted: () => undefined,
      logger: pino({ level: 'silent' }),
      metrics: createMetrics(),
    });
    const submissions = users.map((user, index) =>
      submissionOf(
        sessionRecord({ at: 0, time: 60, up: 10, down: 0, user, id: `s${index}`, station: undefined }),
      ),
    );
    for (const submission of submissions) recorder.submit(submission);
    await recorder.close();
    await batches.close();
    remove();
    expect(submissions.map(({ answer }) => answer())).toEqual(users.map(() => 'acknowledged'));
    return decided;
  }
  const usernames = () => getDatabase().db.knex('users').orderBy('id').pluck('username');

  it('a name that is taken for another is recorded unmetered, and no user made', async () => {
    const { db, dialect } = getDatabase();
    for (const name of LIKE_JOHN[dialect]) {
      expect(await record([name])).toBe(1);
      const row = await db.knex('radacct').orderBy('radacctid', 'desc').first('user_id', 'unmeteredoctets');
      expect(row).toEqual({ user_id: null, unmeteredoctets: 10 });
      await db.knex('radacct').delete();
    }
    expect(await usernames()).toEqual(['john']);
    expect(await usageRowOf(db, 'john')).toBeUndefined();
    expect(await db.knex('set_aside')).toEqual([]);
  });

  it('the others of its batch are metered, and a new name among them made a user', async () => {
    const { db, dialect } = getDatabase();
    expect(await record([...LIKE_JOHN[dialect], 'john', 'ghost'])).toBe(1);
    expect(await usernames()).toEqual(['john', 'ghost']);
    expect(await usageRowOf(db, 'john')).toMatchObject({ used_total: 10 });
    expect(await usageRowOf(db, 'ghost')).toMatchObject({ used_total: 10 });
    expect(await db.knex('radacct').whereNull('user_id')).toHaveLength(LIKE_JOHN[dialect].length);
    expect(await db.knex('set_aside')).toEqual([]);
  });

  it('two new names that are taken for one another do not cost their batch: the column says whether both are made', async () => {
    const { db, dialect } = getDatabase();
    await record(['Ghost', 'ghost']);
    expect(await usernames()).toEqual(['john', ...MADE_OF_GHOSTS[dialect]]);
    expect(await db.knex('radacct')).toHaveLength(2);
    expect(await db.knex('set_aside')).toEqual([]);
  });
});
