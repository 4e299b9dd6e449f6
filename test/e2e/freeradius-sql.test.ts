/** A FreeRADIUS that reads its own tables, kept in step by radmeter: Debian's, as docs/freeradius configures it. */
import { afterEach, expect, it } from 'vitest';
import { addNas } from '../../src/nas/nas-commands.ts';
import { updateProfile } from '../../src/profiles/profile-commands.ts';
import { deleteUser, updateUser } from '../../src/profiles/user-commands.ts';
import { commandContext } from '../support/command-context.ts';
import { describeMariadb } from '../support/databases.ts';
import {
  type Document,
  type RunningFreeradius,
  startDocumentedFreeradius,
} from '../support/documented-freeradius.ts';
import { addLogin, PASSWORD } from '../support/logins.ts';
import { signedRequest } from '../support/packet-builder.ts';
import { type RadclientAnswer, radclient } from '../support/radclient.ts';
import { describeWithPeer } from '../support/real-clients.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

/** What is promised: a change is in force within ten seconds. */
const WITHIN = { timeout: 10_000, interval: 300 };
/** Of a test in which that happens several times. */
const TEST_MS = 90_000;

describeWithPeer('freeradius-mysql', "by FreeRADIUS's own tables", () => {
  describeMariadb('radmeter', (getDatabase) => {
    const db = () => getDatabase().db;
    let radmeter: TestDaemon | undefined;
    let freeradius: RunningFreeradius | undefined;
    const start = async (flags: Record<string, unknown> = {}) => {
      radmeter = await startTestDaemon(getDatabase().url, {
        'freeradius-sync': true,
        language: 'fr',
        ...flags,
      });
      freeradius = await startDocumentedFreeradius({
        modules: [sqlModule(getDatabase().url)],
        sites: [{ name: 'site-sql' }],
      });
    };
    afterEach(async () => {
      await freeradius?.close();
      await radmeter?.close();
      freeradius = undefined;
      radmeter = undefined;
    });
    const login = (username: string, password = PASSWORD): Promise<RadclientAnswer> =>
      radclient({ 'User-Name': username, 'User-Password': password }, { port: freeradius?.authPort ?? 0 });
    const code = async (username: string, password?: string) => (await login(username, password)).code;
    const texts = ({ attributes }: RadclientAnswer) =>
      attributes.filter(([name]) => name === 'Reply-Message').map(([, text]) => text);

    it('lets users in with their limits, and follows within ten seconds whatever changes', {
      timeout: TEST_MS,
    }, async () => {
      const context = commandContext(db());
      await addNas(context, { address: '192.0.2.1', secret: 'secret', kind: 'mikrotik' });
      await addNas(context, { address: '192.0.2.2', secret: 'secret', kind: 'coovachilli' });
      await addLogin(db(), 'jöhn', { quotaType: 'limited', dataVolume: 50 * 1024 ** 3 });
      await start();
      await expect.poll(() => code('jöhn'), WITHIN).toBe('Access-Accept');
      const accepted = Object.fromEntries((await login('jöhn')).attributes);
      expect(accepted).toMatchObject({
        'Session-Timeout': '28800',
        'Idle-Timeout': '600',
        'Mikrotik-Rate-Limit': '5120k/10240k',
        'ChilliSpot-Bandwidth-Max-Up': '5120',
      });
      expect(await code('jöhn', 'wrong')).toBe('Access-Reject');
      expect(await code('nobody')).toBe('Access-Reject');

      // The limits of the profile,
      await updateProfile(context, 'profile of jöhn', { bandwidthUpload: 512 });
      const rate = async () => new Map((await login('jöhn')).attributes).get('Mikrotik-Rate-Limit');
      await expect.poll(rate, WITHIN).toBe('512k/10240k');
      // the verdict,
      await updateUser(context, 'jöhn', { isActive: false });
      await expect.poll(() => code('jöhn'), WITHIN).toBe('Access-Reject');
      expect(texts(await login('jöhn'))).toEqual([
        'jöhn ne peut pas être en ligne : le compte est désactivé.',
      ]);
      await updateUser(context, 'jöhn', { isActive: true });
      await expect.poll(() => code('jöhn'), WITHIN).toBe('Access-Accept');
      // and whether there is such a user at all.
      await deleteUser(context, 'jöhn');
      await expect.poll(() => code('jöhn'), WITHIN).toBe('Access-Reject');
    });

    it('refuses at the record that spends the quota, also where it ends the session', {
      timeout: TEST_MS,
    }, async () => {
      await addLogin(db(), 'john', { dailyLimit: 1_000_000 });
      await start();
      await expect.poll(() => code('john'), WITHIN).toBe('Access-Accept');
      await radmeter?.ask(
        signedRequest({
          attributes: [
            [1, 'john'],
            [40, 2],
            [44, 'A'],
            [42, 1_000_000],
            [43, 7],
          ],
        }),
      );
      await expect.poll(() => code('john'), WITHIN).toBe('Access-Reject');
      expect(texts(await login('john')).join('')).toMatch(
        /^john ne peut pas être en ligne : le quota journalier est épuisé/,
      );
    });
  });
});

/** The documented module, on the database of the test. */
function sqlModule(url: string): Document {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    name: 'sql',
    instead: {
      'server = "127.0.0.1"': `server = "${hostname}"`,
      'port = 3306': `port = ${port}`,
      'login = "radius"': `login = "${decodeURIComponent(username)}"`,
      'password = "change-me"': `password = "${decodeURIComponent(password)}"`,
      'radius_db = "radmeter"': `radius_db = "${pathname.slice(1)}"`,
    },
  };
}
