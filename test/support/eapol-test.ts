/** Logins by EAP, as a device makes them: Debian's eapol_test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface EapLogin {
  /** MSCHAPv2 without a tunnel around it is what no device should do. */
  readonly method: 'PEAP-MSCHAPv2' | 'TTLS-PAP' | 'MSCHAPv2';
  readonly username: string;
  readonly password: string;
  readonly station: string;
  /** What the access point calls its own address, IPv4; 127.0.0.1 if not given. */
  readonly nasIpAddress?: string;
}

export interface EapAnswer {
  readonly isAccepted: boolean;
  /** All that it said. */
  readonly output: string;
}

const METHODS = {
  'PEAP-MSCHAPv2': 'eap=PEAP\nphase2="auth=MSCHAPV2"',
  'TTLS-PAP': 'eap=TTLS\nphase2="auth=PAP"',
  MSCHAPv2: 'eap=MSCHAPV2',
} as const;

/** Logs in once, its certificate checked; resolves when it is accepted or refused, or ten seconds passed. */
export async function eapolTest(
  { method, username, password, station, nasIpAddress = '127.0.0.1' }: EapLogin,
  { port, caPath }: { readonly port: number; readonly caPath: string },
): Promise<EapAnswer> {
  const directory = mkdtempSync(join(tmpdir(), 'radmeter-eapol-'));
  const path = join(directory, 'network.conf');
  // Hexadecimal, because quotes take no quotes.
  const hex = Buffer.from(password).toString('hex');
  writeFileSync(
    path,
    `network={\nkey_mgmt=WPA-EAP\n${METHODS[method]}\nidentity="${username}"\n${method === 'MSCHAPv2' ? '' : 'anonymous_identity="anonymous"\n'}password=${hex}\nca_cert="${caPath}"\n}\n`,
  );
  const options = ['-c', path, '-a', '127.0.0.1', '-p', String(port), '-s', 'testing123'];
  const nas = `4:x:${Buffer.from(nasIpAddress.split('.').map(Number)).toString('hex')}`;
  const child = spawn('eapol_test', [...options, '-r', '0', '-t', '10', '-M', station, '-N', nas]);
  const [output, complaints, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  rmSync(directory, { recursive: true });
  return { isAccepted: status === 0, output: output + complaints };
}
