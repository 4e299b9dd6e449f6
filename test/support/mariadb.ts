/** A private MariaDB for one test run: its own data directory, socket and port, gone when the run ends, however it ends. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export interface Mariadb {
  /** `mysql://user:password@127.0.0.1:port`, to which a test adds `/database`. */
  readonly serverUrl: string;
  /** Kills the server as a power cut would; what it committed is there again after `start`. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const START_WAIT_MS = 60_000;
const USER = 'radmeter';
const PASSWORD = 'radmeter';

/** The shell lives as long as our end of its standard input: a killed test run leaves neither server nor directory. */
const SUPERVISE = `
directory=$1; shift
"$@" &
server=$!
while read -r word; do
  case $word in
    kill) kill -KILL "$server"; wait "$server" 2> /dev/null; echo killed ;;
    start) "$@" & server=$! ;;
  esac
done
kill "$server" 2> /dev/null
wait "$server"
rm -rf "$directory"
`;

/** Starts a server and returns where it listens; throws with the server's own words when it does not come up. */
export async function startMariadb(): Promise<Mariadb> {
  const directory = mkdtempSync(join(tmpdir(), 'radmeter-mariadb-'));
  const port = await freePort();
  const options = serverOptions(directory, port);
  installSystemTables(directory);
  const child = spawn('sh', ['-c', SUPERVISE, 'sh', directory, 'mariadbd', ...options], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C at a terminal is for the test run, whose end the shell then sees.
    detached: true,
  });
  await readiness(child);
  // Left unread, a full pipe would stop the server.
  child.stderr.resume();
  return {
    serverUrl: `mysql://${USER}:${PASSWORD}@127.0.0.1:${port}`,
    async kill() {
      const killed = once(child.stdout, 'data');
      child.stdin.write('kill\n');
      await killed;
    },
    async start() {
      const ready = readiness(child);
      child.stdin.write('start\n');
      await ready;
    },
    async stop() {
      const closed = once(child, 'close');
      child.stdin.end();
      await closed;
    },
  };
}

function serverOptions(directory: string, port: number): string[] {
  const init = join(directory, 'init.sql');
  writeFileSync(
    init,
    `CREATE USER ${USER}@'127.0.0.1' IDENTIFIED BY '${PASSWORD}';
GRANT ALL ON *.* TO ${USER}@'127.0.0.1' WITH GRANT OPTION;
`,
  );
  return [
    '--no-defaults',
    `--datadir=${join(directory, 'data')}`,
    `--socket=${join(directory, 'socket')}`,
    `--pid-file=${join(directory, 'pid')}`,
    `--init-file=${init}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--skip-log-bin',
    '--performance-schema=OFF',
    '--character-set-server=utf8mb4',
    // Durable as in production: the acknowledgement is the commit.
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-buffer-pool-size=64M',
    '--max-connections=500',
    ...asRoot(),
  ];
}

function installSystemTables(directory: string): void {
  const { status, stdout, stderr } = spawnSync(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${join(directory, 'data')}`, '--skip-test-db', ...asRoot()],
    { encoding: 'utf8' },
  );
  if (status === 0) return;
  rmSync(directory, { recursive: true, force: true });
  throw new Error(`mariadb-install-db failed:\n${stdout}${stderr}`);
}

/** MariaDB refuses to run as root unless told so. */
function asRoot(): string[] {
  return userInfo().uid === 0 ? ['--user=root'] : [];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}

function readiness(child: ChildProcessWithoutNullStreams): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const settle = (why?: string) => {
      clearTimeout(timer);
      child.stderr.off('data', read);
      child.off('close', onClose);
      if (why === undefined) resolve();
      else reject(new Error(`mariadbd ${why}:\n${said}`));
    };
    const timer = setTimeout(() => {
      child.stdin.end();
      settle(`was not ready after ${START_WAIT_MS} ms`);
    }, START_WAIT_MS);
    const read = (text: string) => {
      said += text;
      if (said.includes('ready for connections')) settle();
    };
    const onClose = () => settle('ended');
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('close', onClose);
  });
}
