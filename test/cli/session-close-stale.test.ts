import { expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { describeEachBlankDatabase } from '../support/databases.ts';
import { commandLine, STORY_TIMEOUT_MS } from '../support/run-cli.ts';
import { insertSession, type SessionColumns } from '../support/session-rows.ts';

const MINUTE = 60_000;
const NEVER_BEGAN =
  'No session closed: no radmeter has been receiving within the last hour, so silence does not count.\n';

describeEachBlankDatabase('radmeter session close-stale', (newDatabase) => {
  const onDatabase = async (work: (db: Database, cli: ReturnType<typeof commandLine>) => Promise<void>) => {
    const blank = await newDatabase();
    const db = openDatabase(blank.url);
    try {
      await migrateToLatest(db);
      await work(
        db,
        commandLine(() => blank.url),
      );
    } finally {
      await db.close();
      await blank.remove();
    }
  };
  const heard = (db: Database, minutesAgo: number, columns: SessionColumns = {}) => {
    const at = Date.now() - minutesAgo * MINUTE;
    return insertSession(db, {
      ...{ run_flags: 4, acctinterval: 60, updated_at: at, arrival_updated_at: at, started_at: at },
      ...{ arrival_started_at: at, ...columns },
    });
  };
  const receive = (db: Database, columns: Record<string, string | number> = {}) =>
    db.knex('instances').insert({
      ...{
        id: 'a',
        host: 'alpha',
        receiving_since: Date.now() - 600 * MINUTE,
        beat_at: Date.now(),
        ...columns,
      },
    });

  test(
    'closes what is silent, shows it, and says when silence counted',
    () =>
      onDatabase(async (db, cli) => {
        expect(await cli.print('session', 'close-stale')).toBe(NEVER_BEGAN);
        await receive(db);
        expect(await cli.print('session', 'close-stale')).toMatch(
          /^No session is silent\.\nSilence counted from 2\S+Z to 2\S+Z\.\n$/,
        );
        await cli.print('nas', 'add', '192.0.2.11', '--name', 'slow', '--secret', 's3cret');
        await db.knex('nas').update({ interval_floor_seconds: 3_600 });
        const silent = await heard(db, 20);
        await heard(db, 20, { source_address: '192.0.2.11' });
        await heard(db, 5);
        expect(await cli.print('session', 'close-stale', '--dry-run')).toMatch(
          new RegExp(
            `^ID +USER +NAS .*\n +${silent} +- +192\\.0\\.2\\.10 .*\n1 session would be presumed closed\\.\n`,
          ),
        );
        expect(await cli.json('session', 'list', '--open')).toHaveLength(3);
        expect(await cli.json('session', 'close-stale')).toMatchObject({
          dry_run: false,
          silence_counts: true,
          reason: null,
          closed: [{ id: silent, state: 'presumed', terminate_cause: 'Lost-Carrier' }],
        });
        expect(await cli.json('session', 'list', '--open')).toHaveLength(2);
      }),
    STORY_TIMEOUT_MS,
  );

  test(
    'asks for the Session-Timeouts of users, the default profile’s for those without one',
    () =>
      onDatabase(async (db, cli) => {
        await receive(db);
        await cli.print('user', 'create', '--username', 'john');
        const [john] = await db.knex('users').select('id');
        const never = { run_flags: 0, acctinterval: null, user_id: john.id };
        await heard(db, 69, never);
        const over = await heard(db, 71, never);
        await heard(db, 71, { ...never, user_id: null });
        expect(await cli.json('session', 'close-stale')).toMatchObject({ closed: [{ id: over }] });
      }),
    STORY_TIMEOUT_MS,
  );

  test(
    'says why silence does not count, or only in part',
    () =>
      onDatabase(async (db, cli) => {
        await heard(db, 20);
        await receive(db, { spooled_records: 4 });
        expect(await cli.print('session', 'close-stale')).toBe(
          'No session closed: 4 record(s) wait in the spool of alpha, so silence does not count.\n',
        );
        expect(await cli.json('session', 'close-stale')).toMatchObject({
          silence_counts: false,
          reason: '4 record(s) wait in the spool of alpha',
          closed: [],
        });
        await db.knex('instances').update({ spooled_records: 0, beat_at: Date.now() - 15 * MINUTE });
        expect(await cli.print('session', 'close-stale')).toMatch(
          /^No session is silent\.\nradmeter on alpha has not been heard of since 2\S+Z: what is silent since then may report to it\.\nSilence counted from/,
        );
      }),
    STORY_TIMEOUT_MS,
  );
});
