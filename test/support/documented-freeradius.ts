/** Debian's FreeRADIUS as docs/freeradius says to configure it, on ports of a test's own. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeCertificate } from './certificates.ts';

const DOCUMENTS = join(import.meta.dirname, '..', '..', 'docs', 'freeradius');
const DEBIAN = '/etc/freeradius/3.0';

/** A file of the documentation, and what of it is different here: each text must stand in it. */
export interface Document {
  readonly name: string;
  readonly instead?: Readonly<Record<string, string>>;
}

export interface FreeradiusParts {
  readonly modules: readonly Document[];
  readonly sites: readonly Document[];
}

export interface RunningFreeradius {
  readonly authPort: number;
  readonly acctPort: number;
  /** What its certificate is signed by. */
  readonly caPath: string;
  /** What it wrote, for failures. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

const START_MS = 60_000;

/** Starts it and waits until it is ready; throws with its last words where it is not. */
export async function startDocumentedFreeradius({
  modules,
  sites,
}: FreeradiusParts): Promise<RunningFreeradius> {
  const directory = mkdtempSync(join(tmpdir(), 'radmeter-freeradius-'));
  const [authPort, acctPort] = [await freeUdpPort(), await freeUdpPort()];
  const { certPath } = makeCertificate(directory, 'server');
  for (const folder of ['mods', 'sites']) mkdirSync(join(directory, folder));
  for (const document of modules) writeFileSync(join(directory, 'mods', document.name), documented(document));
  for (const document of sites) {
    const text = documented(document)
      .replaceAll('port = 1812', `port = ${authPort}`)
      .replaceAll('port = 1813', `port = ${acctPort}`);
    writeFileSync(join(directory, 'sites', document.name), text);
  }
  writeFileSync(join(directory, 'radiusd.conf'), frame(directory));
  const child = spawn('freeradius', ['-f', '-xx', '-l', 'stdout', '-d', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const closed = once(child, 'close');
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(failure('was not ready in time', lines)), START_MS);
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (!line.includes('Ready to process requests')) return;
      clearTimeout(timer);
      resolve();
    });
    void closed.then(() => {
      clearTimeout(timer);
      reject(failure('ended', lines));
    });
  });
  const close = async () => {
    child.kill('SIGTERM');
    await closed;
    rmSync(directory, { recursive: true });
  };
  try {
    await ready;
  } catch (error) {
    await close();
    throw error;
  }
  return { authPort, acctPort, caPath: certPath, lines, close };
}

/** Returns a file of docs/freeradius as it is here. */
function documented({ name, instead = {} }: Document): string {
  let result = readFileSync(join(DOCUMENTS, name), 'utf8');
  for (const [there, here] of Object.entries(instead)) {
    if (!result.includes(there)) throw new Error(`docs/freeradius/${name} says nothing of ${there}`);
    result = result.replaceAll(there, here);
  }
  return result;
}

function failure(what: string, lines: readonly string[]): Error {
  return new Error(`FreeRADIUS ${what}:\n${lines.slice(-20).join('\n')}`);
}

/** Debian's radiusd.conf, in short: the same modules and policies, nothing of the machine's. */
function frame(directory: string): string {
  const modules = ['always', 'attr_filter', 'chap', 'expiration', 'expr', 'mschap', 'pap', 'preprocess'];
  return `
prefix = /usr
name = freeradius
libdir = /usr/lib/freeradius
logdir = ${directory}
run_dir = ${directory}
pidfile = ${directory}/pid
confdir = ${DEBIAN}
modconfdir = ${DEBIAN}/mods-config
certdir = ${directory}
max_requests = 1024
max_request_time = 30
cleanup_delay = 5
proxy_requests = no
log {
  destination = stdout
}
security {
  max_attributes = 200
  reject_delay = 0
  status_server = yes
}
thread pool {
  start_servers = 4
  max_servers = 8
  min_spare_servers = 1
  max_spare_servers = 8
  max_requests_per_server = 0
}
$INCLUDE ${DOCUMENTS}/clients.conf
modules {
${modules.map((name) => `  $INCLUDE ${DEBIAN}/mods-available/${name}`).join('\n')}
  $INCLUDE ${directory}/mods/
}
policy {
  $INCLUDE ${DEBIAN}/policy.d/control
  $INCLUDE ${DEBIAN}/policy.d/eap
  $INCLUDE ${DOCUMENTS}/policy
}
$INCLUDE ${directory}/sites/
`;
}

/** A port that was free a moment ago. */
async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
