/** Who may read /metrics: programs of this machine where others cannot come, else whoever shows a token of an admin or a viewer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { buildApp } from '../../src/http/app.ts';
import { bearerFinder } from '../../src/http/authenticate.ts';
import type { HttpApp, Routes } from '../../src/http/http-app.ts';
import { metricsRoutes } from '../../src/http/metrics-routes.ts';
import { createLogger } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { Role } from '../../src/sign-in/role.ts';
import { createToken } from '../../src/sign-in/token-commands.ts';
import { TokenUse } from '../../src/sign-in/token-use.ts';
import { commandContext } from '../support/command-context.ts';

const AT = '2025-12-11 12:00:00';
let directory: string;
let db: Database;
let app: HttpApp;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'radmeter-metrics-'));
  db = openDatabase(`sqlite:${join(directory, 'radmeter.db')}`);
  await migrateToLatest(db);
});
afterEach(async () => {
  await app.close();
  await db.close();
  rmSync(directory, { recursive: true });
});

async function start(listenAddress: string, trustedProxies: readonly string[] = []): Promise<void> {
  const logger = createLogger('silent');
  const { registry } = createMetrics();
  const { clock } = commandContext(db);
  const tokenUse = new TokenUse({ db, clock, logger });
  const findBearer = bearerFinder({ reader: db, clock, tokenUse });
  const refresh = async () => {};
  const routes = [metricsRoutes({ registry, refresh, listenAddress, trustedProxies, findBearer })];
  const close: Routes = (root) => {
    root.addHook('onClose', () => tokenUse.close());
  };
  app = await buildApp({ routes: [...routes, close], logger, trustedProxies });
}

async function tokenOf(role: Role): Promise<string> {
  await db
    .knex('users')
    .insert({ username: 'john', password: '!', date_joined: AT, created_at: AT, updated_at: AT });
  const user = role === 'user' ? 'john' : null;
  const { text } = await createToken(commandContext(db), { name: role, role, user, expiresAt: null });
  return text;
}

const ask = async (headers: Record<string, string> = {}) => {
  const answer = await app.inject({ url: '/metrics', headers });
  return { status: answer.statusCode, body: answer.body };
};

describe('where this machine alone is served', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1'])('on %s asks for nothing', async (address) => {
    await start(address);
    expect(await ask()).toMatchObject({ status: 200, body: expect.stringContaining('radmeter_') });
  });

  it.each([
    ['x-forwarded-for', []],
    ['x-forwarded-for', ['127.0.0.1/32']],
    ['forwarded', []],
    ['via', []],
    ['x-real-ip', []],
    ['x-forwarded-proto', []],
  ])('asks for a token where %s says that a proxy passed it on, trusted: %j', async (header, trusted) => {
    await start('127.0.0.1', trusted);
    const value = header === 'forwarded' ? 'for=192.0.2.1' : '192.0.2.1';
    expect((await ask({ [header]: value })).status).toBe(401);
    const authorization = `Bearer ${await tokenOf('viewer')}`;
    expect((await ask({ [header]: value, authorization })).status).toBe(200);
  });
});

describe('where this machine alone is served, too,', () => {
  it('asks everybody for a token where proxies are named, which may say nothing', async () => {
    await start('127.0.0.1', ['192.0.2.7']);
    expect((await ask()).status).toBe(401);
  });

  it.each([
    ['localhost:8080', 200],
    ['127.0.0.1:8080', 200],
    ['[::1]:8080', 200],
    ['rebound.example:8080', 401],
    ['127.0.0.1.rebound.example', 401],
    ['192.0.2.1', 401],
  ])('answers a request for the host %s with %i', async (host, status) => {
    await start('127.0.0.1');
    expect((await ask({ host })).status).toBe(status);
  });
});

describe.each(['0.0.0.0', '::', '192.0.2.1', '2001:db8::1'])('where others are served, on %s', (address) => {
  it('asks whoever comes, also from this machine', async () => {
    await start(address);
    const answer = await ask();
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      401,
      { detail: 'Authentication credentials were not provided.' },
    ]);
  });

  it.each([
    ['admin', 200],
    ['viewer', 200],
    ['user', 403],
  ] as const)('answers a token of role %s with %i', async (role, status) => {
    await start(address);
    const { status: got, body } = await ask({ authorization: `Bearer ${await tokenOf(role)}` });
    expect(got).toBe(status);
    expect(body.includes('radmeter_')).toBe(status === 200);
  });
});
