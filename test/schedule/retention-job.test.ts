/** Forgetting what is old: nothing by default, and never so that counters cannot be proved any more. */
import { beforeEach, expect, it } from 'vitest';
import { instantToText } from '../../src/db/dialect.ts';
import type { RetentionAges } from '../../src/schedule/retention-job.ts';
import { retentionJob } from '../../src/schedule/retention-job.ts';
import { Calendar } from '../../src/usage/period.ts';
import { commandContext, type TestContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { KEEPING } from '../support/job-options.ts';
import { addUser, used } from '../support/statistics-rows.ts';
import { differencesOf } from '../support/verified.ts';

const DAY_MS = 86_400_000;
const NOW = '2025-12-11T12:00:00Z';
const AT = Date.parse(NOW);

describeEachDatabase('retention', (getDatabase) => {
  let context: TestContext;
  let john: number;
  let jane: number;

  const daysAgo = (days: number) => AT - days * DAY_MS;
  const session = (userId: number | null, octets: number, endedDaysAgo: number, columns: object = {}) => ({
    ...{ user_id: userId, acctinputoctets: octets, acctoutputoctets: 0, close_kind: 1, unmeteredoctets: 0 },
    ...{ runkey: Buffer.from(`key${octets}`.padEnd(16)), source_address: '192.0.2.1' },
    ...{ arrival_started_at: daysAgo(endedDaysAgo) - 1000, arrival_updated_at: daysAgo(endedDaysAgo) },
    ...{ stopped_at: daysAgo(endedDaysAgo) },
    ...columns,
  });
  const usedOn = (userId: number, ago: number, octets: number) => ({
    ...{ user_id: userId, day: new Date(daysAgo(ago)).toISOString().slice(0, 10) },
    ...{ input_octets: octets, output_octets: 0 },
  });
  const retain = async (ages: Partial<RetentionAges>, isDryRun = false) => {
    const { db, clock } = context;
    const job = retentionJob({ db, clock, ages: { ...KEEPING.ages, ...ages } });
    const notes: string[] = [];
    let items = 0;
    const count = await job.run({
      calendar: new Calendar('UTC'),
      isDryRun,
      signal: new AbortController().signal,
      onItems: (more) => {
        items += more;
      },
      onNote: (line) => notes.push(line),
    });
    expect(items).toBe(count);
    return { count, notes: notes.map((line) => line.split(' from')[0]) };
  };
  const octetsLeft = () => context.db.knex('radacct').orderBy('radacctid').pluck('acctinputoctets');

  beforeEach(async () => {
    context = commandContext(getDatabase().db, NOW);
    const { knex } = context.db;
    const month = { last_daily_reset: '2025-12-11 00:00:00', last_weekly_reset: '2025-12-08 00:00:00' };
    john = await addUser(
      context.db,
      { username: 'john' },
      { ...used(200), used_total: 307, ...month, last_monthly_reset: '2025-12-01 00:00:00' },
    );
    // Her counters stand in a day, week and month of a year ago.
    const then = instantToText(daysAgo(400));
    const lastYear = { last_daily_reset: then, last_weekly_reset: then, last_monthly_reset: then };
    jane = await addUser(context.db, { username: 'jane' }, { ...used(70), ...lastYear });
    await knex('radacct').insert([
      session(john, 100, 400),
      session(jane, 70, 400),
      session(null, 33, 400),
      // Octets nobody was charged for; ended long ago, but heard of since; open; another program's.
      session(john, 9, 390, { unmeteredoctets: 4 }),
      session(john, 2, 390, { arrival_updated_at: daysAgo(1) }),
      session(john, 1, 380, { close_kind: 0, stopped_at: null, user_id: null }),
      { acctinputoctets: 77, runkey: null, close_kind: 0, unmeteredoctets: 0 },
      session(john, 200, 0),
    ]);
    await knex('usage_days').insert([
      usedOn(john, 400, 100),
      usedOn(john, 390, 7),
      usedOn(john, 0, 200),
      usedOn(jane, 400, 70),
    ]);
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it('forgets nothing by default', async () => {
    const notes = [expect.stringContaining('nothing is to be forgotten: keep-sessions')];
    expect(await retain({})).toEqual({ count: 0, notes });
    expect(await octetsLeft()).toHaveLength(8);
  });

  it('forgets sessions that ended long ago, and nothing becomes wrong by it', async () => {
    expect(await retain({ keepSessionsMs: 40 * DAY_MS })).toEqual({ count: 4, notes: ['sessions: 4'] });
    expect(await octetsLeft()).toEqual([2, 1, 77, 200]);
    expect(await differencesOf(context.db)).toEqual([]);
    expect(await retain({ keepSessionsMs: 40 * DAY_MS })).toEqual({ count: 0, notes: ['sessions: 0'] });
  });

  it('forgets what was brought over from elsewhere, behind however many that are young', async () => {
    const { knex } = context.db;
    // More than are looked over at once, twice: what is old is among the first.
    for (let octets = 1000; octets < 2200; octets += 300) {
      const young = Array.from({ length: 300 }, (_, at) => session(null, octets + at, 1));
      await knex('radacct').insert(young);
    }
    await knex('radacct').insert([session(null, 5, 390), session(null, 6, 1)]);
    const [row]: { radacctid: number }[] = await knex('radacct').where('acctinputoctets', 5).select('*');
    const imported = { source: 'there', kind: 'session', source_id: 1, target_id: row?.radacctid ?? 0 };
    await knex('imported_rows').insert({ ...imported, at: AT });
    expect(await retain({ keepSessionsMs: 40 * DAY_MS })).toMatchObject({ count: 5 });
    expect(await knex('radacct').where('acctinputoctets', 5)).toEqual([]);
    expect(await retain({ keepSessionsMs: 40 * DAY_MS })).toMatchObject({ count: 0 });
  });

  it('forgets days of long ago, while totals keep them', async () => {
    expect(await retain({ keepUsageDaysMs: 62 * DAY_MS })).toEqual({ count: 3, notes: ['days: 3'] });
    expect(await context.db.knex('usage_days').pluck('input_octets')).toEqual([200]);
    expect(await usageRowOf(context.db, 'john')).toMatchObject({ used_today: 200, used_total: 307 });
    // Rolled over, as she would have been by her next packet.
    expect(await usageRowOf(context.db, 'jane')).toMatchObject({ used_today: 0, used_total: 70 });
    expect(await differencesOf(context.db)).toEqual([]);
  });

  it('forgets both, in whatever order, and leaves one adjustment per user', async () => {
    await retain({ keepUsageDaysMs: 395 * DAY_MS });
    await retain({ keepSessionsMs: 395 * DAY_MS });
    await retain({ keepSessionsMs: 40 * DAY_MS, keepUsageDaysMs: 62 * DAY_MS });
    expect(await differencesOf(context.db)).toEqual([]);
    const rows = await context.db
      .knex('usage_adjustments')
      .orderBy('user_id')
      .select('user_id', 'total', 'days', 'kind');
    expect(rows).toEqual([
      { user_id: john, total: 107, days: -2, kind: 'retention' },
      { user_id: jane, total: 70, days: 0, kind: 'retention' },
    ]);
  });

  it('that is only tried counts and changes nothing', async () => {
    const ages = { keepSessionsMs: 40 * DAY_MS, keepUsageDaysMs: 62 * DAY_MS };
    expect(await retain(ages, true)).toEqual({ count: 7, notes: ['sessions: 4', 'days: 3'] });
    expect(await octetsLeft()).toHaveLength(8);
    expect(await context.db.knex('usage_days')).toHaveLength(4);
    expect(await context.db.knex('usage_adjustments')).toEqual([]);
  });

  it('forgets entries of logs that nothing rests on', async () => {
    const { knex } = context.db;
    const entry = { actor: 'cli:tester', action: 'update', object_type: 'user' };
    await knex('audit_log').insert([
      { ...entry, at: daysAgo(100) },
      { ...entry, at: daysAgo(2) },
    ]);
    const run = { status: 'done', leased_by: 'alpha', leased_until: AT, started_at: AT };
    await knex('job_runs').insert([
      { ...run, job: 'old', due_at: 1, finished_at: daysAgo(63) },
      { ...run, job: 'monthly-reset', due_at: 2, finished_at: daysAgo(31) },
      { ...run, job: 'hung', due_at: 3, finished_at: null },
    ]);
    const cut = { user_id: john, reason: 'manual', disconnected_at: instantToText(daysAgo(100)) };
    await knex('user_disconnection_logs').insert([
      { ...cut, is_active: true },
      { ...cut, is_active: false },
    ]);
    const intent = {
      radacctid: 1,
      user_id: john,
      kind: 'disconnect',
      reason: 'manual',
      due_at: 0,
      created_at: 0,
    };
    await knex('enforcement_intents').insert([
      { ...intent, status: 'done', live_key: null, finished_at: daysAgo(100) },
      { ...intent, status: 'pending', live_key: '1', finished_at: null },
    ]);
    await knex('radpostauth').insert([
      { username: 'john', pass: '', reply: 'Access-Accept', authdate: instantToText(daysAgo(100)) },
      { username: 'john', pass: '', reply: 'Access-Accept', authdate: instantToText(daysAgo(20)) },
    ]);
    expect(await retain({ keepAuditLogMs: 30 * DAY_MS, keepLogsMs: 30 * DAY_MS })).toEqual({
      count: 5,
      notes: [
        ...['audit_log: 1', 'job_runs: 1', 'radpostauth: 1', 'user_disconnection_logs: 1'],
        ...[
          'enforcement_intents: 1',
          'mail_queue: 0',
          'webhook_queue: 0',
          'notices: 0',
          'alert_deliveries: 0',
        ],
      ],
    });
    expect(await knex('job_runs').orderBy('id').pluck('job')).toEqual(['monthly-reset', 'hung']);
    expect(await knex('user_disconnection_logs').pluck('is_active')).toEqual([1]);
    expect(await knex('enforcement_intents').pluck('live_key')).toEqual(['1']);
  });

  it('forgets messages and notices that are over, and nothing that keeps an alert from firing again', async () => {
    const { knex } = context.db;
    const message = { recipient: 'x', message_id: 'x', created_at: daysAgo(100) };
    const [old, recent] = [
      { ...message, due_at: daysAgo(90) },
      { ...message, due_at: daysAgo(2) },
    ];
    for (const [table, text] of [
      ['mail_queue', { subject: 'x', body_text: 'x' }],
      ['webhook_queue', { body: '{}' }],
    ] as const) {
      await knex(table).insert([
        { ...old, ...text, status: 'sent' },
        { ...old, ...text, status: 'failed' },
        { ...old, ...text, status: 'pending' },
        { ...recent, ...text, status: 'sent' },
      ]);
    }
    const notice = { user_id: john, message: 'x', created_at: daysAgo(100) };
    await knex('notices').insert([
      { ...notice, read_at: daysAgo(90) },
      { ...notice, read_at: daysAgo(2) },
      { ...notice, read_at: null },
    ]);
    const delivery = { alert_id: 1, user_id: john, method: 'email', created_at: daysAgo(100) };
    await knex('alert_deliveries').insert([
      { ...delivery, status: 'delivered', arm_key: 'over#1', ended_at: daysAgo(90) },
      { ...delivery, status: 'delivered', arm_key: 'recent#2', ended_at: daysAgo(2) },
      { ...delivery, status: 'pending', arm_key: 'leaving#3', ended_at: daysAgo(90) },
      { ...delivery, status: 'delivered', arm_key: 'firing', ended_at: null },
    ]);
    const forgotten = async (isDryRun: boolean) => {
      const { notes } = await retain({ keepLogsMs: 30 * DAY_MS }, isDryRun);
      return notes.slice(-4);
    };
    const expected = ['mail_queue: 2', 'webhook_queue: 2', 'notices: 1', 'alert_deliveries: 1'];
    expect(await forgotten(true)).toEqual(expected);
    expect(await forgotten(false)).toEqual(expected);
    for (const table of ['mail_queue', 'webhook_queue'])
      expect(await knex(table).orderBy('id').pluck('status')).toEqual(['pending', 'sent']);
    expect(await knex('notices').pluck('read_at')).toEqual([daysAgo(2), null]);
    expect(await knex('alert_deliveries').orderBy('id').pluck('arm_key')).toEqual([
      ...['recent#2', 'leaving#3', 'firing'],
    ]);
  });
});
