/** `radmeter serve` as a process of its own that tests kill, stop and start again on the same port, database and state directory. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/db/database.ts';
import type { NasFleet } from './nas-fleet.ts';
import { type FleetFigures, figuresOf } from './nas-fleet-truth.ts';
import { TEST_SECRET } from './packet-builder.ts';
import { type RunResult, runRadmeter } from './run-radmeter.ts';

export interface FaultDaemonOptions {
  readonly databaseUrl: string;
  /** Default: a directory of its own. */
  readonly stateDir?: string;
  /** Settings beside those every fault test has, by name. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const COMPILE_CACHE = join(import.meta.dirname, '../../node_modules/.cache/radmeter-faults');
/** The kernel kills the daemon when a test run dies before it could. */
const WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL', '--'];
const hasSetpriv = spawnSync('setpriv', ['--version']).status === 0;
/** A gigabyte a second: the meters of a test grow faster than any line. */
const MAX_RATE_KBPS = 1_000_000_000;

export class FaultDaemon {
  readonly port: number;
  readonly stateDir: string;
  readonly databaseUrl: string;
  readonly #directory: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #watchers = new Set<() => void>();
  #child: ChildProcess | undefined;
  #ended: Promise<ProcessEnd> = Promise.resolve({ code: null, signal: null });
  #log = '';
  #isClosed = false;

  private constructor(port: number, { databaseUrl, stateDir, settings = {} }: FaultDaemonOptions) {
    this.port = port;
    this.databaseUrl = databaseUrl;
    this.#directory = mkdtempSync(join(tmpdir(), 'radmeter-fault-'));
    this.stateDir = stateDir ?? join(this.#directory, 'state');
    const nas = [{ name: 'fleet', address: '127.0.0.0/8', secret: TEST_SECRET, 'max-rate': MAX_RATE_KBPS }];
    const config = join(this.#directory, 'radmeter.yaml');
    const listen = { 'acct-listen': `127.0.0.1:${port}`, 'auth-listen': 'none', 'http-listen': 'none' };
    const common = { 'unknown-user': 'create', timezone: 'UTC', ...listen };
    // JSON is YAML.
    writeFileSync(config, JSON.stringify({ ...common, nas, ...settings }));
    this.#environment = {
      ...withoutSettings(process.env),
      RADMETER_CONFIG: config,
      RADMETER_DATABASE_URL: databaseUrl,
      RADMETER_STATE_DIR: this.stateDir,
      // Node reads the compiled sources again instead of compiling them at every start.
      NODE_COMPILE_CACHE: COMPILE_CACHE,
    };
  }

  /** Starts a daemon on a free port and waits until it receives. */
  static async start(options: FaultDaemonOptions): Promise<FaultDaemon> {
    const daemon = new FaultDaemon(await freePort(), options);
    try {
      await daemon.start();
    } catch (error) {
      await daemon.close();
      throw error;
    }
    return daemon;
  }

  /** Starts it again and waits until it receives. */
  async start(): Promise<void> {
    this.spawn();
    await this.logged(/"msg":"started"/);
  }

  /** Starts it again without waiting; its log begins anew. */
  spawn(): void {
    // A test that has timed out goes on behind its own end.
    if (this.#isClosed) throw new Error('this daemon was closed');
    this.#log = '';
    const command = [...(hasSetpriv ? WITH_PARENT : []), process.execPath, MAIN, 'serve'];
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      cwd: this.#directory,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
        for (const look of this.#watchers) look();
      });
    }
    this.#child = child;
    this.#ended = once(child, 'close').then(([code, signal]) => {
      for (const look of this.#watchers) look();
      return { code, signal };
    });
  }

  /** What this life of it has written. */
  get log(): string {
    return this.#log;
  }

  /** Whether the process is there: a crash shows here, in the time a message takes. */
  get isAlive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when its log matches, or did; rejects when it ends before. */
  logged(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (pattern.test(this.#log)) resolve();
        else if (this.isAlive) return;
        else reject(new Error(`radmeter ended before it wrote ${pattern}:\n${this.#log}`));
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
      look();
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Resolves when the process has ended. */
  ended(): Promise<ProcessEnd> {
    return this.#ended;
  }

  /** Kills it as a power cut would. */
  async kill(): Promise<ProcessEnd> {
    this.signal('SIGKILL');
    return this.#ended;
  }

  /** Runs `radmeter ARGS` beside it, on the same configuration. */
  run(...args: string[]): Promise<RunResult> {
    const { RADMETER_CONFIG = '', RADMETER_DATABASE_URL = '', RADMETER_STATE_DIR = '' } = this.#environment;
    const environment = { RADMETER_CONFIG, RADMETER_DATABASE_URL, RADMETER_STATE_DIR };
    return runRadmeter(args, {
      cwd: this.#directory,
      environment: { ...environment, NODE_COMPILE_CACHE: COMPILE_CACHE },
    });
  }

  /** Returns how many records `radmeter spool status` counts. */
  async spooledRecords(): Promise<number> {
    const { code, stdout, stderr } = await this.run('spool', 'status', '--json');
    if (code !== 0) throw new Error(`radmeter spool status ended with ${code}: ${stderr}`);
    const status: unknown = JSON.parse(stdout);
    if (typeof status !== 'object' || status === null || !('records' in status)) throw new Error(stdout);
    return Number(status.records);
  }

  /** Returns what `radmeter verify` prints, and how it ends: 0 where there is no difference. */
  async verify(): Promise<{ code: number | null; said: string }> {
    const { code, stdout, stderr } = await this.run('verify');
    return { code, said: `${stdout}${stderr}` };
  }

  /** Holds a fleet's meters against the database. */
  async figuresOf(fleet: NasFleet): Promise<FleetFigures> {
    const db = openDatabase(this.databaseUrl);
    try {
      return await figuresOf(fleet, db);
    } finally {
      await db.close();
    }
  }

  /** Kills what is left of it and removes its directory. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('RADMETER_')));
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
