/** The whole story of a daily limit: two devices on two access points, cut within a second of the report that spent it, refused at the next login, and let in again with the next day. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { letUsersBackIn } from '../../src/enforcement/let-back-in.ts';
import { addNas } from '../../src/nas/nas-commands.ts';
import { explainUser } from '../../src/usage/explain-queries.ts';
import { Calendar } from '../../src/usage/period.ts';
import { sweepResets } from '../../src/usage/reset-sweep.ts';
import { verdictPeriods } from '../../src/usage/verdict.ts';
import { type CoaNas, startCoaNas } from '../support/coa-nas.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { addLogin, PASSWORD } from '../support/logins.ts';
import { answers, packetOf, signedRequest, TEST_SECRET } from '../support/packet-builder.ts';
import { type Report, reportRequest } from '../support/session-packets.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';
import { openPeer, type UdpPeer } from '../support/udp-peer.ts';

const GIB = 2 ** 30;

describeEachDatabase('john, who may use 1 GiB a day', (getDatabase) => {
  let radmeter: TestDaemon;
  let accessPoints: { readonly peer: UdpPeer; readonly das: CoaNas }[];

  beforeEach(async () => {
    const { db } = getDatabase();
    const context = { db, clock: systemClock, actor: { name: 'cli:tester', userId: null } };
    accessPoints = [];
    for (const address of ['127.0.0.1', '127.0.0.2']) {
      const das = await startCoaNas(() => 'ack', address);
      accessPoints.push({ peer: await openPeer(address), das });
      const input = {
        address,
        name: `ap-${address}`,
        secret: TEST_SECRET,
        kind: 'mikrotik',
        requireMessageAuthenticator: false,
      };
      await addNas(context, { ...input, coaPort: das.port });
    }
    await addLogin(db, 'john', { dailyLimit: GIB, simultaneousUse: 2 });
    radmeter = await startTestDaemon(getDatabase().url, { 'auth-listen': '127.0.0.1:0' });
  });
  afterEach(async () => {
    await radmeter.close();
    for (const { peer, das } of accessPoints) await Promise.all([peer.close(), das.close()]);
  });

  const accessPoint = (at: number) => {
    const found = accessPoints[at];
    if (found === undefined) throw new Error(`no access point ${at}`);
    return found;
  };
  let identifier = 0;
  const report = async (at: number, words: Partial<Report>) => {
    const { peer } = accessPoint(at);
    const request = reportRequest(
      { status: 'interim', user: 'john', sessionId: `S${at}`, ...words },
      ++identifier,
    );
    await peer.send(request, radmeter.port(), '127.0.0.1');
    const { bytes } = await peer.next();
    if (!answers(bytes, request)) throw new Error('no answer to that report');
  };
  /** RFC 2865 §5.2. */
  const login = async () => {
    const { peer } = accessPoint(0);
    const authenticator = Buffer.alloc(16, 7);
    const padded = Buffer.alloc(32);
    padded.write(PASSWORD);
    let previous = authenticator;
    const hidden = Buffer.concat(
      [0, 16].map((start) => {
        const key = createHash('md5').update(TEST_SECRET).update(previous).digest();
        previous = Buffer.from(padded.subarray(start, start + 16).map((byte, at) => byte ^ (key[at] ?? 0)));
        return previous;
      }),
    );
    const request = accessRequest(authenticator, hidden);
    await peer.send(request, radmeter.authPort());
    const { bytes } = await peer.next();
    return { code: packetOf(bytes).code, hasReason: bytes.includes('john') };
  };
  const intents = async () => {
    const rows: { status: string }[] = await getDatabase().db.knex('enforcement_intents').orderBy('id');
    return rows.map(({ status }) => status);
  };
  const logs = async () => {
    const rows: { reason: string; is_active: number }[] =
      await getDatabase().db.knex('user_disconnection_logs');
    return rows.map(({ reason, is_active }) => `${reason} ${is_active}`);
  };
  const mayStay = async () => {
    const now = Date.now();
    const periods = verdictPeriods(new Calendar('UTC'), now);
    const { verdict } = await explainUser(getDatabase().db, 'john', {
      now,
      periods,
      defaultProfile: { simultaneousUse: 1 },
    });
    return verdict.mayStayOnline;
  };

  it('is cut on both devices, refused, and let in again with the next day', async () => {
    await report(0, { status: 'start' });
    await report(1, { status: 'start' });
    await report(0, { seconds: 300, inputOctets: GIB / 2 });
    expect(accessPoints.flatMap(({ das }) => das.requests)).toEqual([]);

    await report(1, { seconds: 400, outputOctets: GIB / 2 });
    const answeredAt = performance.now();
    await expect
      .poll(() => accessPoints.map(({ das }) => das.requests.length), { timeout: 1_000, interval: 5 })
      .toEqual([1, 1]);
    expect(performance.now() - answeredAt).toBeLessThan(1_000);
    expect(accessPoints.flatMap(({ das }) => das.requests.map(({ code }) => code))).toEqual([
      'Disconnect-Request',
      'Disconnect-Request',
    ]);

    await report(0, { status: 'stop', seconds: 301, inputOctets: GIB / 2 });
    await report(1, { status: 'stop', seconds: 401, outputOctets: GIB / 2 });
    await expect.poll(intents, { timeout: 5_000 }).toEqual(['confirmed', 'confirmed']);
    expect(await logs()).toEqual(['daily_limit 1']);
    expect(await mayStay()).toBe(false);
    expect(await login()).toEqual({ code: 3, hasReason: true });

    // The day is over: what was used was used yesterday.
    const { db } = getDatabase();
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    await db.knex('user_profile_usage').update({ last_daily_reset: `${yesterday} 00:00:00` });
    const terms = { db, clock: systemClock, calendar: new Calendar('UTC') };
    expect(await letUsersBackIn({ ...terms, defaultProfile: { simultaneousUse: 1 } })).toEqual(['john']);
    await sweepResets({ ...terms, period: 'daily' });
    expect(await logs()).toEqual(['daily_limit 0']);
    expect(await login()).toMatchObject({ code: 2 });
    await report(0, { status: 'start', sessionId: 'S2' });
    expect(await intents()).toEqual(['confirmed', 'confirmed']);
  });
});

let logins = 0;

function accessRequest(authenticator: Buffer, hidden: Buffer): Buffer {
  const request = signedRequest({
    code: 1,
    identifier: 200 + ++logins,
    attributes: [
      [1, 'john'],
      [2, hidden],
      [31, '02-00-00-00-00-01'],
    ],
    hasRandomAuthenticator: true,
  });
  authenticator.copy(request, 4);
  return request;
}
