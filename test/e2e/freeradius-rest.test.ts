/** A FreeRADIUS in front that asks radmeter by rlm_rest, as docs/freeradius configures it: real logins by EAP and PAP, real accounting. */
import { afterEach, expect, it } from 'vitest';
import { addNas } from '../../src/nas/nas-commands.ts';
import { commandContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { type RunningFreeradius, startDocumentedFreeradius } from '../support/documented-freeradius.ts';
import { type EapLogin, eapolTest } from '../support/eapol-test.ts';
import { addLogin, PASSWORD } from '../support/logins.ts';
import { type RadclientAnswer, radclient } from '../support/radclient.ts';
import { describeWithPeer } from '../support/real-clients.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

const SECRET = 'of both, and of nobody else';
const PHONE = '02:00:00:00:00:01';
const LAPTOP = '02:00:00:00:00:02';
const SETTINGS = {
  'freeradius-secret': SECRET,
  'freeradius-passwords': 'nt-hash',
  'radius-secrets-key': '07'.repeat(32),
  language: 'en',
};
const GIB = 1024 ** 3;

describeWithPeer('freeradius-rest', 'by FreeRADIUS', () => {
  describeWithPeer('eapol_test', 'and eapol_test', () => {
    describeEachDatabase('radmeter', (getDatabase) => {
      const db = () => getDatabase().db;
      let radmeter: TestDaemon;
      let freeradius: RunningFreeradius;
      const start = async () => {
        radmeter = await startTestDaemon(getDatabase().url, SETTINGS);
        freeradius = await startDocumentedFreeradius({
          modules: [
            { name: 'eap' },
            {
              name: 'rest',
              instead: { 'http://127.0.0.1:8080': radmeter.url(), 'change-me-change-me': SECRET },
            },
          ],
          sites: [{ name: 'site-rest' }, { name: 'site-rest-inner' }],
        });
      };
      afterEach(async () => {
        await freeradius?.close();
        await radmeter?.close();
      });
      const eap = (login: Partial<EapLogin>) =>
        eapolTest(
          { method: 'TTLS-PAP', username: 'john', password: PASSWORD, station: PHONE, ...login },
          { port: freeradius.authPort, caPath: freeradius.caPath },
        );
      const pap = (more: Record<string, string | number> = {}) =>
        radclient(
          { 'User-Name': 'john', 'User-Password': PASSWORD, 'Calling-Station-Id': PHONE, ...more },
          { port: freeradius.authPort },
        );
      const account = (attributes: Record<string, string | number>) =>
        radclient(attributes, { port: freeradius.acctPort, command: 'acct' });
      const messages = ({ attributes }: RadclientAnswer) =>
        attributes.filter(([name]) => name === 'Reply-Message').map(([, text]) => text);

      it('lets users in by TTLS-PAP and PEAP-MSCHAPv2 with their limits, and nobody by a wrong password', async () => {
        await addLogin(db(), 'john', { simultaneousUse: 1 });
        await addNas(commandContext(db()), { address: '127.0.0.1', secret: 'testing123', kind: 'mikrotik' });
        await start();
        const first = await eap({});
        expect(first.isAccepted, first.output).toBe(true);
        // Session-Timeout of eight hours, and Mikrotik-Rate-Limit.
        expect(first.output).toMatch(/Attribute 27 \(Session-Timeout\).*\n\s+Value: 28800\n/);
        expect(first.output).toContain(Buffer.from('5120k/10240k').toString('hex'));
        // Its password was shown, and is known from then on.
        await expect
          .poll(() => db().knex('user_secrets').pluck('user_id'), { timeout: 10_000 })
          .toHaveLength(1);
        const second = await eap({ method: 'PEAP-MSCHAPv2' });
        expect(second.isAccepted, second.output).toBe(true);
        expect(second.output).toMatch(/Attribute 27 \(Session-Timeout\).*\n\s+Value: 28800\n/);
        // One place, however many packets a login took, and the device that came back has it.
        expect(await db().knex('access_reservations').pluck('id')).toHaveLength(1);

        for (const method of ['PEAP-MSCHAPv2', 'TTLS-PAP'] as const) {
          expect((await eap({ method, password: 'wrong' })).isAccepted).toBe(false);
          expect((await eap({ method, username: 'nobody' })).isAccepted).toBe(false);
        }
        expect((await eap({ station: LAPTOP })).isAccepted).toBe(false);
        expect(messages(await pap({ 'Calling-Station-Id': LAPTOP }))).toEqual([
          'john cannot open another session: 1 session is open of 1 allowed.',
        ]);
      });

      it('takes no login by EAP outside of a tunnel, where nobody would be asked for a place', async () => {
        await addLogin(db(), 'john', { simultaneousUse: 1 });
        await start();
        expect((await eap({})).isAccepted).toBe(true);
        await expect
          .poll(() => db().knex('user_secrets').pluck('user_id'), { timeout: 10_000 })
          .toHaveLength(1);
        expect((await eap({ method: 'PEAP-MSCHAPv2' })).isAccepted).toBe(true);
        expect((await eap({ method: 'MSCHAPv2' })).isAccepted).toBe(false);
      });

      it('knows inside a tunnel which access point asks, whatever that calls itself', async () => {
        await addLogin(db(), 'john', { simultaneousUse: 1 });
        await addNas(commandContext(db()), { address: '127.0.0.1', secret: 'testing123', kind: 'mikrotik' });
        await start();
        const { isAccepted, output } = await eap({ nasIpAddress: '10.99.99.99' });
        expect([isAccepted, output]).toEqual([
          true,
          expect.stringContaining(Buffer.from('5120k/10240k').toString('hex')),
        ]);
        expect(await db().knex('access_reservations').pluck('source_address')).toEqual(['127.0.0.1']);
      });

      it('counts to the octet what is reported, and refuses who has spent it, with the reason', async () => {
        await addLogin(db(), 'john', { dailyLimit: 3 * GIB, simultaneousUse: 2 });
        await start();
        const accepted = await pap();
        expect(accepted.code).toBe('Access-Accept');
        const token = new Map(accepted.attributes).get('Class') ?? '';
        // As of a session that has been reported on for a while.
        const startedAt = Math.floor(Date.now() / 1000) - 600;
        const session = {
          'User-Name': 'somebody else',
          'Acct-Session-Id': 'a\\\\1/é',
          'Calling-Station-Id': PHONE,
          'NAS-Identifier': 'hall',
        };
        const reports = [
          { ...session, 'Acct-Status-Type': 'Start', 'Event-Timestamp': startedAt },
          {
            ...session,
            'Acct-Status-Type': 'Interim-Update',
            'Acct-Session-Time': 60,
            'Event-Timestamp': startedAt + 60,
            'Acct-Input-Octets': 1001,
            'Acct-Output-Octets': 2002,
          },
          {
            ...session,
            'Acct-Status-Type': 'Stop',
            'Acct-Session-Time': 300,
            'Event-Timestamp': startedAt + 300,
            'Acct-Terminate-Cause': 'User-Request',
            'Acct-Input-Octets': 7,
            'Acct-Input-Gigawords': 1,
            'Acct-Output-Octets': 5005,
          },
        ];
        for (const report of reports.flatMap((one) => [one, one])) {
          const answer = await account({ ...report, Class: token });
          expect(answer.code).toBe('Accounting-Response');
        }
        expect(await usageRowOf(db(), 'john')).toMatchObject({ used_total: 2 ** 32 + 7 + 5005 });
        const [row] = await db()
          .knex('radacct')
          .select('nasipaddress', 'acctterminatecause', 'class', 'radacctid');
        expect(row).toMatchObject({ nasipaddress: '127.0.0.1', acctterminatecause: 'User-Request' });

        const refused = await pap();
        expect(refused.code).toBe('Access-Reject');
        expect(messages(refused).join('')).toMatch(
          /^john cannot be online: the daily quota is spent \(4\.00 GiB of 3\.00 GiB\)/,
        );
        expect((await eap({})).isAccepted).toBe(false);
        expect((await pap({ 'User-Password': 'wrong' })).attributes.at(-1)).toEqual([
          'Reply-Message',
          'Wrong user name or password.',
        ]);
      });

      it('is not spoken for while it is away: nobody is let in, refused, or told that octets are counted', async () => {
        await addLogin(db(), 'john');
        await start();
        await radmeter.daemon.close();
        const once = { port: freeradius.authPort, tries: 1 };
        const login = { 'User-Name': 'john', 'User-Password': PASSWORD };
        expect(await radclient(login, once)).toMatchObject({ code: 'none' });
        const report = { 'User-Name': 'john', 'Acct-Session-Id': 'A', 'Acct-Status-Type': 'Stop' };
        expect(
          await radclient(report, { port: freeradius.acctPort, tries: 1, command: 'acct' }),
        ).toMatchObject({ code: 'none' });
      });
    });
  });
});
