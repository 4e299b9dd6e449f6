/** A real Daemon of a test, on a free port of 127.0.0.1, whose NAS is this machine; and an access point that talks to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../src/config/load-config.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { answers } from './packet-builder.ts';
import { openPeer, type UdpPeer } from './udp-peer.ts';

export interface TestDaemon {
  readonly daemon: Daemon;
  /** What the daemon has written, warnings and worse. */
  readonly warnings: readonly string[];
  /** Resolves when a warning or error that matches is written, or was. */
  warned(pattern: RegExp): Promise<void>;
  readonly nas: UdpPeer;
  port(): number;
  /** Where logins are received, with the flag `auth-listen`. */
  authPort(): number;
  /** Where its HTTP is, without a slash at the end. */
  url(): string;
  /** Sends a request from the access point and waits for its answer; throws when something else comes. */
  ask(request: Buffer): Promise<void>;
  /** Returns the figures of a counter by the value of its one label. */
  counted(
    counter: 'packetsDiscarded' | 'packetAnomalies' | 'recordsSetAside' | 'batchFailures',
  ): Promise<Record<string, number>>;
  /** Returns a figure without labels. */
  metric(gauge: 'spooledRecords'): Promise<number>;
  close(): Promise<void>;
}

/** Returns a daemon that has not been started. */
export async function newTestDaemon(
  databaseUrl: string,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<TestDaemon> {
  const stateDir = mkdtempSync(join(tmpdir(), 'radmeter-state-'));
  const { warnings, warned, logger } = watchedLog();
  const daemon = new Daemon({
    ...loadConfig({
      flags: {
        'database-url': databaseUrl,
        'state-dir': stateDir,
        'acct-listen': '127.0.0.1:0',
        'auth-listen': 'none',
        'http-listen': '127.0.0.1:0',
        timezone: 'UTC',
        ...flags,
      },
      environment: {},
    }),
    logger,
  });
  const nas = await openPeer();
  const port = () => daemon.addresses[0]?.port ?? 0;
  return {
    ...{ daemon, warnings, warned, nas, port },
    authPort: () => daemon.authAddresses[0]?.port ?? 0,
    url: () => `http://127.0.0.1:${daemon.httpAddress?.port}`,
    ask: async (request) => {
      await nas.send(request, port());
      const { bytes } = await nas.next();
      if (!answers(bytes, request)) throw new Error(`no answer to that request: ${bytes.toString('hex')}`);
    },
    counted: async (counter) => {
      const { values } = await daemon.metrics[counter].get();
      return Object.fromEntries(
        values.map(({ labels, value }) => [String(Object.values(labels)[0] ?? ''), value]),
      );
    },
    metric: async (gauge) => {
      const { values } = await daemon.metrics[gauge].get();
      return values[0]?.value ?? 0;
    },
    close: async () => {
      await Promise.all([daemon.close(), nas.close()]);
      rmSync(stateDir, { recursive: true });
    },
  };
}

/** Returns a running daemon. */
export async function startTestDaemon(
  databaseUrl: string,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<TestDaemon> {
  const made = await newTestDaemon(databaseUrl, flags);
  await made.daemon.start();
  return made;
}

function watchedLog() {
  const warnings: string[] = [];
  const watchers = new Set<() => void>();
  const write = (line: string) => {
    warnings.push(String(JSON.parse(line).msg));
    for (const look of watchers) look();
  };
  const warned = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!warnings.some((line) => pattern.test(line))) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  return { warnings, warned, logger: pino({ level: 'warn' }, { write }) };
}
