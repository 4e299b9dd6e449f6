/** A running radmeter that others than this machine reach: whom it asks for a credential, and what the ones it gives are good for. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCertificate, type TestCertificate } from '../support/certificates.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { runRadmeter } from '../support/run-radmeter.ts';
import { newTestDaemon, startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

const STORY_TIMEOUT_MS = 90_000;
const BEYOND = { 'http-listen': '0.0.0.0:0' };
const NOT_PROVIDED = { detail: 'Authentication credentials were not provided.' };

describeEachDatabase('beyond this machine', (getDatabase) => {
  let directory: string;
  let radmeter: TestDaemon;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'radmeter-signed-in-'));
  });
  afterEach(async () => {
    await radmeter.close();
    rmSync(directory, { recursive: true });
  });

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${radmeter.url()}${path}`, { headers });
    return {
      status: answer.status,
      body: answer.headers.get('content-type')?.includes('json') ? await answer.json() : await answer.text(),
    };
  };

  it('everything but whether it lives and is ready asks for a credential, and the log says that it is in clear', async () => {
    radmeter = await startTestDaemon(getDatabase().url, BEYOND);
    expect(radmeter.warnings).toContainEqual(
      expect.stringMatching(
        /^http-listen 0\.0\.0\.0 is beyond this machine and in clear: passwords and tokens/,
      ),
    );
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    for (const path of ['/metrics', '/api/core/users/me/', '/api/core/tokens/']) {
      expect(await get(path)).toEqual({ status: 401, body: NOT_PROVIDED });
    }
    const environment = { RADMETER_DATABASE_URL: getDatabase().url, RADMETER_TIMEZONE: 'UTC' };
    const made = await runInProcess(
      ['token', 'create', '--name', 'prometheus', '--role', 'viewer'],
      environment,
    );
    const authorization = `Bearer ${made.stdout.trim()}`;
    expect(await get('/metrics', { authorization })).toMatchObject({
      status: 200,
      body: expect.stringContaining('radmeter_'),
    });
    expect(await get('/api/core/tokens/', { authorization })).toMatchObject({
      status: 200,
      body: { count: 1 },
    });
    await runInProcess(['token', 'revoke', 'prometheus'], environment);
    expect((await get('/metrics', { authorization })).status).toBe(401);
  });

  it('somebody signs in with the password the command line gave them, by TLS and a cookie for TLS alone', {
    timeout: STORY_TIMEOUT_MS,
  }, async () => {
    const certificate = makeCertificate(directory, 'radmeter');
    const { certPath, keyPath } = certificate;
    radmeter = await startTestDaemon(getDatabase().url, {
      ...BEYOND,
      'http-tls-cert': certPath,
      'http-tls-key': keyPath,
    });
    expect(radmeter.warnings.filter((line) => line.includes('in clear'))).toEqual([]);
    const environment = { RADMETER_DATABASE_URL: getDatabase().url, RADMETER_TIMEZONE: 'UTC' };
    await runInProcess(['user', 'create', '--username', 'john'], environment);
    await runRadmeter(['user', 'set-password', 'john'], { environment, input: 'correct horse\n' });
    const port = radmeter.daemon.httpAddress?.port ?? 0;
    const ask = (path: string, sent: Sent = {}) => askTls(certificate, port, path, sent);
    const credentials = { username: 'john', password: 'correct horse' };
    expect(await ask('auth/login/', { body: { ...credentials, password: 'wrong horse' } })).toMatchObject({
      status: 401,
      body: { error: 'Invalid credentials' },
    });
    const { status, cookie } = await ask('auth/login/', { body: credentials });
    expect(status).toBe(200);
    expect(cookie).toMatch(/^access_token=[^;]+; Max-Age=3600; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    const headers = { cookie: cookie.split(';')[0] ?? '' };
    expect(await ask('users/me/', { headers })).toMatchObject({ status: 200, body: { username: 'john' } });
    expect(await ask('tokens/', { headers })).toMatchObject({ status: 403 });
  });
});

describe('before its database is there', () => {
  it('a radmeter says so to whoever would sign in, and lets nobody in', async () => {
    // Something that takes connections and says nothing.
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const radmeter = await newTestDaemon(`mysql://radmeter:x@127.0.0.1:${port}/radmeter`, BEYOND);
    const starting = radmeter.daemon.start().catch((error: unknown) => error);
    await expect.poll(() => radmeter.daemon.httpAddress).toBeDefined();
    const send = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(`${radmeter.url()}${path}`, init);
      return { status: answer.status, body: await answer.json() };
    };
    const away = { status: 503, body: { detail: 'Service unavailable' } };
    const authorization = `Bearer radmeter_api_${'A'.repeat(43)}`;
    const body = JSON.stringify({ username: 'john', password: 'correct horse' });
    const type = { 'content-type': 'application/json' };
    expect(await send('/api/core/auth/login/', { method: 'POST', headers: type, body })).toEqual(away);
    expect(await send('/api/core/users/me/', { headers: { authorization } })).toEqual(away);
    expect(await send('/metrics', { headers: { authorization } })).toEqual(away);
    expect(await send('/healthz')).toMatchObject({ status: 200 });
    await radmeter.close();
    await starting;
    silent.close();
  });
});

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON by POST. */
  readonly body?: unknown;
}

async function askTls({ ca }: TestCertificate, port: number, path: string, { headers = {}, body }: Sent) {
  const sent = request({
    host: '127.0.0.1',
    port,
    path: `/api/core/${path}`,
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ca,
    agent: false,
  });
  const answered = once(sent, 'response');
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = await answered;
  const cookie: string = answer.headers['set-cookie']?.[0] ?? '';
  return { status: answer.statusCode, body: await json(answer), cookie };
}
