/** Importing sessions where some have been forgotten, from where they must not come, and onto counters that have just begun. */
import { linkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { isSameDatabase } from '../../src/import/same-database.ts';
import { openSource } from '../../src/import/source-database.ts';
import { retainSessions } from '../../src/sessions/session-retention.ts';
import { writeOffSessions } from '../../src/usage/write-off.ts';
import { describeEachBlankDatabase } from '../support/databases.ts';
import { DAY, HOUR, NOW, TODAY, useRadacctSource } from '../support/radacct-source.ts';
import { differencesOf } from '../support/verified.ts';

describeEachBlankDatabase('importing radacct here', (newDatabase, dialect) => {
  const source = useRadacctSource(newDatabase, dialect);
  const { importAll, addSession, total } = source;

  async function forgetSessions(days: number): Promise<void> {
    await retainSessions({
      db: source.db(),
      clock: { now: () => NOW * 1000 },
      before: (NOW - days * DAY) * 1000,
      isDryRun: false,
      signal: new AbortController().signal,
      onForgotten: () => undefined,
      writeOff: writeOffSessions,
    });
  }

  it('leaves out what was brought over before and is forgotten since', async () => {
    await addSession(1, { start: NOW - 50 * DAY, stop: NOW - 50 * DAY + HOUR, input: 1000 });
    await addSession(2, { start: TODAY - HOUR, stop: TODAY - 60, input: 7 });
    await importAll();
    await forgetSessions(40);
    const printed = await importAll();
    expect(printed).toContain(
      'skipped: radacct: 1 session(s) brought over before and not here any more (keep-sessions)',
    );
    expect(printed).toMatch(/radacct +0 +0 +1 +0 +1/);
    expect(await total()).toBe(1007);
    expect(await differencesOf(source.db())).toEqual([]);
  });

  it('does not take for forgotten what stands under the number of a forgotten session', async () => {
    await addSession(1, { start: NOW - 50 * DAY, stop: NOW - 50 * DAY + HOUR, input: 1000 });
    await importAll();
    await forgetSessions(40);
    await source.radius().knex('radacct').delete();
    await addSession(1, { start: TODAY - HOUR, stop: TODAY - 60, input: 7, acctsessionid: 'other' });
    expect(await importAll()).toMatch(/radacct +1 +0 +0 +0 +0/);
    expect(await importAll()).toMatch(/radacct +0 +0 +1 +0 +0/);
    expect(await total()).toBe(1007);
  });

  it('leaves out what may have been forgotten, and of nobody else', async () => {
    await source.run('user', 'create', '--username', 'mary');
    await addSession(1, { start: NOW - 50 * DAY, stop: NOW - 50 * DAY + HOUR, input: 1000 });
    await importAll();
    await forgetSessions(40);
    await source.db().knex('imported_rows').delete();
    const time = { start: NOW - 45 * DAY, stop: NOW - 45 * DAY + HOUR };
    await addSession(2, { ...time, input: 7, username: 'mary' });
    await addSession(3, { start: NOW - 30 * DAY, stop: NOW - 30 * DAY + HOUR, input: 60 });
    const printed = await importAll();
    expect(printed).toContain('1 session(s) older than what is kept here of their users (keep-sessions)');
    expect(printed).toMatch(/radacct +2 +0 +0 +0 +1/);
    expect(await total()).toBe(1067);
    expect(await differencesOf(source.db())).toEqual([]);
  });

  it('brings over only what is open or ended since, and says how much that is', async () => {
    await addSession(1, { start: NOW - 10 * DAY, stop: NOW - 9 * DAY, input: 1000 });
    await addSession(2, { start: NOW - 10 * DAY, updated: NOW - 60, input: 10 });
    await addSession(3, { start: NOW - 10 * DAY, stop: NOW - 7 * DAY, input: 1 });
    expect(await importAll('--since', '8d')).toMatch(/radacct +2 +0 +0 +0 +0/);
    expect(await total()).toBe(11);
    expect(await importAll()).toMatch(/radacct +1 +0 +2 +0 +0/);
  });

  it('takes nothing from today for what another system counted before today', async () => {
    const octets = { today: 100, week: 100, month: 100, total: 100 };
    const { user_id } = await source.usage();
    const at = (TODAY - 1) * 1000;
    await source
      .db()
      .knex('usage_adjustments')
      .insert({ user_id, at, ...octets, kind: 'import_legacy' });
    await source.db().knex('user_profile_usage').update({ used_total: 100 });
    await addSession(1, { start: TODAY, stop: TODAY + 1, input: 70 });
    await importAll();
    expect(await source.usage()).toMatchObject({ used_today: 70, used_total: 100 });
  });

  it('has the total hold what today does, of a user who was made today', async () => {
    await source
      .db()
      .knex('user_profile_usage')
      .update({ activation_date: source.db().knex.ref('created_at') });
    await addSession(1, { start: TODAY - HOUR, stop: TODAY - 60, input: 7 });
    await addSession(2, { start: TODAY, stop: TODAY + 1, input: 100 });
    await importAll();
    const { used_today, used_total, activation_date } = await source.usage();
    expect({ used_today, used_total }).toEqual({ used_today: 100, used_total: 100 });
    expect(String(activation_date)).toContain(new Date(TODAY * 1000).toISOString().slice(0, 10));
    expect(await differencesOf(source.db())).toEqual([]);
  });

  it('refuses the database that is imported into', async () => {
    const { to } = source.urls();
    // SQLite opens no file under two names at once.
    const names = dialect === 'sqlite' ? [to] : [to, to.replace('127.0.0.1', 'localhost')];
    expect(new Set(names).size).toBe(names.length);
    for (const from of names) {
      for (const command of ['import-radacct', 'import-legacy']) {
        const { code, stderr } = await source.tryRun(command, '--from', from);
        const refusal = expect.stringContaining('is the database that is imported into');
        expect({ from, command, code, stderr }).toEqual({ from, command, code: 64, stderr: refusal });
      }
    }
    expect(await source.db().knex('settings').where('name', 'like', 'import%')).toEqual([]);
  });

  if (dialect === 'sqlite')
    it('knows a file by any of its names', async () => {
      const { from, to } = source.urls();
      const file = to.slice('sqlite:'.length);
      linkSync(file, join(file, '..', 'other.db'));
      for (const [name, isSame] of [
        [to, true],
        [to.replace(/radmeter\.db$/, 'other.db'), true],
        [from, false],
      ] as const) {
        const opened = openSource(name);
        try {
          expect(await isSameDatabase(opened, source.db())).toBe(isSame);
        } finally {
          await opened.close();
        }
      }
    });

  it('refuses sessions that a radmeter metered unless it is told', async () => {
    await addSession(1, { start: TODAY - HOUR, stop: TODAY - 60, input: 7 });
    await importAll();
    const copy = await newDatabase();
    const other = openDatabase(copy.url);
    try {
      await source.run('migrate', '--database-url', copy.url);
      await other.knex('radacct').insert(await source.db().knex('radacct').select('*'));
      const { code, stderr } = await source.tryRun('import-radacct', '--from', copy.url);
      expect(code).toBe(64);
      expect(stderr).toContain('were metered by a radmeter');
      expect(await source.run('import-radacct', '--from', copy.url, '--from-radmeter')).toMatch(
        /radacct +0 +0 +1 +0 +0/,
      );
      expect(await total()).toBe(7);
    } finally {
      await other.close();
      await copy.remove();
    }
  });
});
