/** The API asked with curl, as a person at a terminal or a script asks it: one process for each request. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach } from 'vitest';
import type { TestDatabase } from './databases.ts';
import { type RunResult, runRadmeter } from './run-radmeter.ts';
import { startTestDaemon, type TestDaemon } from './test-daemon.ts';

/** What came back. */
export interface CurlAnswer {
  readonly status: number;
  /** JSON; undefined where there was none. */
  readonly body: unknown;
}

/** Asks for a path below `/api/core/` with more options of curl, and returns what was answered. */
export type Curl = (path: string, ...options: readonly string[]) => Promise<CurlAnswer>;

const run = promisify(execFile);
const SECONDS_MAX = '30';

/** Returns curl at a daemon's address, with options that every request has: a header with a token, a cookie jar. */
function curlAt(url: string, ...always: readonly string[]): Curl {
  return async (path, ...options) => {
    const { stdout } = await run('curl', [
      // First: the settings of whoever runs the tests are not the test's.
      '--disable',
      ...['--silent', '--show-error', '--max-time', SECONDS_MAX, '--write-out', '\n%{http_code}'],
      ...always,
      ...options,
      `${url}/api/core/${path}`,
    ]);
    const end = stdout.lastIndexOf('\n');
    const text = stdout.slice(0, end);
    return { status: Number(stdout.slice(end + 1)), body: text === '' ? undefined : JSON.parse(text) };
  };
}

/** Returns the options that send JSON with a method. */
export function sending(method: 'POST' | 'PUT' | 'PATCH', json: unknown): readonly string[] {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  return ['--request', method, '--header', 'Content-Type: application/json', '--data', text];
}

/** A running radmeter, and those who ask it. */
export interface CurlRig {
  radmeter(): TestDaemon;
  /** With an admin's token, made as README says. */
  admin(): Curl;
  /** Asks with these options and no token. */
  with(...options: readonly string[]): Curl;
  /** The file of a cookie jar, by name. */
  jar(name: string): string;
  /** Runs a command line that must succeed. */
  command(args: readonly string[], input?: string): Promise<RunResult>;
}

/** Gives each test of a suite a running radmeter on its database. */
export function useCurl(getDatabase: () => TestDatabase): CurlRig {
  let directory = '';
  let radmeter: TestDaemon | undefined;
  let token = '';
  const running = () => {
    if (radmeter === undefined) throw new Error('no radmeter runs outside a test');
    return radmeter;
  };
  const command = async (args: readonly string[], input = ''): Promise<RunResult> => {
    const environment = { RADMETER_DATABASE_URL: getDatabase().url, RADMETER_TIMEZONE: 'UTC' };
    const result = await runRadmeter(args, { environment, input });
    if (result.code !== 0) throw new Error(`radmeter ${args.join(' ')} failed: ${result.stderr}`);
    return result;
  };
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'radmeter-curl-'));
    radmeter = await startTestDaemon(getDatabase().url);
    token = (await command(['token', 'create', '--name', 'setup', '--role', 'admin'])).stdout.trim();
  });
  afterEach(async () => {
    await radmeter?.close();
    rmSync(directory, { recursive: true });
  });
  return {
    radmeter: running,
    admin: () => curlAt(running().url(), '--header', `Authorization: Bearer ${token}`),
    with: (...options) => curlAt(running().url(), ...options),
    jar: (name) => join(directory, name),
    command,
  };
}
