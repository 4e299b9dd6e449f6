/** Logins over the wire, by Debian's radclient: who comes in under which limits, who does not and why, and what is never answered. */
import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { challengeHash, challengeResponse } from '../../src/access/ms-chap.ts';
import { addNas } from '../../src/nas/nas-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { attributesOf } from '../../src/radius/packet.ts';
import { ntHash } from '../../src/sign-in/nt-hash.ts';
import { commandContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { addLogin, PASSWORD } from '../support/logins.ts';
import { answers, attribute, packetOf, signedRequest, vendorSpecific } from '../support/packet-builder.ts';
import { type RadclientAnswer, radclient } from '../support/radclient.ts';
import { describeWithPeer } from '../support/real-clients.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

const ON = { 'auth-listen': '127.0.0.1:0', language: 'en' };
const PHONE = '02:00:00:00:00:01';
const LAPTOP = '02-00-00-00-00-02';
const WRONG = 'Wrong user name or password.';
const KEY = { 'radius-secrets-key': '07'.repeat(32) };

describeWithPeer('radclient', 'logins', () => {
  describeEachDatabase('answered by radmeter', (getDatabase) => {
    const db = () => getDatabase().db;
    const started: TestDaemon[] = [];
    const start = async (flags: Record<string, unknown> = {}) => {
      const made = await startTestDaemon(getDatabase().url, { ...ON, ...flags });
      started.push(made);
      return made;
    };
    afterEach(async () => {
      for (const radmeter of started.splice(0)) await radmeter.close();
    });
    const pap = (user: string, more: Record<string, string | number> = {}) => ({
      'User-Name': user,
      'User-Password': PASSWORD,
      'Calling-Station-Id': PHONE,
      ...more,
    });
    const value = (answer: RadclientAnswer, wanted: string) =>
      answer.attributes.find(([name]) => name === wanted)?.[1];
    /** In a transaction, which waits for others to finish writing. */
    const rename = (from: string, to: string) =>
      db().knex.transaction((trx) => trx.schema.renameTable(from, to));
    const kept = (): Promise<Record<string, unknown>[]> =>
      db().knex('radpostauth').orderBy('id').select('username', 'pass', 'reply', 'reason');

    it('let a user in with the limits of the profile, Message-Authenticator first, and meter by Class', async () => {
      await addLogin(db(), 'john', { simultaneousUse: 1 });
      await addNas(
        { ...commandContext(db()) },
        { address: '127.0.0.1', secret: 'testing123', kind: 'mikrotik' },
      );
      const radmeter = await start({ 'acct-interim-interval': '2m' });
      const answer = await radclient(pap('john'), { port: radmeter.authPort() });
      expect(answer.code).toBe('Access-Accept');
      expect(answer.attributes[0]?.[0]).toBe('Message-Authenticator');
      expect(Object.fromEntries(answer.attributes)).toMatchObject({
        'Session-Timeout': '28800',
        'Idle-Timeout': '600',
        'Acct-Interim-Interval': '120',
        'Mikrotik-Rate-Limit': '5120k/10240k',
      });
      const second = await radclient(pap('john', { 'Calling-Station-Id': LAPTOP }), {
        port: radmeter.authPort(),
      });
      expect(second).toMatchObject({ code: 'Access-Reject' });
      expect(value(second, 'Reply-Message')).toBe(
        'john cannot open another session: 1 session is open of 1 allowed.',
      );

      // The NAS knows the device by another name, and radmeter may have been started anew.
      await radmeter.daemon.close();
      const next = await start();
      const token = Buffer.from((value(answer, 'Class') ?? '').slice(2), 'hex');
      await next.ask(
        signedRequest({
          attributes: [
            ...([
              [1, 'anonymous'],
              [25, token],
              [31, PHONE],
              [40, 1],
              [44, 'A1'],
            ] as const),
          ],
        }),
      );
      const [session] = await db()
        .knex('radacct')
        .join('users', 'users.id', 'radacct.user_id')
        .select('users.username', 'class');
      expect(session).toEqual({ username: 'john', class: token.toString() });
      expect(await db().knex('access_reservations').pluck('id')).toEqual([]);
      // A device that comes back does not count against itself, another one does.
      expect((await radclient(pap('john'), { port: next.authPort() })).code).toBe('Access-Accept');
      await next.daemon.close();
      expect(await kept()).toEqual([
        { username: 'john', pass: '', reply: 'Access-Accept', reason: null },
        { username: 'john', pass: '', reply: 'Access-Reject', reason: 'simultaneous_use' },
        { username: 'john', pass: '', reply: 'Access-Accept', reason: null },
      ]);
    });

    it('tell strangers and wrong passwords alike, and write down which it was', async () => {
      await addLogin(db(), 'john');
      const radmeter = await start();
      const port = radmeter.authPort();
      const answersTo = [
        await radclient({ ...pap('nobody') }, { port }),
        await radclient({ ...pap('john'), 'User-Password': 'wrong' }, { port }),
        await radclient({ 'User-Name': 'john', 'CHAP-Password': PASSWORD }, { port }),
        await radclient({ 'User-Name': 'john' }, { port }),
      ];
      for (const answer of answersTo) {
        expect(answer.code).toBe('Access-Reject');
        expect(answer.attributes.slice(1)).toEqual([['Reply-Message', WRONG]]);
      }
      await radmeter.daemon.close();
      expect((await kept()).map(({ reason }) => reason)).toEqual([
        'unknown_user',
        'wrong_password',
        'no_stored_secret_no_key',
        'no_credentials',
      ]);
      expect(await usageRowOf(db(), 'john')).toBeUndefined();
    });

    it('say why somebody who is who they say is refused', async () => {
      const userId = await addLogin(db(), 'john', { dailyLimit: 2 ** 30 });
      const radmeter = await start({ language: 'fr' });
      const port = radmeter.authPort();
      expect((await radclient(pap('john'), { port })).code).toBe('Access-Accept');
      await db()
        .knex('user_profile_usage')
        .where('user_id', userId)
        .update({ used_today: 2 ** 30 });
      const answer = await radclient(pap('john'), { port });
      expect(answer.code).toBe('Access-Reject');
      expect(value(answer, 'Reply-Message')).toMatch(
        /^john ne peut pas être en ligne : le quota journalier est épuisé/,
      );
    });

    it('take CHAP and MS-CHAPv2 from those whose password was learned', async () => {
      await addLogin(db(), 'john');
      const radmeter = await start(KEY);
      const port = radmeter.authPort();
      expect((await radclient(pap('john'), { port })).code).toBe('Access-Accept');
      await expect.poll(() => db().knex('user_secrets').pluck('user_id')).toHaveLength(1);
      const chap = { 'User-Name': 'john', 'Calling-Station-Id': PHONE };
      expect((await radclient({ ...chap, 'CHAP-Password': PASSWORD }, { port })).code).toBe('Access-Accept');
      expect((await radclient({ ...chap, 'CHAP-Password': 'wrong' }, { port })).code).toBe('Access-Reject');

      const login = async (password: string) => {
        const request = msChap2Request('john', password);
        await radmeter.nas.send(request, port);
        const { bytes } = await radmeter.nas.next();
        expect(answers(bytes, request)).toBe(true);
        const vendor = attributesOf(packetOf(bytes)).filter(({ type }) => type === 26);
        return [bytes[0], ...vendor.map(({ value: octets }) => octets[4])];
      };
      // MS-CHAP2-Success, both MPPE keys, policy and types; MS-CHAP-Error.
      expect(await login(PASSWORD)).toEqual([2, 26, 17, 16, 7, 8]);
      expect(await login('wrong')).toEqual([3, 2]);
    });

    it('let in a device that is kept as a user without a password, and nobody else by an address alone', async () => {
      await createUser(commandContext(db()), { username: '02-00-00-00-00-01' });
      await addLogin(db(), '020000000003');
      const radmeter = await start();
      const device = { 'User-Name': '020000000001', 'User-Password': '020000000001' };
      const port = radmeter.authPort();
      expect((await radclient({ ...device, 'Calling-Station-Id': PHONE }, { port })).code).toBe(
        'Access-Accept',
      );
      expect((await radclient({ ...device, 'Calling-Station-Id': LAPTOP }, { port })).code).toBe(
        'Access-Reject',
      );
      const posing = { ...pap('020000000003'), 'Calling-Station-Id': '02:00:00:00:00:03' };
      for (const password of ['020000000003', '02-00-00-00-00-03']) {
        const answer = await radclient({ ...posing, 'User-Password': password }, { port });
        expect(answer.code).toBe('Access-Reject');
      }
      expect((await radclient(posing, { port })).code).toBe('Access-Accept');
    });

    it('are never answered where nobody proves to know the secret', async () => {
      await addLogin(db(), 'john');
      const context = commandContext(db());
      const lax = { address: '127.0.0.1', secret: 'testing123', requireMessageAuthenticator: false };
      const strict = await start();
      const [once, unsigned] = [{ tries: 1 }, { messageAuthenticator: false }] as const;
      const none = { code: 'none', attributes: [] };
      expect(await radclient(pap('john'), { port: strict.authPort(), ...once }, unsigned)).toEqual(none);
      expect(await radclient(pap('john'), { port: strict.authPort(), ...once, secret: 'other' })).toEqual(
        none,
      );
      expect(await strict.counted('packetsDiscarded')).toMatchObject({
        'missing-message-authenticator': 1,
        'bad-message-authenticator': 1,
      });
      await strict.warned(/datagrams discarded/);

      await addNas(context, lax);
      const relaxed = await start();
      const port = relaxed.authPort();
      expect((await radclient(pap('john'), { port }, unsigned)).code).toBe('Access-Accept');
      const proxied = { ...pap('john'), 'Proxy-State': '0x41' };
      expect(await radclient(proxied, { port, ...once }, unsigned)).toEqual(none);
      expect((await radclient(proxied, { port })).code).toBe('Access-Accept');
    });

    it('are proven under either secret while it is rotated', async () => {
      await addLogin(db(), 'john');
      await addNas(commandContext(db()), {
        address: '127.0.0.1',
        secret: 'new-one',
        previousSecret: 'testing123',
      });
      const { authPort } = await start();
      for (const secret of ['new-one', 'testing123']) {
        expect((await radclient(pap('john'), { port: authPort(), secret })).code).toBe('Access-Accept');
      }
    });

    it('answer Status-Server as long as logins can be decided', async () => {
      const radmeter = await start();
      const status = { port: radmeter.authPort(), command: 'status' } as const;
      expect((await radclient({}, status)).code).toBe('Access-Accept');
    });

    it('stay unanswered, and are answered again, while a table they rest on is away and back', async () => {
      await addLogin(db(), 'john');
      const radmeter = await start();
      const port = radmeter.authPort();
      await rename('access_reservations', 'reservations_away');
      try {
        expect((await radclient(pap('john'), { port, tries: 1 })).code).toBe('none');
        await radmeter.warned(/stays unanswered/);
      } finally {
        await rename('reservations_away', 'access_reservations');
      }
      expect((await radclient(pap('john'), { port })).code).toBe('Access-Accept');
    });

    it('cannot take more places than there are, on two radmeters at once', async () => {
      await addLogin(db(), 'john', { simultaneousUse: 2 });
      const ports = [(await start()).authPort(), (await start()).authPort()];
      const logins = Array.from({ length: 12 }, (_, at) =>
        radclient(pap('john', { 'Calling-Station-Id': `02-00-00-00-01-${10 + at}` }), {
          port: ports[at % 2] ?? 0,
        }),
      );
      const codes = (await Promise.all(logins)).map(({ code }) => code);
      expect(codes.filter((code) => code === 'Access-Accept')).toHaveLength(2);
      expect(codes.filter((code) => code === 'Access-Reject')).toHaveLength(10);
    });

    it('are dropped unanswered, and counted, when passwords wait too long to be checked', async () => {
      const radmeter = await start();
      const count = 150;
      for (let at = 0; at < count; at++) {
        const hidden = [2, randomBytes(16)] as const;
        const request = signedRequest({
          ...{ code: 1, identifier: at, hasRandomAuthenticator: true, messageAuthenticator: 'valid' },
          attributes: [[1, `user ${at}`], hidden],
        });
        await radmeter.nas.send(request, radmeter.authPort());
      }
      const busy = async () => (await radmeter.counted('packetsDiscarded'))['busy'] ?? 0;
      await expect.poll(async () => (await busy()) + radmeter.nas.pending(), { timeout: 20_000 }).toBe(count);
      expect(await busy()).toBeGreaterThan(0);
      expect(radmeter.nas.pending()).toBeGreaterThan(0);
    });
  });
});

/** RFC 2548 §2.3: what a NAS passes on of an exchange between it and a peer with this password. */
function msChap2Request(userName: string, password: string): Buffer {
  const [authenticatorChallenge, peerChallenge] = [randomBytes(16), randomBytes(16)];
  const challenge = challengeHash({ authenticatorChallenge, peerChallenge, userName: Buffer.from(userName) });
  const response = challengeResponse(challenge, ntHash(password));
  const microsoft = (type: number, value: Buffer) =>
    vendorSpecific(311, attribute([type, value])).subarray(2);
  return signedRequest({
    ...{ code: 1, identifier: 7, hasRandomAuthenticator: true, messageAuthenticator: 'valid' },
    attributes: [
      [1, userName],
      [31, PHONE],
      [26, microsoft(11, authenticatorChallenge)],
      [26, microsoft(25, Buffer.concat([Buffer.of(7, 0), peerChallenge, Buffer.alloc(8), response]))],
    ],
  });
}
