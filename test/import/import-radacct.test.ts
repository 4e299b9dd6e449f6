/** Sessions of a FreeRADIUS brought over: days, counters, open sessions that go on, and runs of it that are repeated. */
import { expect, it } from 'vitest';
import { describeEachBlankDatabase } from '../support/databases.ts';
import { DAY, HOUR, NOW, TODAY, useRadacctSource } from '../support/radacct-source.ts';
import { reportRequest } from '../support/session-packets.ts';
import { differencesOf } from '../support/verified.ts';

describeEachBlankDatabase('importing radacct', (newDatabase, dialect) => {
  const source = useRadacctSource(newDatabase, dialect);
  const { run, importAll, addSession, usage, days } = source;

  const dayOf = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

  it('makes today, and the days before, what the sessions make them, and verifies clean', async () => {
    await addSession(1, { start: TODAY - 2 * HOUR, stop: TODAY - HOUR, input: 100, output: 1000 });
    await addSession(2, { start: TODAY, stop: NOW, input: 10, output: 20 });
    expect(await importAll()).toMatch(/radacct +2 +0 +0 +0 +0/);
    expect(await days()).toEqual({ [dayOf(TODAY - 1)]: 1100, [dayOf(TODAY)]: 30 });
    expect(await usage()).toMatchObject({ used_today: 30 });
    const [session] = await source.db().knex('radacct').where('acctsessionid', 's1').select('*');
    expect(session).toMatchObject({
      close_kind: 1,
      acctterminatecause: 'User-Request',
      started_at: (TODAY - 2 * HOUR) * 1000,
    });
    expect(await differencesOf(source.db())).toEqual([]);
  });

  it('spreads a session over its days evenly by time', async () => {
    await addSession(1, { start: TODAY - 36 * HOUR, stop: TODAY - 12 * HOUR, input: 2400, output: 0 });
    await importAll();
    expect(await days()).toEqual({ [dayOf(TODAY - 2 * DAY)]: 1200, [dayOf(TODAY - DAY)]: 1200 });
    expect(await source.db().knex('radacct')).toHaveLength(1);
    expect(await differencesOf(source.db())).toEqual([]);
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
    expect(await source.db().knex('audit_log').where('action', 'import_radacct')).toHaveLength(3);
  });

  it('changes nothing when it is dry', async () => {
    await addSession(1, { start: TODAY, stop: NOW, input: 7 });
    expect(await importAll('--dry-run')).toContain('Dry run: nothing was changed.');
    expect(await source.db().knex('radacct')).toEqual([]);
    expect(await days()).toEqual({});
  });

  it('lets an open session go on in the same run when its next packet comes', async () => {
    await addSession(1, { start: NOW - HOUR, updated: NOW - 60, input: 1000, output: 2000 });
    await importAll('--nas-identifier', '127.0.0.1=hall');
    await importAll('--nas-identifier', '127.0.0.1=hall');
    await source.report(
      reportRequest({
        status: 'interim',
        user: 'john',
        sessionId: 's1',
        seconds: HOUR,
        inputOctets: 1500,
        outputOctets: 2500,
      }),
    );
    const sessions = await source.db().knex('radacct').select('*');
    expect(sessions).toMatchObject([{ close_kind: 0, acctinputoctets: 1500, acctoutputoctets: 2500 }]);
    expect(await source.total()).toBe(4000);
    expect(await differencesOf(source.db())).toEqual([]);
  });

  it('writes down who the sessions came from, by the newest of them, where it is known what they call themselves', async () => {
    await addSession(1, { start: NOW - 300, stop: NOW - 60, input: 5 });
    await addSession(2, { start: NOW - 900, stop: NOW - 600, input: 5 });
    await addSession(3, { start: NOW - 300, stop: NOW, input: 5, nasipaddress: '192.0.2.9' });
    const senders = () => source.db().knex('nas_senders').select('address', 'nas_identifier', 'last_seen_at');
    await importAll('--nas-identifier', '127.0.0.1=hall', '--dry-run');
    expect(await senders()).toEqual([]);
    await importAll('--nas-identifier', '127.0.0.1=hall');
    const sender = { address: '127.0.0.1', nas_identifier: Buffer.from('hall') };
    expect(await senders()).toEqual([{ ...sender, last_seen_at: (NOW - 60) * 1000 }]);
    // What its packets told since stays.
    await source
      .db()
      .knex('nas_senders')
      .update({ last_seen_at: NOW * 1000 + 1, clock_offset_ms: 7 });
    await importAll();
    expect(await source.db().knex('nas_senders')).toMatchObject([
      { ...sender, last_seen_at: NOW * 1000 + 1, clock_offset_ms: 7 },
    ]);
  });

  it('does not count twice what an imported counter holds already', async () => {
    const at = new Date(NOW * 1000);
    const { insertAdjustment } = await import('../../src/usage/usage-row.ts');
    await source
      .db()
      .knex('user_profile_usage')
      .update({ used_today: 100, used_week: 100, used_month: 100, used_total: 100 });
    const { user_id: userId } = await usage();
    const difference = { today: 100, week: 100, month: 100, total: 100 };
    await source.db().knex.transaction((trx) =>
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
    expect(await differencesOf(source.db())).toEqual([]);
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
    expect(await differencesOf(source.db())).toEqual([]);
  });

  it('finds a user by a name that FreeRADIUS escaped', async () => {
    await run('user', 'create', '--username', 'zoé+1');
    await addSession(1, { start: TODAY, stop: NOW, input: 9, username: 'zo=C3=A9=2B1' });
    expect(await importAll()).toMatch(/radacct +1 +0 +0 +0 +0/);
  });
});
