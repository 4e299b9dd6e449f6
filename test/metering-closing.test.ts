/** Accounting-On and -Off among other records of the same batch, and over more sessions than a batch may read. */
import { beforeEach, expect, it } from 'vitest';
import type { AccountingRecord } from '../src/accounting/record.ts';
import type { Dialect } from '../src/db/dialect.ts';
import { createMeter } from '../src/metering.ts';
import { createUser } from '../src/profiles/user-commands.ts';
import { Calendar } from '../src/usage/period.ts';
import { runBatch } from './support/batches.ts';
import { commandContext, usageRowOf } from './support/command-context.ts';
import { describeEachDatabase } from './support/databases.ts';
import { EPOCH, nasRecord, type RecordWords, sessionRecord } from './support/records.ts';
import { submissionOf } from './support/submissions.ts';

const meterBatch = createMeter({
  calendar: new Calendar('UTC'),
  defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
  nameRules: { stripsRealm: false, lowersCase: false },
  unknownUsers: 'unmetered',
});

const SESSION_COUNT = 20_000;
/** The numbers 1 to SESSION_COUNT. */
const NUMBERS: Record<Dialect, string> = {
  mysql: `SELECT seq AS n FROM seq_1_to_${SESSION_COUNT}`,
  sqlite: `WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${SESSION_COUNT}) SELECT n FROM counted`,
};
const RUN_KEY_SQL: Record<Dialect, string> = {
  mysql: "UNHEX(LPAD(HEX(n), 32, '0'))",
  sqlite: "unhex(printf('%032X', n))",
};

describeEachDatabase('an Accounting-On', (getDatabase) => {
  beforeEach(async () => {
    await createUser(commandContext(getDatabase().db), { username: 'john' });
    await meter(report(0, 0, { status: 'Start' }));
  });

  const meter = (...records: AccountingRecord[]) =>
    runBatch(
      getDatabase().db,
      (batch) =>
        meterBatch(
          batch,
          records.map((record) => submissionOf(record)),
        ),
      EPOCH + 300_000,
    );
  const report = (at: number, octets: number, words: Partial<RecordWords> = {}) =>
    sessionRecord({ at, time: at, up: octets, down: 0, ...words });
  const on = nasRecord(60);
  const closedBy = async (...records: AccountingRecord[]) =>
    (await meter(...records)).flatMap((outcome) =>
      outcome.kind === 'closed-sessions' ? [outcome.closed] : [],
    );
  const runs = async () => {
    const rows: { acctsessionid: string; close_kind: number; acctinputoctets: number }[] = await getDatabase()
      .db.knex('radacct')
      .orderBy(['acctsessionid', 'run_number'])
      .select('acctsessionid', 'close_kind', 'acctinputoctets');
    return rows.map((row) => `${row.acctsessionid} ${row.close_kind} ${row.acctinputoctets}`);
  };
  const usedByJohn = async () => (await usageRowOf(getDatabase().db, 'john'))?.used_total;

  it.each<[string, AccountingRecord[], string[], number]>([
    ['alone closes what is open', [on], ['a1 2 0'], 0],
    ['after a record of the session closes it', [report(50, 5), on], ['a1 2 5'], 5],
    ['before a record that happened earlier leaves it closed', [on, report(50, 5)], ['a1 2 5'], 5],
    ['before a record that happened later is taken back', [on, report(70, 9)], ['a1 0 9'], 9],
    ['between the two is taken back by the later one', [report(50, 5), on, report(70, 9)], ['a1 0 9'], 9],
    [
      'before the Stop of before it leaves the session to its Stop',
      [on, report(50, 5, { status: 'Stop' })],
      ['a1 1 5'],
      5,
    ],
    [
      'leaves a session open that starts after it',
      [on, sessionRecord({ at: 65, time: 0, up: 0, down: 0, status: 'Start', id: 'b1' })],
      ['a1 2 0', 'b1 0 0'],
      0,
    ],
  ])('%s', async (_, records, expected, used) => {
    expect(await closedBy(...records)).toEqual([1]);
    expect(await runs()).toEqual(expected);
    expect((await usedByJohn()) ?? 0).toBe(used);
  });

  it('closes nothing that started after it, in a batch of its own', async () => {
    await meter(sessionRecord({ at: 65, time: 0, up: 0, down: 0, status: 'Start', id: 'b1' }));
    expect(await closedBy(on)).toEqual([1]);
    expect(await runs()).toEqual(['a1 2 0', 'b1 0 0']);
  });

  it('that comes twice closes once', async () => {
    expect(await closedBy(on, nasRecord(61))).toEqual([1, 0]);
  });

  it('shows a session closed at its last sign of life, which the same batch may bring', async () => {
    await meter(on, report(50, 5));
    const row = await getDatabase().db.knex('radacct').first();
    expect(row).toMatchObject({ acctterminatecause: 'NAS-Reboot', stopped_at: EPOCH + 60_000 });
    expect(row.updated_at).toBe(EPOCH + 50_000);
    expect(row.acctstoptime).toBe(row.acctupdatetime);
  });

  it(`closes ${SESSION_COUNT} sessions in one batch`, async () => {
    const { db, dialect } = getDatabase();
    await db.knex.raw(`INSERT INTO radacct (acctsessionid, acctuniqueid, runkey, source_address, started_at, updated_at,
        arrival_started_at, arrival_updated_at, acctstarttime, acctupdatetime)
      SELECT n, n, ${RUN_KEY_SQL[dialect]}, '192.0.2.1', ${EPOCH}, ${EPOCH}, ${EPOCH}, ${EPOCH},
        '2025-12-11 12:00:00', '2025-12-11 12:00:00' FROM (${NUMBERS[dialect]}) numbers`);
    expect(await closedBy(on, report(50, 5))).toEqual([SESSION_COUNT + 1]);
    const counts: object[] = await db
      .knex('radacct')
      .groupBy('close_kind')
      .select('close_kind')
      .count('* as rows');
    expect(counts).toEqual([{ close_kind: 2, rows: SESSION_COUNT + 1 }]);
    expect(await db.knex('radacct').whereNull('acctstoptime')).toEqual([]);
  });
});
