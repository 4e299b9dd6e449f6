import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import { Recorder } from '../src/accounting/recorder.ts';
import type { Submission } from '../src/accounting/submission.ts';
import { isRecordFault, isRetryable } from '../src/db/dialect.ts';
import { createMeter, type MeteringOptions, type MeterOutcome } from '../src/metering.ts';
import { createMetrics } from '../src/metrics.ts';
import { createProfile } from '../src/profiles/profile-commands.ts';
import { assignProfileToPromotion, createPromotion } from '../src/profiles/promotion-commands.ts';
import { assignProfileToUser, createUser } from '../src/profiles/user-commands.ts';
import { Calendar } from '../src/usage/period.ts';
import { runBatch, testRunner } from './support/batches.ts';
import { commandContext, usageRowOf } from './support/command-context.ts';
import { describeEachDatabase } from './support/databases.ts';
import { EPOCH, nasRecord, type RecordWords, sessionRecord } from './support/records.ts';
import { testSpool } from './support/spools.ts';
import { reopenSubmission, submissionOf } from './support/submissions.ts';

const OPTIONS: MeteringOptions = {
  calendar: new Calendar('UTC'),
  defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
  nameRules: { stripsRealm: false, lowersCase: false },
  unknownUsers: 'unmetered',
};

describeEachDatabase('metering', (getDatabase) => {
  beforeEach(async () => {
    const context = commandContext(getDatabase().db);
    for (const username of ['john', 'jane', 'jack']) await createUser(context, { username });
  });

  /** Meters submissions as one batch, at the latest arrival. */
  const meter = (submissions: readonly Submission[], options: Partial<MeteringOptions> = {}) => {
    const meterBatch = createMeter({ ...OPTIONS, ...options });
    const now = Math.max(
      EPOCH,
      ...submissions.map(({ decoded }) => (decoded.ok ? decoded.record.arrivedAt : 0)),
    );
    return runBatch(getDatabase().db, (batch) => meterBatch(batch, submissions), now);
  };
  const report = (at: number, octets: number, words: Partial<RecordWords> = {}) =>
    submissionOf(sessionRecord({ at, time: at, up: octets, down: 0, ...words }));
  const usedBy = async (username: string) => (await usageRowOf(getDatabase().db, username))?.used_total;
  const kinds = (outcomes: readonly MeterOutcome[]) =>
    outcomes.map((outcome) => (outcome.kind === 'set-aside' ? outcome.reason : outcome.kind));

  it('charges a session over several batches, and several records within one', async () => {
    await meter([report(0, 0, { status: 'Start' })]);
    expect(await usedBy('john')).toBeUndefined();
    await meter([report(60, 100), report(120, 150), report(60, 100)]);
    await meter([report(180, 170, { status: 'Stop' })]);
    expect(await usageRowOf(getDatabase().db, 'john')).toMatchObject({
      used_today: 170,
      used_week: 170,
      used_month: 170,
      used_total: 170,
      activation_date: expect.stringContaining('2025-12-11 00:00:00'),
    });
    expect(await getDatabase().db.knex('radacct').select('acctinputoctets', 'close_kind')).toEqual([
      { acctinputoctets: 170, close_kind: 1 },
    ]);
    expect(await getDatabase().db.knex('usage_days').select('input_octets', 'output_octets')).toEqual([
      { input_octets: 170, output_octets: 0 },
    ]);
  });

  it('judges by the user’s own profile, else the promotion’s, else by none', async () => {
    const context = commandContext(getDatabase().db);
    const isExceeded = async () => (await usageRowOf(context.db, 'mary'))?.is_exceeded;
    await createProfile(context, { name: 'strict', dailyLimit: 100 });
    await createProfile(context, { name: 'wide', dailyLimit: 100_000 });
    await createPromotion(context, { name: 'L3' });
    await createUser(context, { username: 'mary', promotion: 'L3' });
    await meter([report(60, 500, { user: 'mary' })]);
    expect(await isExceeded()).toBe(0);
    await assignProfileToPromotion(context, 'L3', 'strict');
    await meter([report(120, 1200, { user: 'mary' })]);
    expect(await isExceeded()).toBe(1);
    await assignProfileToUser(context, 'mary', 'wide');
    await meter([report(180, 1300, { user: 'mary' })]);
    expect(await isExceeded()).toBe(0);
  });

  it('keeps a session with its user where a record names nobody', async () => {
    await meter([report(60, 100)]);
    await meter([report(120, 150, { user: undefined })]);
    await meter([report(180, 190, { user: undefined, station: undefined, status: 'Stop' })]);
    expect(await usedBy('john')).toBe(190);
  });

  it('keeps a session with its user where a record names nobody’s name', async () => {
    await meter([report(60, 100), report(120, 150, { user: 'anonymous' })]);
    await meter([report(180, 190, { user: 'anonymous' })]);
    expect(await usedBy('john')).toBe(190);
  });

  it('charges growth to whom the session belongs from then on', async () => {
    await meter([report(60, 100)]);
    await meter([report(120, 150, { user: 'jane' })]);
    await meter([report(180, 155, { user: undefined }), report(240, 165, { user: 'jane' })]);
    expect([await usedBy('john'), await usedBy('jane')]).toEqual([100, 65]);
  });

  it('takes Chargeable-User-Identity before User-Name, where it is a user', async () => {
    const named = (at: number, octets: number, chargeableUserIdentity: string, id: string) =>
      submissionOf(sessionRecord({ at, time: at, up: octets, id }, { chargeableUserIdentity }));
    await meter([named(60, 7, 'jane', 'c1'), named(60, 9, 'no user', 'c2')]);
    expect([await usedBy('jane'), await usedBy('john')]).toEqual([7, 9]);
  });

  it('matches names exactly, or as the rules say', async () => {
    const words = (user: string, id: string) => report(60, 5, { user, id, station: undefined });
    await meter([
      words('John', 'n1'),
      words('john ', 'n2'),
      words('john@campus', 'n3'),
      words('j\xf6', 'n4'),
    ]);
    expect(await usedBy('john')).toBeUndefined();
    const nameRules = { stripsRealm: true, lowersCase: true };
    await meter([words('John', 'm1'), words('john@campus', 'm2'), words('CAMPUS\\john', 'm3')], {
      nameRules,
    });
    expect(await usedBy('john')).toBe(15);
  });

  it('leaves a name that is no user recorded and unmetered', async () => {
    await meter([report(60, 100, { user: 'ghost' })]);
    await meter([report(120, 150, { user: 'ghost' })]);
    expect(await getDatabase().db.knex('radacct').select('user_id', 'username', 'unmeteredoctets')).toEqual([
      { user_id: null, username: 'ghost', unmeteredoctets: 150 },
    ]);
    expect(await getDatabase().db.knex('user_profile_usage')).toEqual([]);
  });

  it.each([
    ['default', 0],
    ['create', 1],
  ] as const)(
    'makes a user of a name that is none under "%s", enabled for RADIUS: %d',
    async (policy, enabled) => {
      const unknownUsers = { unknownUsers: policy };
      await meter(
        [report(60, 100, { user: 'ghost' }), report(60, 1, { user: 'ghost', id: 'g2' })],
        unknownUsers,
      );
      await meter([report(120, 150, { user: 'ghost' })], unknownUsers);
      expect(await usedBy('ghost')).toBe(151);
      const ghosts: object[] = await getDatabase()
        .db.knex('users')
        .where('username', 'ghost')
        .select('is_radius_enabled', 'is_active', 'password');
      expect(ghosts).toEqual([{ is_radius_enabled: enabled, is_active: 1, password: '!' }]);
    },
  );

  it('makes no user of a Chargeable-User-Identity where the User-Name is one', async () => {
    const record = sessionRecord({ at: 60, time: 60, up: 7 }, { chargeableUserIdentity: 'opaque' });
    await meter([submissionOf(record)], { unknownUsers: 'create' });
    expect(await usedBy('john')).toBe(7);
    expect(await getDatabase().db.knex('users').where('username', 'opaque')).toEqual([]);
  });

  it('counts octets on the day of their event and in no period that began after it', async () => {
    await meter([report(-86_400, 100, { time: 60 })]);
    const late = sessionRecord({ at: -86_340, arrived: 60, time: 120, up: 150 });
    await meter([submissionOf(late)]);
    expect(await usageRowOf(getDatabase().db, 'john')).toMatchObject({ used_today: 0, used_week: 150 });
    expect(await getDatabase().db.knex('usage_days').select('input_octets')).toEqual([{ input_octets: 150 }]);
  });

  it('closes sessions at an Accounting-On, those of the same batch too', async () => {
    await meter([report(0, 0, { status: 'Start', id: 'a1' })]);
    const outcomes = await meter([
      report(10, 5, { id: 'a2' }),
      submissionOf(nasRecord(60)),
      report(70, 9, { id: 'a2' }),
    ]);
    expect(outcomes[1]).toMatchObject({ kind: 'closed-sessions', closed: 2 });
    const rows: { close_kind: number }[] = await getDatabase()
      .db.knex('radacct')
      .orderBy('acctsessionid')
      .select('close_kind');
    expect(rows.map(({ close_kind }) => close_kind)).toEqual([2, 0]);
  });

  it('sets aside what it cannot meter, raw, with the reason, and changes nothing by it', async () => {
    const outcomes = await meter([
      submissionOf({
        ok: false,
        reason: 'no-session-id',
        detail: 'there is no Acct-Session-Id',
        anomalies: [],
      }),
      report(60, 100),
      report(70, 1e12),
    ]);
    expect(kinds(outcomes)).toEqual(['no-session-id', 'recorded', 'implausible-growth']);
    expect(await usedBy('john')).toBe(100);
    const rows: object[] = await getDatabase().db.knex('set_aside').orderBy('id');
    expect(rows).toEqual([
      expect.objectContaining({
        reason: 'no-session-id',
        detail: 'there is no Acct-Session-Id',
        source_address: '192.0.2.1',
        source_port: 40_000,
        nas_name: 'ap1',
        packet: expect.any(Buffer),
        arrived_at: EPOCH,
      }),
      expect.objectContaining({
        reason: 'implausible-growth',
        detail: expect.stringContaining('1000000 kbit/s'),
      }),
    ]);
  });

  it('goes by the time zone that the database has now, whatever it was when the daemon started', async () => {
    const { db } = getDatabase();
    await meter([report(60, 100)]);
    await db.knex('settings').insert({ name: 'timezone', value: 'Pacific/Auckland' });
    await meter([report(120, 150)]);
    expect(await db.knex('usage_days').orderBy('day').pluck('input_octets')).toEqual([100, 50]);
    expect(await usageRowOf(db, 'john')).toMatchObject({ used_today: 50, used_total: 150 });
  });

  it('charges nobody for the session of a user who is no more', async () => {
    const { db } = getDatabase();
    await meter([report(60, 100)]);
    // What is left when a user is deleted while a first record is decided.
    await db.knex('usage_days').delete();
    await db.knex('users').where('username', 'john').delete();
    const [outcome] = await meter([report(120, 150, { user: undefined })]);
    expect(outcome).toMatchObject({ kind: 'recorded', subscriber: undefined, usage: undefined });
    expect(await db.knex('radacct').select('user_id', 'acctinputoctets', 'unmeteredoctets')).toEqual([
      { user_id: null, acctinputoctets: 150, unmeteredoctets: 150 },
    ]);
  });

  it('of an empty batch writes nothing', async () => {
    expect(await meter([])).toEqual([]);
  });

  it('by two instances at once, each given every record, counts once', async () => {
    const { db, dialect } = getDatabase();
    const users = ['john', 'jane', 'jack'];
    const histories = users.flatMap((user, index) =>
      Array.from({ length: 20 }, (_, session) => ({ user, id: `s${index}-${session}`, station: undefined })),
    );
    const records = [60, 120, 180].flatMap((at) =>
      histories.map((words) => sessionRecord({ ...words, at, time: at, up: at })),
    );
    const instances = [records, [...records].reverse()].map((order) => {
      const batches = testRunner(db, () => EPOCH + 180_000);
      const { spool, remove } = testSpool();
      const recorder = new Recorder<MeterOutcome>({
        batches,
        meter: createMeter(OPTIONS),
        isRetryable: isRetryable[dialect],
        isRecordFault: isRecordFault[dialect],
        batchRecordsMax: 25,
        retryMs: 5_000,
        queueRecordsMax: 1000,
        isCommitBlocking: false,
        spool,
        reopen: reopenSubmission,
        onCommitted: () => undefined,
        logger: pino({ level: 'silent' }),
        metrics: createMetrics(),
      });
      const submissions = order.map((record) => submissionOf(record));
      for (const submission of submissions) recorder.submit(submission);
      return { recorder, batches, submissions, remove };
    });
    for (const { recorder, batches, remove } of instances) {
      await recorder.close();
      await batches.close();
      remove();
    }
    const answers = instances.flatMap(({ submissions }) => submissions.map(({ answer }) => answer()));
    expect(new Set(answers)).toEqual(new Set(['acknowledged']));
    expect(await Promise.all(users.map(usedBy))).toEqual([3600, 3600, 3600]);
    expect(await db.knex('radacct').count('* as rows').sum('acctinputoctets as octets')).toEqual([
      { rows: 60, octets: 10_800 },
    ]);
    expect(await db.knex('usage_days').sum('input_octets as octets')).toEqual([{ octets: 10_800 }]);
    expect(await db.knex('set_aside')).toEqual([]);
  });
});
