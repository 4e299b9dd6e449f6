/** Ending sessions by hand. */
import { beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { getUser } from '../../src/profiles/user-queries.ts';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';
import { insertSession } from '../support/session-rows.ts';

describe('radmeter session disconnect', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();
  let ids: number[];

  beforeEach(async () => {
    const db = openDatabase(cli.databaseUrl());
    await migrateToLatest(db);
    await cli.print('user', 'create', '--username', 'john');
    const { id: userId } = await getUser(db, 'john');
    ids = [];
    for (const columns of [{}, {}, { close_kind: 1 }]) {
      ids.push(await insertSession(db, { user_id: userId, ...columns }));
    }
    await db.close();
  });

  test('decides about one session, and tells what came of it where the session is shown', async () => {
    expect(await cli.print('session', 'disconnect', String(ids[0]))).toBe('1 session is to be ended.\n');
    expect(await cli.json('session', 'show', String(ids[0]))).toMatchObject({
      intents: [{ kind: 'disconnect', reason: 'manual', status: 'pending', is_live: true }],
    });
    expect(await cli.print('session', 'show', String(ids[0]))).toContain('What was decided about it');
  });

  test('decides about all open sessions of a user, once each', async () => {
    expect(await cli.json('session', 'disconnect', '--user', 'john', '--dry-run')).toMatchObject({
      dry_run: true,
      sessions: [{ id: ids[1] }, { id: ids[0] }],
    });
    expect(await cli.json('session', 'disconnect', '--user', 'john')).toMatchObject({
      intents: [{ session: ids[1] }, { session: ids[0] }],
    });
    expect(await cli.print('session', 'disconnect', '--user', 'john')).toBe('2 sessions are to be ended.\n');
    expect(await cli.json('explain', 'john')).toMatchObject({
      enforcement: [{ session: ids[0] }, { session: ids[1] }],
    });
  });

  test.each([
    [[], 'say which'],
    [['1', '--user', 'john'], 'say which'],
    [['--user', 'nobody'], 'nobody'],
    [['x'], 'expected the number'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await cli.run('session', 'disconnect', ...args);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });

  test('refuses a session that is over', async () => {
    const { code, stderr } = await cli.run('session', 'disconnect', String(ids[2]));
    expect(code).not.toBe(0);
    expect(stderr).toContain('it has ended');
  });
});
