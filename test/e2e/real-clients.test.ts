/** Sessions sent by RADIUS clients that nobody here wrote, counted to the octet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import type { Database } from '../../src/db/database.ts';
import { createLogger } from '../../src/logger.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { describeWithPeer } from '../support/real-clients.ts';
import { type Client, type PacketAttributes, sendWith } from '../support/session-senders.ts';

/** The loopback NAS's secret, as long as no other NAS is configured. */
const SECRET = 'testing123';
const CLIENTS: readonly Client[] = ['radclient', 'pyrad', 'Authen::Radius'];
const [START, STOP, INTERIM_UPDATE] = [1, 2, 3];

/** Both directions pass 4 GiB; neither ever moves faster than 1 Gbit/s. */
const REPORTS = [
  { seconds: 300, inputOctets: 1_234_567_890, outputOctets: 3_999_999_999 },
  { seconds: 600, inputOctets: 4_294_967_295, outputOctets: 9_000_000_001 },
  { seconds: 900, inputOctets: 4_294_967_296, outputOctets: 21_474_836_479 },
];
const LAST_REPORT = { seconds: 930, inputOctets: 4_400_000_123, outputOctets: 21_474_836_480 };
const SENT_OCTETS = LAST_REPORT.inputOctets + LAST_REPORT.outputOctets;

for (const client of CLIENTS) {
  describeWithPeer(client, `a session that ${client} sends`, () => {
    describeEachDatabase('counts to the octet', (getDatabase) => {
      let daemon: Daemon;
      let stateDir: string;
      let port: number;

      beforeEach(async () => {
        const { db, url } = getDatabase();
        await createUser(commandContext(db), { username: 'john' });
        stateDir = mkdtempSync(join(tmpdir(), 'radmeter-state-'));
        const flags = {
          'database-url': url,
          'state-dir': stateDir,
          'acct-listen': '127.0.0.1:0',
          'auth-listen': 'none',
          'http-listen': 'none',
          timezone: 'UTC',
        };
        daemon = new Daemon({ ...loadConfig({ flags, environment: {} }), logger: createLogger('silent') });
        await daemon.start();
        port = daemon.addresses[0]?.port ?? 0;
      });
      afterEach(async () => {
        await daemon.close();
        rmSync(stateDir, { recursive: true });
      });

      it('charges the user what the packets said, in all three places', async () => {
        await sendWith[client]({ port, secret: SECRET }, wholeSession());
        expect(await countedOctets(getDatabase().db)).toEqual({
          session: { input: LAST_REPORT.inputOctets, output: LAST_REPORT.outputOctets, unmetered: 0 },
          days: { input: LAST_REPORT.inputOctets, output: LAST_REPORT.outputOctets },
          total: SENT_OCTETS,
        });
      });

      it('charges nothing more when every packet is sent again', async () => {
        await sendWith[client]({ port, secret: SECRET }, [...wholeSession(), ...wholeSession()]);
        expect((await countedOctets(getDatabase().db)).total).toBe(SENT_OCTETS);
      });

      it('counts what has been reported while the session is open', async () => {
        await sendWith[client]({ port, secret: SECRET }, wholeSession().slice(0, 3));
        const { total } = await countedOctets(getDatabase().db);
        expect(total).toBe(4_294_967_295 + 9_000_000_001);
      });
    });
  });
}

/** Start, three Interim-Updates, Stop, as an access point would have sent them in the last quarter of an hour. */
function wholeSession(): PacketAttributes[] {
  const startedAt = Math.floor(Date.now() / 1_000) - LAST_REPORT.seconds;
  return [
    [...identity(START), ['Event-Timestamp', startedAt]],
    ...REPORTS.map((report) => [...identity(INTERIM_UPDATE), ...counters(report, startedAt)] as const),
    [...identity(STOP), ...counters(LAST_REPORT, startedAt), ['Acct-Terminate-Cause', 1]],
  ];
}

function identity(status: number | undefined): PacketAttributes {
  return [
    ['Acct-Status-Type', status ?? 0],
    ['Acct-Session-Id', '5D3F1A2B-00000001'],
    ['User-Name', 'john'],
    ['NAS-IP-Address', '192.0.2.10'],
    ['NAS-Identifier', 'hall'],
    ['Calling-Station-Id', '02-00-00-00-00-01'],
    ['Framed-IP-Address', '172.16.0.9'],
    ['Acct-Delay-Time', 0],
  ];
}

function counters(report: typeof LAST_REPORT, startedAt: number): PacketAttributes {
  const { seconds, inputOctets, outputOctets } = report;
  return [
    ['Acct-Session-Time', seconds],
    ['Acct-Input-Octets', inputOctets % 2 ** 32],
    ['Acct-Output-Octets', outputOctets % 2 ** 32],
    ['Acct-Input-Gigawords', Math.floor(inputOctets / 2 ** 32)],
    ['Acct-Output-Gigawords', Math.floor(outputOctets / 2 ** 32)],
    ['Event-Timestamp', startedAt + seconds],
  ];
}

async function countedOctets({ knex }: Database) {
  const sessions = await knex('radacct').select('acctinputoctets', 'acctoutputoctets', 'unmeteredoctets');
  const [days] = await knex('usage_days').sum({ input: 'input_octets', output: 'output_octets' });
  const [usage] = await knex('user_profile_usage').select('used_total');
  expect(sessions).toHaveLength(1);
  return {
    session: {
      input: sessions[0].acctinputoctets,
      output: sessions[0].acctoutputoctets,
      unmetered: sessions[0].unmeteredoctets,
    },
    days: { input: Number(days?.['input']), output: Number(days?.['output']) },
    total: usage?.used_total,
  };
}
