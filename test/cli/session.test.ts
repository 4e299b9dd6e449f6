import { beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { createMeter } from '../../src/metering.ts';
import { getUser } from '../../src/profiles/user-queries.ts';
import { Calendar } from '../../src/usage/period.ts';
import { runBatch } from '../support/batches.ts';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';
import { insertSession } from '../support/session-rows.ts';
import { decodedBy, reported } from '../support/set-aside-requests.ts';

describe('radmeter session', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();

  beforeEach(async () => {
    const db = openDatabase(cli.databaseUrl());
    await migrateToLatest(db);
    await db.close();
  });

  /** One session of john on hall that is over, and an open one of nobody on campus. */
  const insertTwo = async () => {
    await cli.print('nas', 'add', '192.0.2.10', '--name', 'hall', '--secret', 's3cret');
    await cli.print('nas', 'add', '10.0.0.0/8', '--name', 'campus', '--secret', 's3cret');
    await cli.print('user', 'create', '--username', 'john');
    const db = openDatabase(cli.databaseUrl());
    const stopped = { close_kind: 1, acctterminatecause: 'Idle-Timeout', started_at: 1_700_000_000_000 };
    await insertSession(db, {
      user_id: (await getUser(db, 'john')).id,
      ...stopped,
      acctinputoctets: 1_024,
      run_flags: 4,
    });
    const campus = { source_address: '10.1.2.3', nas_identifier: Buffer.from('ap-7') };
    await insertSession(db, { ...campus, user_name_raw: Buffer.from('ghost'), unmeteredoctets: 5 });
    await db.close();
  };

  test('lists by user, by NAS however it is called, and open ones', async () => {
    expect(await cli.print('session', 'list')).toBe('No such session.\n');
    await insertTwo();
    const idsOf = async (...flags: string[]) => {
      const sessions = await cli.json('session', 'list', ...flags);
      return Array.isArray(sessions) ? sessions.map(({ id }) => id) : undefined;
    };
    expect(await idsOf()).toEqual([2, 1]);
    expect(await idsOf('--user', 'john')).toEqual([1]);
    expect(await idsOf('--open')).toEqual([2]);
    expect(await idsOf('--nas', 'hall')).toEqual([1]);
    expect(await idsOf('--nas', 'campus')).toEqual([2]);
    expect(await idsOf('--nas', '10.1.2.3')).toEqual([2]);
    expect(await idsOf('--nas', '10.1.0.0/16')).toEqual([2]);
    expect(await idsOf('--nas', 'ap-7')).toEqual([2]);
    expect(await idsOf('--nas', 'attic')).toEqual([]);
  });

  test('shows a table, says when there are more, and one session with everything', async () => {
    await insertTwo();
    expect(await cli.print('session', 'list')).toMatch(
      /^ID +USER .*\n 2 +ghost .* open\n 1 +john +- +hall +2023-11-14T22:13:20Z +- +1\.00 KiB +0 +stopped \(Idle-Timeout\)\n$/,
    );
    expect(await cli.run('session', 'list', '--limit', '1')).toMatchObject({
      code: 0,
      stderr: 'Only the newest 1; --limit N shows more.\n',
    });
    expect(await cli.run('session', 'list', '--limit', '2')).toMatchObject({ stderr: '' });
    expect(await cli.print('session', 'show', '1')).toMatch(
      /^user +john\n[\s\S]*^up \(input\) +1024 \(1\.00 KiB\), 0 packets\n[\s\S]*^counters +octets, without Gigawords\n/m,
    );
    expect(await cli.print('session', 'show', '2')).toMatch(/^user +nobody\n[\s\S]*^charged to nobody +5\n/m);
    expect(await cli.json('session', 'show', '2')).toMatchObject({ id: 2, user: null, has_interim: false });
  });

  test('shows the whole life of a session: its other runs, its user’s days, what of it was set aside', async () => {
    for (const username of ['john', 'jane']) await cli.print('user', 'create', '--username', username);
    const db = openDatabase(cli.databaseUrl());
    const meter = createMeter({
      calendar: new Calendar('UTC'),
      defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
      nameRules: { stripsRealm: false, lowersCase: false },
      unknownUsers: 'unmetered',
    });
    for (const request of [
      reported(60, { inputOctets: 100 }),
      reported(120, { inputOctets: 150, user: 'jane' }),
      reported(130, { inputOctets: 10 ** 12, user: 'jane' }),
      reported(140, { inputOctets: 10 ** 12, user: 'jane', sessionId: 'of another session' }),
    ]) {
      await runBatch(db, (batch) => meter(batch, [decodedBy()(request)]));
    }
    await db
      .knex('radacct')
      .where('radacctid', 2)
      .update({ run_flags: 2 | 4 });
    await db.close();
    const text = await cli.print('session', 'show', '2');
    expect(text).toMatch(
      /^began +2025-12-11T12:02:00Z, handed over by john \(session 1\)\nended +not yet\n/m,
    );
    expect(text).toMatch(
      /^charged to jane +50\ncounted before +100, in session 1 of john\ncharged to nobody +0\n/m,
    );
    expect(text).toMatch(
      /^unseen wrap +two records were so far apart .* a multiple of 4\.00 GiB may be missing/m,
    );
    expect(text).toMatch(/^ 1 +john +100 +0 +0 .* handed over to jane \(session 2\)\n/m);
    expect(text).toMatch(/^All octets of jane .*\nDAY +UP +DOWN\n2025-12-11 +50 +0\n/m);
    expect(text).toMatch(
      /^ID +ARRIVED .*\n 1 +2025-12-11T12:02:10Z +implausible-growth +- +.* exceed .*\n$/m,
    );
    expect(await cli.json('session', 'show', '1')).toMatchObject({
      id: 1,
      ended: { how: 'handover', session: 2 },
      other_runs: [{ id: 2 }],
      user_days: [{ day: '2025-12-11', input_octets: 100, output_octets: 0 }],
      set_aside: [{ id: 1, acct_session_id: 'S1', reason: 'implausible-growth' }],
      has_all_set_aside: true,
    });
  });

  test.each([
    ['an unknown user', ['list', '--user', 'nobody'], 66, 'there is no user "nobody"'],
    ['an unknown session', ['show', '7'], 66, 'there is no session 7'],
    ['an id that is none', ['show', 'S1'], 64, 'id: expected the number that `session list` shows; got "S1"'],
    [
      'a limit of none',
      ['list', '--limit', '0'],
      64,
      'limit: expected a whole number from 1 to 100000; got "0"',
    ],
  ])('refuses %s', async (_name, args, exitCode, message) => {
    const refused = await cli.run('session', ...args);
    expect(refused).toMatchObject({ code: exitCode, stdout: '', stderr: expect.stringContaining(message) });
  });
});
