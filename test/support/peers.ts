/** The programs of others that tests talk to: found, or on a Debian machine installed, or else named as missing. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';

interface Peer {
  readonly debianPackage: string;
  /** Commands that all succeed where the peer is there. */
  readonly probes: readonly (readonly string[])[];
}

const PEERS = {
  mariadb: {
    debianPackage: 'mariadb-server',
    probes: [
      ['mariadbd', '--version'],
      ['sh', '-c', 'command -v mariadb-install-db'],
    ],
  },
  curl: { debianPackage: 'curl', probes: [['curl', '--version']] },
  radclient: { debianPackage: 'freeradius-utils', probes: [['radclient', '-v']] },
  // The package belongs to Debian's Python, which another python3 may hide.
  pyrad: { debianPackage: 'python3-pyrad', probes: [['/usr/bin/python3', '-c', 'import pyrad']] },
  'Authen::Radius': {
    debianPackage: 'libauthen-radius-perl',
    probes: [['/usr/bin/perl', '-MAuthen::Radius', '-e', '1']],
  },
  freeradius: { debianPackage: 'freeradius', probes: [['freeradius', '-v']] },
  'freeradius-rest': {
    debianPackage: 'freeradius-rest',
    probes: [['test', '-e', '/usr/lib/freeradius/rlm_rest.so']],
  },
  'freeradius-mysql': {
    debianPackage: 'freeradius-mysql',
    probes: [['test', '-e', '/usr/lib/freeradius/rlm_sql_mysql.so']],
  },
  hostapd: { debianPackage: 'hostapd', probes: [['sh', '-c', 'command -v hostapd']] },
  wpa_supplicant: { debianPackage: 'wpasupplicant', probes: [['sh', '-c', 'command -v wpa_supplicant']] },
  eapol_test: { debianPackage: 'eapoltest', probes: [['sh', '-c', 'command -v eapol_test']] },
} satisfies Record<string, Peer>;

export type PeerName = keyof typeof PEERS;

/** For each peer that is missing, one sentence that says why and what to do. */
export type MissingPeers = Partial<Record<PeerName, string>>;

/** Debian keeps servers here, outside the path of an ordinary user. */
const SEARCH_PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

/** Looks for the peers, installs what is missing where that is possible, and returns what is missing still. Throws when something is and RADMETER_REQUIRE_PEERS=1. */
export async function preparePeers(wanted: readonly PeerName[]): Promise<MissingPeers> {
  process.env['PATH'] = SEARCH_PATH;
  let missing = wanted.filter((name) => !isPresent(PEERS[name]));
  let advice = 'install';
  if (missing.length > 0 && existsSync('/etc/debian_version')) {
    advice = 'apt-get install';
    if (userInfo().uid === 0) await install(missing.map((name) => PEERS[name].debianPackage));
    missing = missing.filter((name) => !isPresent(PEERS[name]));
  }
  if (missing.length === 0) return {};
  const packages = missing.map((name) => PEERS[name].debianPackage).join(' ');
  const sentence = `missing ${missing.join(', ')}: ${advice} ${packages}`;
  if (process.env['RADMETER_REQUIRE_PEERS'] === '1')
    throw new Error(`RADMETER_REQUIRE_PEERS=1, but ${sentence}`);
  say(`${sentence}; the tests that need them are skipped`);
  return Object.fromEntries(
    missing.map((name) => [name, `${name} is missing: ${advice} ${PEERS[name].debianPackage}`]),
  );
}

function isPresent(peer: Peer): boolean {
  return peer.probes.every(
    ([command = '', ...options]) => spawnSync(command, options, { stdio: 'ignore' }).status === 0,
  );
}

async function install(packages: readonly string[]): Promise<void> {
  say(`installing ${packages.join(' ')} with apt-get (tests run them; no service is started)`);
  const allowServices = forbidServices();
  try {
    const failure =
      (await aptGet('update')) ?? (await aptGet('install', '--yes', '--no-install-recommends', ...packages));
    if (failure !== undefined) say(`apt-get failed: ${failure}`);
  } finally {
    allowServices();
  }
}

/** Returns what went wrong, if something did. */
async function aptGet(...options: string[]): Promise<string | undefined> {
  const child = spawn('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const [status] = await once(child, 'close');
  return status === 0 ? undefined : `${options[0]}: ${complaint.trim().split('\n').at(-1)}`;
}

const POLICY = '/usr/sbin/policy-rc.d';
const OUR_POLICY =
  '#!/bin/sh\n# Put here by the tests of radmeter while they install packages; safe to remove.\nexit 101\n';

/** Keeps Debian from starting what it installs (policy-rc.d, exit 101); returns what takes that back. A policy that others put there stays. */
function forbidServices(): () => void {
  // One of ours is what a test run left that was killed outright.
  if (existsSync(POLICY) && readFileSync(POLICY, 'utf8') !== OUR_POLICY) return () => {};
  writeFileSync(POLICY, OUR_POLICY, { mode: 0o755 });
  const remove = () => rmSync(POLICY, { force: true });
  const removeAndEnd = (signal: NodeJS.Signals) => {
    remove();
    process.kill(process.pid, signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, removeAndEnd);
  process.once('exit', remove);
  return () => {
    remove();
    for (const signal of signals) process.off(signal, removeAndEnd);
    process.off('exit', remove);
  };
}

function say(line: string): void {
  process.stderr.write(`radmeter tests: ${line}\n`);
}
