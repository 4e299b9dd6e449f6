/** What a session's runs say of how it began and ended and who was charged, on rows that the real meter wrote. */
import { beforeEach, expect, it } from 'vitest';
import type { NasRecord, SessionRecord } from '../../src/accounting/record.ts';
import { createMeter } from '../../src/metering.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { beginningOf, endingOf, octetSharesOf } from '../../src/sessions/session-life.ts';
import { getSessionLife, listSessions } from '../../src/sessions/session-queries.ts';
import { sessionLifeShape } from '../../src/sessions/session-shape.ts';
import { Calendar } from '../../src/usage/period.ts';
import { listUsageDays } from '../../src/usage/usage-day-queries.ts';
import { runBatch } from '../support/batches.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH, nasRecord, type RecordWords, sessionRecord } from '../support/records.ts';
import { insertSession } from '../support/session-rows.ts';
import { submissionOf } from '../support/submissions.ts';

const meter = createMeter({
  calendar: new Calendar('UTC'),
  defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
  nameRules: { stripsRealm: false, lowersCase: false },
  unknownUsers: 'unmetered',
});

describeEachDatabase('the life of a session', (getDatabase) => {
  beforeEach(async () => {
    for (const username of ['john', 'jane']) await createUser(commandContext(getDatabase().db), { username });
  });

  const report = (at: number, up: number, words: Partial<RecordWords> = {}) =>
    sessionRecord({ at, time: at, up, down: 0, ...words });
  const receive = (...records: (SessionRecord | NasRecord)[]) =>
    runBatch(getDatabase().db, (batch) =>
      meter(
        batch,
        records.map((record) => submissionOf(record)),
      ),
    );

  /** Every session, oldest first, as one line. */
  const lives = async () => {
    const { db } = getDatabase();
    const sessions = (await listSessions(db, { limit: 10 })).reverse();
    const numberOf = (id: number | undefined) =>
      id === undefined ? '-' : sessions.findIndex((session) => session.id === id) + 1;
    return Promise.all(
      sessions.map(async ({ id }) => {
        const life = await getSessionLife(db, id);
        const [began, ended, shares] = [beginningOf(life), endingOf(life), octetSharesOf(life)];
        const seconds = ended.at === null ? '' : ` at ${(ended.at - EPOCH) / 1000}`;
        return (
          `${began.how} ${numberOf(began.from?.id)}, ${ended.how}${seconds} ${numberOf(ended.to?.id)}: ` +
          `${shares.charged} charged, ${shares.handedOver} before, ${shares.unmetered} nobody's`
        );
      }),
    );
  };

  it.each<[string, (SessionRecord | NasRecord)[], string[]]>([
    ['that goes on', [report(60, 100)], ["record -, open -: 100 charged, 0 before, 0 nobody's"]],
    [
      'that its Stop ends',
      [report(60, 100, { status: 'Stop' })],
      ["record -, stop at 60 -: 100 charged, 0 before, 0 nobody's"],
    ],
    [
      'of nobody',
      [report(60, 100, { user: 'ghost' })],
      ["record -, open -: 0 charged, 0 before, 100 nobody's"],
    ],
    [
      'that Accounting-On ends',
      [report(60, 100), nasRecord(90)],
      ["record -, nas-restart at 90 -: 100 charged, 0 before, 0 nobody's"],
    ],
    [
      'whose counters restart',
      [report(60, 100), report(120, 30, { time: 20 })],
      [
        "record -, successor at 100 2: 100 charged, 0 before, 0 nobody's",
        "successor 1, open -: 30 charged, 0 before, 0 nobody's",
      ],
    ],
    [
      'that another user takes over',
      [report(60, 100), report(120, 150, { user: 'jane' })],
      [
        "record -, handover at 120 2: 100 charged, 0 before, 0 nobody's",
        "handover 1, open -: 50 charged, 100 before, 0 nobody's",
      ],
    ],
    [
      'whose id another user had at the same time',
      [report(60, 100), report(120, 150, { user: 'jane', station: '02-00-00-00-00-02' })],
      [
        "record -, open -: 100 charged, 0 before, 0 nobody's",
        "record -, open -: 150 charged, 0 before, 0 nobody's",
      ],
    ],
  ])('%s', async (_name, records, expected) => {
    for (const record of records) await receive(record);
    expect(await lives()).toEqual(expected);
  });

  it('that fell silent ended when it was last heard of', async () => {
    await receive(report(60, 100));
    await getDatabase()
      .db.knex('radacct')
      .update({
        close_kind: 2,
        stopped_at: EPOCH + 60_000,
        acctterminatecause: 'Lost-Carrier',
      });
    expect(await lives()).toEqual(["record -, silence at 60 -: 100 charged, 0 before, 0 nobody's"]);
  });

  it('has a stable JSON with its other runs, retired ones too, the nearest of many', async () => {
    const { db } = getDatabase();
    await receive(report(60, 100));
    await receive(report(120, 150, { user: 'jane' }));
    const [jane] = await listSessions(db, { limit: 1 });
    const shape = sessionLifeShape(await getSessionLife(db, jane?.id ?? 0));
    expect(shape).toMatchObject({
      user_username: 'jane',
      began: { how: 'handover', at: '2025-12-11T12:02:00Z', session: (jane?.id ?? 0) - 1 },
      ended: { how: 'open', at: null, session: null },
      charged_octets: 50,
      handed_over_octets: 100,
      nobodys_octets: 0,
      other_runs: [{ user_username: 'john', ended: { how: 'handover', session: jane?.id } }],
      has_all_runs: true,
    });
    const [{ runkey }] = await db.knex('radacct').select('runkey').limit(1);
    const retired = Buffer.from(runkey.map((octet: number) => 255 - octet));
    await insertSession(db, { runkey: retired, run_number: -1024 });
    for (let n = 1; n <= 60; n++) await insertSession(db, { runkey, run_number: 100_000 + n });
    const many = await getSessionLife(db, jane?.id ?? 0);
    expect(many.others.map(({ runNumber }) => runNumber)).toEqual([
      -1024,
      0,
      ...Array.from({ length: 50 }, (_, n) => 100_001 + n),
    ]);
    expect(many.isComplete).toBe(false);
  });

  it('lies on these days of its user', async () => {
    const { db } = getDatabase();
    await receive(report(-86_400, 100, { time: 60 }));
    await receive(report(60, 250, { time: 86_520 }));
    const userId = (await listSessions(db, { limit: 1 }))[0]?.userId ?? 0;
    const range = { userId, from: '2025-12-01', to: '2025-12-11' };
    expect(await listUsageDays(db, { ...range, limit: 10 })).toEqual([
      { day: '2025-12-10', inputOctets: 100, outputOctets: 0 },
      { day: '2025-12-11', inputOctets: 150, outputOctets: 0 },
    ]);
    expect(await listUsageDays(db, { ...range, limit: 1 })).toMatchObject([{ day: '2025-12-11' }]);
    expect(await listUsageDays(db, { ...range, to: '2025-12-10', limit: 10 })).toHaveLength(1);
  });
});
