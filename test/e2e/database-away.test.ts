/** A database that is not there: waited for at the start; while it is away records are kept in the spool and answered. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { allCounted, countedOctets } from '../support/counted.ts';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';
import { signedRequest } from '../support/packet-builder.ts';
import { octetsOf, playSessions } from '../support/session-load.ts';
import { reportRequest } from '../support/session-packets.ts';
import { newTestDaemon, startTestDaemon } from '../support/test-daemon.ts';

const isWanted = inject('databases').includes('mariadb');
const missing = inject('missingPeers').mariadb;
const describeWithMariadb = isWanted && missing === undefined ? describe : describe.skip;
const STORY_TIMEOUT_MS = 120_000;

describeWithMariadb(`a MariaDB that is away${missing === undefined ? '' : ` (${missing})`}`, () => {
  let mariadb: Mariadb;
  beforeAll(async () => {
    mariadb = await startMariadb();
  });
  afterAll(() => mariadb.stop());

  const createDatabase = async (name: string) => {
    const server = openDatabase(`${mariadb.serverUrl}/information_schema`);
    await server.knex.raw(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
    await server.close();
    return `${mariadb.serverUrl}/${name}`;
  };

  it('is waited for at the start, with a clear line, and served when it comes', {
    timeout: STORY_TIMEOUT_MS,
  }, async () => {
    const url = await createDatabase('late');
    await mariadb.kill();
    const radmeter = await newTestDaemon(url);
    const started = radmeter.daemon.start();
    try {
      await radmeter.warned(
        /^the database mysql:\/\/radmeter:\*\*\*@127\.0\.0\.1:\d+\/late does not answer \(.+\); trying again$/,
      );
      expect(radmeter.daemon.isReady).toBe(false);
      expect(radmeter.daemon.addresses).toEqual([]);
      await mariadb.start();
      await started;
      expect(radmeter.daemon.isReady).toBe(true);
      await radmeter.ask(reportRequest({ status: 'start', user: 'john', sessionId: 'A1' }));
    } finally {
      await radmeter.close();
    }
  });

  it('ends a start that waits when the daemon is told to stop', async () => {
    await mariadb.kill();
    const radmeter = await newTestDaemon(`${mariadb.serverUrl}/never`);
    const started = radmeter.daemon.start();
    const ended = expect(started).rejects.toThrow();
    await radmeter.warned(/does not answer/);
    await radmeter.close();
    await ended;
    await mariadb.start();
  });

  it('is stood in for by the spool: everything is answered, the service stays ready, and all is exact when it is back', {
    timeout: STORY_TIMEOUT_MS,
  }, async () => {
    const url = await createDatabase('killed');
    const radmeter = await startTestDaemon(url, { 'unknown-user': 'create', 'db-timeout': '500ms' });
    const waiting = () => radmeter.metric('spooledRecords');
    try {
      const options = { port: radmeter.port(), sessions: 600, reportsPerSession: 3 };
      const load = playSessions(options);
      await load.acknowledged(500);
      await mariadb.kill();
      await radmeter.warned(/records go to the spool until it takes them$/);
      await load.finished;
      expect(await waiting()).toBeGreaterThan(0);
      expect(radmeter.daemon.isReady).toBe(true);
      await radmeter.ask(statusServer());

      await mariadb.start();
      await expect.poll(waiting, { timeout: 20_000 }).toBe(0);
      const db = openDatabase(url);
      expect(await countedOctets(db)).toEqual(allCounted(octetsOf(options)));
      await db.close();
    } finally {
      await radmeter.close();
    }
  });

  it('leaves nothing in the dark when the spool is full too: no answer, also not to a Status-Server', {
    timeout: STORY_TIMEOUT_MS,
  }, async () => {
    const url = await createDatabase('full');
    const radmeter = await startTestDaemon(url, {
      'unknown-user': 'create',
      'db-timeout': '500ms',
      'spool-max': '1MiB',
    });
    try {
      await mariadb.kill();
      const options = { port: radmeter.port(), sessions: 2_500, reportsPerSession: 3 };
      const load = playSessions(options);
      await radmeter.warned(/it has reached spool-max, 1048576 bytes; requests stay unanswered$/);
      expect(radmeter.daemon.isReady).toBe(false);
      await radmeter.nas.send(statusServer(), radmeter.port());
      await expect.poll(() => radmeter.counted('packetsDiscarded')).toMatchObject({ 'not-ready': 1 });
      expect(radmeter.nas.pending()).toBe(0);

      await mariadb.start();
      await load.finished;
      expect(load.retransmissions()).toBeGreaterThan(0);
      await expect.poll(() => radmeter.metric('spooledRecords'), { timeout: 20_000 }).toBe(0);
      expect(radmeter.daemon.isReady).toBe(true);
      const db = openDatabase(url);
      expect(await countedOctets(db)).toEqual(allCounted(octetsOf(options)));
      await db.close();
    } finally {
      await radmeter.close();
    }
  });
});

/** RFC 5997 §3: proven by its Message-Authenticator alone. */
function statusServer(): Buffer {
  return signedRequest({ code: 12, messageAuthenticator: 'valid', hasRandomAuthenticator: true });
}
