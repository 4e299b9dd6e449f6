/** A real NAS told to end sessions: hostapd on one end of a virtual cable, wpa_supplicant on the other. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { NetworkNamespace, namespaceRefusal } from '../support/network-namespace.ts';
import { runRadmeter } from '../support/run-radmeter.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const SECRET = 's3cret-of-the-hall';
/** The station's, and as hostapd makes a User-Name of it. */
const STATION = '02:00:00:00:00:07';
const USERNAME = '020000000007';
const CABLE = `ip link add ap0 type veth peer name sta0 address ${STATION} && ip link set ap0 up && ip link set sta0 up`;
const WAIT = { timeout: 30_000, interval: 200 };

const HOSTAPD = (directory: string) => `
interface=ap0
driver=wired
logger_stdout=-1
logger_stdout_level=2
ieee8021x=1
eap_server=1
eap_user_file=${directory}/eap_users
nas_identifier=hall
own_ip_addr=127.0.0.1
acct_server_addr=127.0.0.1
acct_server_port=1813
acct_server_shared_secret=${SECRET}
radius_acct_interim_interval=1
radius_das_port=3799
radius_das_client=127.0.0.1 ${SECRET}
radius_das_require_event_timestamp=1
radius_das_require_message_authenticator=1
`;

const SUPPLICANT = `
ap_scan=0
network={
  key_mgmt=IEEE8021X
  eap=MD5
  identity="john"
  password="any horse"
  eapol_flags=0
}
`;

const missing = inject('missingPeers');
const refusal = missing.hostapd ?? missing.wpa_supplicant ?? namespaceRefusal;

const suite = () => {
  let directory: string;
  let network: NetworkNamespace | undefined;
  let environment: Record<string, string>;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'radmeter-hostapd-'));
    mkdirSync(join(directory, 'state'));
    writeFileSync(join(directory, 'eap_users'), '"john" MD5 "any horse"\n');
    writeFileSync(join(directory, 'hostapd.conf'), HOSTAPD(directory));
    writeFileSync(join(directory, 'supplicant.conf'), SUPPLICANT);
    environment = {
      RADMETER_DATABASE_URL: `sqlite:${join(directory, 'r.db')}`,
      RADMETER_STATE_DIR: join(directory, 'state'),
    };
    await radmeter('user', 'create', '--username', USERNAME, '--is-radius-enabled', 'true');
    await radmeter('nas', 'add', '127.0.0.1', '--name', 'hall', '--secret', SECRET, '--kind', 'hostapd');
    const hall = await NetworkNamespace.open(CABLE);
    network = hall;
    const listen = ['--acct-listen', '127.0.0.1:1813', '--auth-listen', 'none', '--http-listen', 'none'];
    const own = Object.entries(environment).flatMap(([name, value]) => [
      `--${name.replace('RADMETER_', '').toLowerCase().replaceAll('_', '-')}`,
      value,
    ]);
    await hall.start([process.execPath, MAIN, 'serve', '--timezone', 'UTC', ...listen, ...own], /"started"/);
    await hall.start(['hostapd', join(directory, 'hostapd.conf')], /AP-ENABLED/);
  });
  afterEach(async () => {
    await network?.close();
    network = undefined;
    rmSync(directory, { recursive: true });
  });

  async function radmeter(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runRadmeter(args, { environment });
    expect([code, stderr]).toEqual([0, expect.anything()]);
    return stdout;
  }

  async function onlySession(): Promise<unknown> {
    return JSON.parse(await radmeter('session', 'list', '--json'))[0];
  }

  it('ends for its user being switched off: hostapd acknowledges, drops the station and sends the Stop', async () => {
    const supplicant = [
      'wpa_supplicant',
      '-D',
      'wired',
      '-i',
      'sta0',
      '-c',
      join(directory, 'supplicant.conf'),
    ];
    await network?.start(['stdbuf', '-oL', ...supplicant], /CTRL-EVENT-CONNECTED/);
    await vi.waitFor(async () => {
      expect(await onlySession()).toMatchObject({ state: 'open', user_username: USERNAME });
    }, WAIT);
    await radmeter('user', 'update', USERNAME, '--is-active', 'false');
    await vi.waitFor(async () => {
      expect(await onlySession()).toMatchObject({ state: 'stopped', nas_identifier: 'hall' });
    }, WAIT);
    await vi.waitFor(async () => {
      const life = await radmeter('session', 'show', '1', '--json');
      expect(JSON.parse(life).intents).toEqual([
        expect.objectContaining({ kind: 'disconnect', reason: 'disabled', status: 'confirmed' }),
      ]);
    }, WAIT);
  });
};

if (refusal === undefined) describe('a session at hostapd', { timeout: 120_000 }, suite);
else describe.skip(`a session at hostapd (${refusal})`, suite);
