/** What a running radmeter says over HTTP: figures that agree with the packets it was sent, and whether it is ready. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { makeCertificate } from '../support/certificates.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startMariadb } from '../support/mariadb.ts';
import { parseMetrics } from '../support/metrics-text.ts';
import { signedRequest } from '../support/packet-builder.ts';
import { runRadmeter, startRadmeter } from '../support/run-radmeter.ts';
import { playSessions } from '../support/session-load.ts';
import { reportRequest } from '../support/session-packets.ts';
import { newTestDaemon, startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';
import { openPeer } from '../support/udp-peer.ts';

const STORY_TIMEOUT_MS = 120_000;

async function figures(radmeter: TestDaemon): Promise<ReadonlyMap<string, number>> {
  return parseMetrics(await (await fetch(`${radmeter.url()}/metrics`)).text());
}

async function readiness(radmeter: TestDaemon): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${radmeter.url()}/readyz`);
  return { status: answer.status, body: await answer.json() };
}

describeEachDatabase('the figures', (getDatabase) => {
  it('agree with the packets that were sent', async () => {
    const radmeter = await startTestDaemon(getDatabase().url, { 'unknown-user': 'create' });
    const packets = (type: string, outcome: string, nas = 'loopback') =>
      `radmeter_packets_total{nas="${nas}",type="${type}",outcome="${outcome}"}`;
    try {
      const start = reportRequest({ status: 'start', user: 'john', sessionId: 'A1' });
      await radmeter.ask(start);
      await radmeter.ask(start);
      await radmeter.ask(reportRequest({ status: 'start', user: 'mary', sessionId: 'A2' }, 2));
      await radmeter.ask(
        reportRequest({ status: 'interim', user: 'john', sessionId: 'A1', seconds: 60, inputOctets: 5 }, 3),
      );
      await radmeter.ask(reportRequest({ status: 'stop', user: 'john', sessionId: 'A1', seconds: 90 }, 4));
      // No Acct-Session-Id: acknowledged and set aside.
      await radmeter.ask(signedRequest({ identifier: 5, attributes: [[40, 3]] }));
      await radmeter.ask(
        signedRequest({ code: 12, messageAuthenticator: 'valid', hasRandomAuthenticator: true }),
      );
      await radmeter.nas.send(signedRequest({ secret: 'wrong' }), radmeter.port());
      await expect.poll(() => radmeter.counted('packetsDiscarded')).toEqual({ 'bad-authenticator': 1 });

      const seen = await figures(radmeter);
      expect(
        Object.fromEntries([...seen].filter(([name]) => name.startsWith('radmeter_packets_total'))),
      ).toEqual({
        [packets('Start', 'recorded')]: 2,
        [packets('other', 'duplicate')]: 1,
        [packets('Interim-Update', 'recorded')]: 1,
        [packets('Stop', 'recorded')]: 1,
        [packets('other', 'set-aside')]: 1,
        [packets('Status-Server', 'alive')]: 1,
        [packets('other', 'discarded')]: 1,
      });
      expect(seen.get('radmeter_packets_received_total')).toBe(8);
      expect(seen.get('radmeter_answer_seconds_count')).toBe(5);
      expect(seen.get('radmeter_answer_seconds_sum')).toBeGreaterThan(0);
      expect(seen.get('radmeter_answer_seconds_bucket{le="+Inf"}')).toBe(5);
      expect(seen.get('radmeter_batch_records_sum')).toBe(5);
      expect(seen.get('radmeter_database_up')).toBe(1);
      expect(seen.get('radmeter_spooled_records')).toBe(0);
      expect(seen.get('radmeter_spool_oldest_seconds')).toBe(0);
      expect(seen.get('radmeter_open_sessions')).toBe(1);
      expect(seen.get('radmeter_users_over_quota')).toBe(0);
      expect(seen.get('process_resident_memory_bytes')).toBeGreaterThan(0);
    } finally {
      await radmeter.close();
    }
  });

  it('make one NAS of all unknown ones', async () => {
    const { url, db } = getDatabase();
    await db.knex('nas').insert({ nasname: '192.0.2.7', shortname: 'hall', secret: 'x' });
    const radmeter = await startTestDaemon(url);
    const stranger = await openPeer();
    try {
      await radmeter.nas.send(
        reportRequest({ status: 'start', user: 'john', sessionId: 'A1' }),
        radmeter.port(),
      );
      await stranger.send(reportRequest({ status: 'start', user: 'john', sessionId: 'A1' }), radmeter.port());
      await expect.poll(() => radmeter.counted('packetsDiscarded')).toEqual({ 'unknown-nas': 2 });
      const name = 'radmeter_packets_total{nas="(unknown)",type="other",outcome="discarded"}';
      expect((await figures(radmeter)).get(name)).toBe(2);
    } finally {
      await stranger.close();
      await radmeter.close();
    }
  });
});

const isWanted = inject('databases').includes('mariadb') && inject('missingPeers').mariadb === undefined;
describe.skipIf(!isWanted)('readiness on a MariaDB that comes and goes', () => {
  it('follows it: alive before it, ready with it and with the spool, not ready when both are out', {
    timeout: STORY_TIMEOUT_MS,
  }, async () => {
    const mariadb = await startMariadb();
    const url = `${mariadb.serverUrl}/watched`;
    const server = openDatabase(`${mariadb.serverUrl}/information_schema`);
    await server.knex.raw('CREATE DATABASE watched CHARACTER SET utf8mb4');
    await server.close();
    await mariadb.kill();
    const settings = { 'unknown-user': 'create', 'db-timeout': '500ms', 'spool-max': '1MiB' };
    const radmeter = await newTestDaemon(url, settings);
    try {
      const started = radmeter.daemon.start();
      await radmeter.warned(/does not answer/);
      expect((await fetch(`${radmeter.url()}/healthz`)).status).toBe(200);
      expect(await readiness(radmeter)).toMatchObject({
        status: 503,
        body: { status: 'not_ready', sockets: 'closed', database: 'away' },
      });
      expect((await figures(radmeter)).get('radmeter_database_up')).toBe(0);
      expect((await figures(radmeter)).has('radmeter_open_sessions')).toBe(false);

      await mariadb.start();
      await started;
      await expect
        .poll(() => readiness(radmeter), { timeout: 20_000 })
        .toMatchObject({ status: 200, body: { database: 'up' } });

      // Nobody has sent a packet since: that it is away must be found out by asking.
      await mariadb.kill();
      await expect
        .poll(() => readiness(radmeter), { timeout: 20_000 })
        .toMatchObject({ status: 200, body: { database: 'away', spool: 'usable', spooled_records: 0 } });

      await radmeter.ask(reportRequest({ status: 'start', user: 'john', sessionId: 'A1' }));
      expect(await readiness(radmeter)).toMatchObject({
        status: 200,
        body: { notes: ['The database takes no records.', '1 records wait in the spool for the database.'] },
      });
      const spooled = await figures(radmeter);
      expect(spooled.get('radmeter_packets_total{nas="loopback",type="Start",outcome="spooled"}')).toBe(1);
      expect(spooled.get('radmeter_spooled_records')).toBe(1);
      expect(spooled.get('radmeter_spool_oldest_seconds')).toBeGreaterThan(0);

      const load = playSessions({ port: radmeter.port(), sessions: 2_500, reportsPerSession: 3 });
      await radmeter.warned(/requests stay unanswered$/);
      expect(await readiness(radmeter)).toMatchObject({
        status: 503,
        body: { spool: 'unusable', reasons: ['Neither the database nor the spool can take a record.'] },
      });
      await mariadb.start();
      await load.finished;
      await expect
        .poll(() => readiness(radmeter), { timeout: 30_000 })
        .toMatchObject({ status: 200, body: { database: 'up', notes: [] } });
      const drained = await figures(radmeter);
      const unanswered = [...drained].filter(([name]) => name.includes('outcome="unanswered"'));
      expect(unanswered.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(0);
    } finally {
      await radmeter.close();
      await mariadb.stop();
    }
  });
});

describe('the command line', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'radmeter-watching-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const serve = ['serve', '--acct-listen', '127.0.0.1:0'];

  it('ends with 69 and one clear line when the port of HTTP is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    const port = await portOf(other);
    const args = [...serve, '--http-listen', `127.0.0.1:${port}`];
    expect(await runRadmeter(args, { cwd: directory })).toMatchObject({
      code: 69,
      stderr: `radmeter: TCP 127.0.0.1:${port} is in use by another process; stop that one, or set http-listen to another port or to none.\n`,
    });
    other.close();
  });

  it.each([
    [
      ['--http-trusted-proxies', '0.0.0.0/0'],
      /^radmeter: http-trusted-proxies \(--http-trusted-proxies\): a prefix of length 0 would/,
    ],
    [
      ['--http-listen', '127.0.0.1:0', '--http-tls-cert', 'c.pem'],
      /^radmeter: http-tls-cert .*http-tls-key is missing/,
    ],
    [
      ['--http-listen', '127.0.0.1:0', '--http-tls-cert', 'c.pem', '--http-tls-key', 'k.pem'],
      /^radmeter: http-tls-cert: the file "c\.pem" cannot be read \(ENOENT\)\n$/,
    ],
  ])('ends with 78 for the wrong setting %j', async (flags, message) => {
    const { code, stderr } = await runRadmeter([...serve, ...flags], { cwd: directory });
    expect({ code, stderr }).toEqual({ code: 78, stderr: expect.stringMatching(message) });
  });

  it('serves HTTPS where it is given a certificate, and ends in order although a connection is kept alive', async () => {
    const { certPath, keyPath, ca } = makeCertificate(directory, 'radmeter');
    const tls = ['--http-tls-cert', certPath, '--http-tls-key', keyPath];
    const port = await freeTcpPort();
    const listen = ['--http-listen', `127.0.0.1:${port}`];
    const radmeter = startRadmeter([...serve, ...listen, ...tls], { cwd: directory });
    await radmeter.printed(/"msg":"started"/);
    const agent = new Agent({ keepAlive: true, ca });
    const asked = request({ host: '127.0.0.1', port, path: '/readyz', agent }).end();
    const [answer] = await once(asked, 'response');
    expect(answer.statusCode).toBe(200);
    answer.resume();
    await once(answer, 'end');
    const began = performance.now();
    radmeter.signal('SIGTERM');
    expect(await radmeter.result).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(4_000);
    agent.destroy();
  });
});

async function portOf(server: Server): Promise<number> {
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  const port = await portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}
