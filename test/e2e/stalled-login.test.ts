/** Logins while the database answers some questions and holds others up: a NAS must be able to tell. */
import { afterEach, expect, it } from 'vitest';
import { describeMariadb } from '../support/databases.ts';
import { addLogin, PASSWORD } from '../support/logins.ts';
import { radclient } from '../support/radclient.ts';
import { describeWithPeer } from '../support/real-clients.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

const SETTINGS = { 'auth-listen': '127.0.0.1:0', 'radius-secrets-key': '07'.repeat(32) };

describeWithPeer('radclient', 'a login that the database holds up', () => {
  describeMariadb('behind a lock on what it needs', (getDatabase) => {
    let radmeter: TestDaemon | undefined;
    afterEach(async () => {
      await radmeter?.close();
      radmeter = undefined;
    });

    it('keeps Status-Server unanswered, so that its NAS asks another server, and no longer than that', {
      timeout: 60_000,
    }, async () => {
      const { db } = getDatabase();
      await addLogin(db, 'john');
      radmeter = await startTestDaemon(getDatabase().url, SETTINGS);
      const port = radmeter.authPort();
      const login = { 'User-Name': 'john', 'CHAP-Password': PASSWORD };
      const status = async () => (await radclient({}, { port, command: 'status', tries: 1 })).code;
      expect(await status()).toBe('Access-Accept');
      await db.knex.transaction(async (trx) => {
        // Secrets for CHAP are asked for without anything else; whether the database is there shows by the users.
        await trx.raw('LOCK TABLES user_secrets WRITE');
        try {
          expect((await radclient(login, { port, tries: 1 })).code).toBe('none');
          await expect.poll(status, { timeout: 20_000 }).toBe('none');
        } finally {
          await trx.raw('UNLOCK TABLES');
        }
      });
      await expect.poll(status, { timeout: 20_000 }).toBe('Access-Accept');
    });
  });
});
