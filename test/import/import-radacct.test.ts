/** Sessions of a FreeRADIUS brought over: days, counters, open sessions that go on, and runs of it that are repeated. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { type BlankDatabase, describeEachBlankDatabase } from '../support/databases.ts';
import { freeradiusTables } from '../support/freeradius-tables.ts';
import { reportRequest } from '../support/session-packets.ts';
import { startTestDaemon } from '../support/test-daemon.ts';
import { differencesOf } from '../support/verified.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const NOW = Math.floor(Date.now() / 1000);
/** The start of today in UTC, which the tests count in. */
const TODAY = Math.floor(NOW / DAY) * DAY;

describeEachBlankDatabase('importing radacct', (newDatabase, dialect) => {
  let blanks: BlankDatabase[];
  let radius: Database;
  let db: Database;
  let urls: { from: string; to: string };
  beforeEach(async () => {
    blanks = [await newDatabase(), await newDatabase()];
    const [from, to] = blanks.map(({ url }) => url);
    if (from === undefined || to === undefined) throw new Error('there are no databases');
    urls = { from, to };
    radius = openDatabase(from);
    for (const statement of freeradiusTables(dialect)) await radius.knex.raw(statement);
    db = openDatabase(to);
    await migrateToLatest(db);
    await run('profile', 'create', '--name', 'Student');
    await run('user', 'create', '--username', 'john', '--profile', 'Student');
  });
  afterEach(async () => {
    await radius.close();
    await db.close();
    for (const blank of blanks) await blank.remove();
  });

  async function run(...args: string[]): Promise<string> {
    const environment = { RADMETER_DATABASE_URL: urls.to, RADMETER_TIMEZONE: 'UTC' };
    const { code, stdout, stderr } = await runInProcess(args, environment);
    if (code !== 0) throw new Error(`radmeter ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  const importAll = (...flags: string[]) => run('import-radacct', '--from', urls.from, ...flags);

  /** Adds a session as FreeRADIUS writes it; times in seconds since 1970. */
  async function addSession(
    id: number,
    { start, stop, updated = stop ?? NOW, input = 0, output = 0, ...columns }: SessionWords,
  ): Promise<void> {
    const time = (seconds: number | undefined) =>
      seconds === undefined || dialect === 'sqlite'
        ? (seconds ?? null)
        : radius.knex.raw('FROM_UNIXTIME(?)', [seconds]);
    await radius.knex('radacct').insert({
      acctsessionid: `s${id}`,
      acctuniqueid: `u${id}`,
      username: 'john',
      nasipaddress: '127.0.0.1',
      acctstarttime: time(start),
      acctupdatetime: time(updated),
      acctstoptime: time(stop),
      acctsessiontime: updated - start,
      acctinputoctets: input,
      acctoutputoctets: output,
      callingstationid: '02-00-00-00-00-john',
      acctterminatecause: stop === undefined ? '' : 'User-Request',
      ...columns,
    });
  }

  async function usage() {
    const [row] = await db.knex('user_profile_usage').select('*');
    return row;
  }

  async function days(): Promise<Record<string, number>> {
    const rows: { day: string; octets: number }[] = await db
      .knex('usage_days')
      .orderBy('day')
      .select('day', db.knex.raw('input_octets + output_octets as octets'));
    return Object.fromEntries(rows.map(({ day, octets }) => [day, octets]));
  }

  const dayOf = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

  it('makes today, and the days before, what the sessions make them, and verifies clean', async () => {
    await addSession(1, { start: TODAY - 2 * HOUR, stop: TODAY - HOUR, input: 100, output: 1000 });
    await addSession(2, { start: TODAY, stop: NOW, input: 10, output: 20 });
    expect(await importAll()).toMatch(/radacct +2 +0 +0 +0 +0/);
    expect(await days()).toEqual({ [dayOf(TODAY - 1)]: 1100, [dayOf(TODAY)]: 30 });
    expect(await usage()).toMatchObject({ used_today: 30 });
    const [session] = await db.knex('radacct').where('acctsessionid', 's1').select('*');
    expect(session).toMatchObject({
      close_kind: 1,
      acctterminatecause: 'User-Request',
      started_at: (TODAY - 2 * HOUR) * 1000,
    });
    expect(await differencesOf(db)).toEqual([]);
  });

  it('spreads a session over its days evenly by time', async () => {
    await addSession(1, { start: TODAY - 36 * HOUR, stop: TODAY - 12 * HOUR, input: 2400, output: 0 });
    await importAll();
    expect(await days()).toEqual({ [dayOf(TODAY - 2 * DAY)]: 1200, [dayOf(TODAY - DAY)]: 1200 });
    expect(await db.knex('radacct')).toHaveLength(1);
    expect(await differencesOf(db)).toEqual([]);
  });

  it('adds nothing when it is repeated, and what came since when it did', async () => {
    await addSession(1, { start: TODAY - 36 * HOUR, stop: TODAY - HOUR, input: 2400, output: 5 });
    await importAll();
    const before = await days();
    expect(await importAll()).toMatch(/radacct +0 +0 +1 +0 +0/);
    expect(await days()).toEqual(before);
    await addSession(2, { start: TODAY, stop: NOW, input: 7 });
    expect(await importAll()).toMatch(/radacct +1 +0 +1 +0 +0/);
    expect((await days())[dayOf(TODAY)]).toBe(7);
    expect(await db.knex('audit_log').where('action', 'import_radacct')).toHaveLength(3);
  });

  it('changes nothing when it is dry', async () => {
    await addSession(1, { start: TODAY, stop: NOW, input: 7 });
    expect(await importAll('--dry-run')).toContain('Dry run: nothing was changed.');
    expect(await db.knex('radacct')).toEqual([]);
    expect(await days()).toEqual({});
  });

  it('lets an open session go on in the same run when its next packet comes', async () => {
    await addSession(1, { start: NOW - HOUR, updated: NOW - 60, input: 1000, output: 2000 });
    await importAll('--nas-identifier', '127.0.0.1=hall');
    await importAll('--nas-identifier', '127.0.0.1=hall');
    const daemon = await startTestDaemon(urls.to);
    try {
      await daemon.ask(
        reportRequest({
          status: 'interim',
          user: 'john',
          sessionId: 's1',
          seconds: HOUR,
          inputOctets: 1500,
          outputOctets: 2500,
        }),
      );
    } finally {
      await daemon.close();
    }
    const sessions = await db.knex('radacct').select('*');
    expect(sessions).toMatchObject([{ close_kind: 0, acctinputoctets: 1500, acctoutputoctets: 2500 }]);
    expect(Object.values(await days()).reduce((sum, octets) => sum + octets, 0)).toBe(4000);
    expect(await differencesOf(db)).toEqual([]);
  });

  it('leaves an open session to its next report where nobody knows what its NAS calls itself', async () => {
    await addSession(1, { start: NOW - HOUR, updated: NOW - 60, input: 1000 });
    expect(await importAll()).toContain('is open, and what the NAS 127.0.0.1 calls itself is not known');
    expect(await db.knex('radacct')).toEqual([]);
    const heard = { address: '127.0.0.1', nas_identifier: Buffer.from('hall'), last_seen_at: NOW * 1000 };
    await db.knex('nas_senders').insert({ ...heard, sends_gigawords: false });
    expect(await importAll()).toMatch(/radacct +1 +0 +0 +0 +0/);
  });

  it('writes down who the sessions came from, by the newest of them, where it is known what they call themselves', async () => {
    await addSession(1, { start: NOW - 300, stop: NOW - 60, input: 5 });
    await addSession(2, { start: NOW - 900, stop: NOW - 600, input: 5 });
    await addSession(3, { start: NOW - 300, stop: NOW, input: 5, nasipaddress: '192.0.2.9' });
    const senders = () => db.knex('nas_senders').select('address', 'nas_identifier', 'last_seen_at');
    await importAll('--nas-identifier', '127.0.0.1=hall', '--dry-run');
    expect(await senders()).toEqual([]);
    await importAll('--nas-identifier', '127.0.0.1=hall');
    const sender = { address: '127.0.0.1', nas_identifier: Buffer.from('hall') };
    expect(await senders()).toEqual([{ ...sender, last_seen_at: (NOW - 60) * 1000 }]);
    // What its packets told since stays.
    await db.knex('nas_senders').update({ last_seen_at: NOW * 1000 + 1, clock_offset_ms: 7 });
    await importAll();
    expect(await db.knex('nas_senders')).toMatchObject([
      { ...sender, last_seen_at: NOW * 1000 + 1, clock_offset_ms: 7 },
    ]);
  });

  it('does not count twice what an imported counter holds already', async () => {
    const at = new Date(NOW * 1000);
    const { insertAdjustment } = await import('../../src/usage/usage-row.ts');
    await db
      .knex('user_profile_usage')
      .update({ used_today: 100, used_week: 100, used_month: 100, used_total: 100 });
    const { user_id: userId } = await usage();
    const difference = { today: 100, week: 100, month: 100, total: 100 };
    await db.knex.transaction((trx) =>
      insertAdjustment(
        { dialect, trx, now: at.getTime() },
        {
          userId,
          at: at.getTime(),
          difference,
          kind: 'import_legacy',
          changedBy: 'cli:tester',
          reason: null,
        },
      ),
    );
    await addSession(1, { start: TODAY, stop: NOW, input: 70 });
    await importAll();
    expect(await usage()).toMatchObject({ used_today: 100 });
    await addSession(2, { start: TODAY, stop: NOW, input: 50 });
    await importAll();
    expect(await usage()).toMatchObject({ used_today: 120 });
    expect(await differencesOf(db)).toEqual([]);
  });

  it('reports what it cannot bring over and goes on with the rest', async () => {
    await addSession(1, { start: TODAY, stop: NOW, input: -5 });
    await addSession(2, { start: TODAY, stop: NOW, acctsessionid: '' });
    await addSession(3, { start: TODAY, stop: NOW, nasipaddress: 'router' });
    await addSession(4, { start: TODAY, stop: NOW, username: 'ghost', input: 5 });
    await addSession(5, { start: NOW + DAY, stop: NOW + DAY });
    await addSession(6, { start: NOW - 1, stop: NOW, input: 2 ** 45 });
    await addSession(7, { start: TODAY, stop: NOW, input: 9 });
    const printed = await importAll();
    expect(printed.split('\n').filter((line) => line.startsWith('skipped'))).toEqual([
      'skipped: radacct row 1 "john": acctinputoctets: expected a whole number from 0, got "-5"',
      'skipped: radacct row 2 "john": acctsessionid: expected text, got nothing',
      'skipped: radacct row 3 "john": nasipaddress: expected an address, got "router"',
      'skipped: radacct row 5 "john": acctstarttime: lies in the future',
      expect.stringContaining('skipped: radacct row 6 "john": implausible-growth: '),
      'skipped: radacct "ghost": 1 session(s) of a user who is not here',
    ]);
    expect(await usage()).toMatchObject({ used_today: 9 });
    expect(await differencesOf(db)).toEqual([]);
  });

  it('finds a user by a name that FreeRADIUS escaped', async () => {
    await run('user', 'create', '--username', 'zoé+1');
    await addSession(1, { start: TODAY, stop: NOW, input: 9, username: 'zo=C3=A9=2B1' });
    expect(await importAll()).toMatch(/radacct +1 +0 +0 +0 +0/);
  });
});

interface SessionWords {
  readonly start: number;
  readonly stop?: number;
  readonly updated?: number;
  readonly input?: number;
  readonly output?: number;
  readonly acctsessionid?: string;
  readonly nasipaddress?: string;
  readonly username?: string;
}
