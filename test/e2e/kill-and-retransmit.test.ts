/** A daemon killed at any moment: what was acknowledged is there, and what is sent again is counted once. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { allCounted, countedOctets } from '../support/counted.ts';
import { answers } from '../support/packet-builder.ts';
import { type RunningRadmeter, startRadmeter } from '../support/run-radmeter.ts';
import { octetsOf, playSessions } from '../support/session-load.ts';
import { reportRequest } from '../support/session-packets.ts';
import { openPeer } from '../support/udp-peer.ts';

const KILLS = 5;
const STORY_TIMEOUT_MS = 120_000;

let directory = '';
let port = 0;
let radmeter: RunningRadmeter;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'radmeter-kill-'));
  port = await freePort();
  radmeter = await startDaemon();
});
afterEach(async () => {
  radmeter.signal('SIGKILL');
  await radmeter.result;
  rmSync(directory, { recursive: true });
});

it(`counts every report once across ${KILLS} kills at random instants`, {
  timeout: STORY_TIMEOUT_MS,
}, async () => {
  const options = { port, sessions: 1_000, reportsPerSession: 3 };
  const load = playSessions(options);
  for (let kill = 1; kill <= KILLS; kill++) {
    await load.acknowledged(Math.floor((kill - Math.random()) * 500));
    await restart();
  }
  await load.finished;
  expect(load.retransmissions()).toBeGreaterThan(0);
  expect(await withDatabase(countedOctets)).toEqual(allCounted(octetsOf(options)));
});

it('counts a record once that comes again to a daemon that knows nothing of its answer', {
  timeout: STORY_TIMEOUT_MS,
}, async () => {
  const request = reportRequest({
    status: 'interim',
    user: 'john',
    sessionId: 'A1',
    seconds: 60,
    outputOctets: 12_345,
  });
  const nas = await openPeer();
  await nas.send(request, port);
  const { bytes: first } = await nas.next();
  await restart();
  await nas.send(request, port);
  const { bytes: second } = await nas.next();
  await nas.close();
  expect([answers(first, request), answers(second, request)]).toEqual([true, true]);
  expect(await withDatabase(countedOctets)).toEqual(allCounted(12_345));
});

/** Kills it, and starts it again on what it left. */
async function restart(): Promise<void> {
  radmeter.signal('SIGKILL');
  await radmeter.result;
  radmeter = await startDaemon();
}

async function startDaemon(): Promise<RunningRadmeter> {
  const started = startRadmeter(
    ['serve', '--acct-listen', `127.0.0.1:${port}`, '--unknown-user', 'create', '--timezone', 'UTC'],
    { cwd: directory },
  );
  await started.printed(/"msg":"started"/);
  return started;
}

async function withDatabase<T>(read: (db: Database) => Promise<T>): Promise<T> {
  const db = openDatabase(`sqlite:${join(directory, 'var/radmeter.db')}`);
  try {
    return await read(db);
  } finally {
    await db.close();
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port: free } = socket.address();
  socket.close();
  await once(socket, 'close');
  return free;
}
