/** Logins while the database swallows what it is asked on some connections and answers on others: a NAS must be able to tell. */
import { afterEach, expect, it } from 'vitest';
import { describeMariadb } from '../support/databases.ts';
import { addLogin, PASSWORD } from '../support/logins.ts';
import { radclient } from '../support/radclient.ts';
import { describeWithPeer } from '../support/real-clients.ts';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

describeWithPeer('radclient', 'a login that the database holds up', () => {
  describeMariadb('on a connection that is dead without saying so', (getDatabase) => {
    let proxy: TcpProxy;
    let radmeter: TestDaemon;
    afterEach(async () => {
      proxy.cut();
      await radmeter.close();
      await proxy.close();
    });

    it('keeps Status-Server unanswered, so that its NAS asks another server', {
      timeout: 60_000,
    }, async () => {
      const url = new URL(getDatabase().url);
      proxy = await openTcpProxy(Number(url.port));
      url.port = String(proxy.port);
      await addLogin(getDatabase().db, 'john');
      radmeter = await startTestDaemon(url.href, { 'auth-listen': '127.0.0.1:0' });
      const port = radmeter.authPort();
      const login = { 'User-Name': 'john', 'User-Password': PASSWORD };
      const status = async () => (await radclient({}, { port, command: 'status', tries: 1 })).code;
      expect((await radclient(login, { port })).code).toBe('Access-Accept');
      expect(await status()).toBe('Access-Accept');
      proxy.stall();
      expect((await radclient(login, { port, tries: 1 })).code).toBe('none');
      await expect.poll(status, { timeout: 20_000 }).toBe('none');
    });
  });
});
