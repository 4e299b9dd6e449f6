/** What the bench sends to, as a child process of its own: the daemon, or the server that only verifies and answers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Code } from '../../src/radius/code.ts';
import { Requester } from '../../src/radius/requester.ts';

export interface Target {
  /** Of accounting, or of what else it serves alone. */
  readonly port: number;
  /** Of authentication; 0 where it is not served. */
  readonly authPort: number;
  /** Of HTTP; 0 where it is not served. */
  readonly httpPort: number;
  readonly pid: number;
  /** Ends it in order and waits until it has written everything. */
  stop(): Promise<void>;
}

export interface DaemonTargetOptions {
  readonly databaseUrl: string;
  readonly stateDir: string;
  /** `name=value` of further settings. */
  readonly settings: readonly string[];
  /** Serves HTTP on a free port too. */
  readonly servesHttp?: boolean;
  /** Answers Access-Requests on a free port too. */
  readonly servesLogins?: boolean;
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const ANSWER_SERVER = fileURLToPath(new URL('answer-server.ts', import.meta.url));

/** The loopback NAS's, which the daemon has as long as no other is configured. */
export const SECRET = 'testing123';

/** Starts `radmeter serve` on a free port and waits until it answers a Status-Server. */
export async function startDaemon(options: DaemonTargetOptions): Promise<Target> {
  const port = await freeUdpPort();
  const authPort = options.servesLogins === true ? await freeUdpPort() : 0;
  const httpPort = options.servesHttp === true ? await freeTcpPort() : 0;
  const flags = [
    `--database-url=${options.databaseUrl}`,
    `--state-dir=${options.stateDir}`,
    `--acct-listen=127.0.0.1:${port}`,
    `--auth-listen=${authPort === 0 ? 'none' : `127.0.0.1:${authPort}`}`,
    `--http-listen=${httpPort === 0 ? 'none' : `127.0.0.1:${httpPort}`}`,
    '--timezone=UTC',
    '--log-level=error',
    ...options.settings.map((setting) => `--${setting}`),
  ];
  const child = start([MAIN, 'serve', ...flags]);
  await ready(child, answering(port));
  return targetOf(child, { port, authPort, httpPort });
}

/** Starts the server that only verifies and answers. */
export async function startAnswerServer(): Promise<Target> {
  const port = await freeUdpPort();
  const child = start([ANSWER_SERVER, String(port), SECRET]);
  await ready(child, once(child, 'message'));
  return targetOf(child, { port, authPort: 0, httpPort: 0 });
}

function start(words: readonly string[]): ChildProcess {
  return startProgram(process.execPath, words);
}

/** Starts a program that ends with the bench, whatever ends that. */
export function startProgram(program: string, words: readonly string[]): ChildProcess {
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('RADMETER_'));
  const child = spawn(program, words, {
    env: Object.fromEntries(environment),
    // Its log, errors only, goes to where people see it and the figures are not.
    stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
  });
  // Whatever ends the bench ends what it started.
  const end = () => child.kill();
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}

export function targetOf(child: ChildProcess, ports: Pick<Target, 'port' | 'authPort' | 'httpPort'>): Target {
  if (child.pid === undefined) throw new Error('a started process without a process id');
  return {
    ...ports,
    pid: child.pid,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Waits until a server answers; one that does not come up is not left behind. */
export async function ready(child: ChildProcess, answering: Promise<unknown>): Promise<void> {
  try {
    await Promise.race([answering, failure(child)]);
  } catch (error) {
    child.kill();
    throw error;
  }
}

async function failure(child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`the server ended with ${signal ?? `exit code ${code}`} before it answered`);
}

/** Asks (RFC 5997) until the server says that it is alive. */
export async function answering(port: number): Promise<void> {
  const requester = new Requester({
    server: { address: '127.0.0.1', port },
    secret: Buffer.from(SECRET),
    timeoutMs: 100,
    maxTimeoutMs: 100,
    tries: 300,
  });
  await requester.start();
  const result = await requester.send({ code: Code.StatusServer, attributes: Buffer.alloc(0) });
  await requester.close();
  if (!result.ok) throw new Error(`no answer to Status-Server on port ${port}: ${result.reason}`);
}

export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}
