/** How often somebody may try to sign in, whose address counts, and when the cookie is for TLS alone (contract §0.20). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { AttemptLimit } from '../../src/http/attempt-limit.ts';
import { siteOf } from '../../src/http/caller-address.ts';
import { createMetrics } from '../../src/metrics.ts';
import { failOnLeaks } from '../support/leaks.ts';
import { logLines } from '../support/log-lines.ts';
import { type SignedInApi, type SignedInOptions, signedInApi } from '../support/signed-in-api.ts';

failOnLeaks();

const AT = '2025-12-11 12:00:00';
const LIMITED = (seconds: number) => ({
  error: 'Rate limit exceeded',
  detail: `Too many attempts; try again in ${seconds} seconds.`,
  retry_after: seconds,
});

describe('signing in', () => {
  let directory: string;
  let db: Database;
  let api: SignedInApi;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'radmeter-limits-'));
    db = openDatabase(`sqlite:${join(directory, 'radmeter.db')}`);
    await migrateToLatest(db);
  });
  afterEach(async () => {
    await api.close();
    await db.close();
    rmSync(directory, { recursive: true });
  });

  async function start(options: SignedInOptions = {}): Promise<void> {
    api = await signedInApi(db, undefined, options);
    const password = await api.signIn.passwords.hash('correct horse');
    await db
      .knex('users')
      .insert({ username: 'john', password, date_joined: AT, created_at: AT, updated_at: AT });
  }

  const login = (username = 'john', headers: Record<string, string> = {}, password = 'correct horse') =>
    api.send('POST', 'auth/login/', { headers, body: { username, password } });
  const from = (address: string) => ({ 'x-forwarded-for': address });

  async function statuses(times: number, ...args: Parameters<typeof login>): Promise<number[]> {
    const answers: number[] = [];
    for (let time = 0; time < times; time++) answers.push((await login(...args)).status);
    return answers;
  }

  it('is heard five times a minute for one name, also with the right password', async () => {
    await start();
    expect(await statuses(5, 'john', {}, 'wrong horse')).toEqual([401, 401, 401, 401, 401]);
    api.clock.set('2025-12-11T12:00:20.500Z');
    const answer = await login();
    expect([answer.status, answer.body]).toEqual([429, LIMITED(40)]);
    expect(answer.headers['retry-after']).toBe('40');
    expect((await login('mary')).status).toBe(401);
    api.clock.set('2025-12-11T12:01:00Z');
    expect((await login()).status).toBe(200);
  });

  it('that is refused is told with the name that was tried, unless nobody has it: it may be a password in the wrong field', async () => {
    const { logger, lines } = logLines();
    await start({ logger });
    await login('correct horse');
    await login('john', {}, 'wrong horse');
    const refused = lines.filter(({ msg }) => msg === 'sign-in refused');
    expect(refused.map(({ username }) => username)).toEqual([undefined, 'john']);
    expect(JSON.stringify(lines)).not.toContain('horse');
  });

  it('is heard a hundred times a minute from one address, whoever it is for', async () => {
    await start();
    const names = Array.from({ length: 100 }, (_, at) => `user ${at}`);
    const answers = await Promise.all(names.map((name) => login(name, {}, 'x')));
    // All at once they are more than wait to be checked on a slow machine: those are heard, too.
    expect(answers.map(({ status }) => status).filter((status) => ![401, 503].includes(status))).toEqual([]);
    expect(await login()).toMatchObject({ status: 429, body: LIMITED(60) });
  });

  it('counts the peer, whatever a header claims', async () => {
    await start();
    for (let time = 0; time < 5; time++) await login('john', from(`192.0.2.${time}`), 'wrong horse');
    expect((await login('john', from('192.0.2.99'))).status).toBe(429);
  });

  it('counts whom a trusted proxy names', async () => {
    await start({ trustedProxies: ['127.0.0.0/8'] });
    expect(await statuses(6, 'john', from('192.0.2.1'), 'x')).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await login('john', from('192.0.2.2'))).status).toBe(200);
    // What the sender itself wrote stands before what the proxy added.
    expect((await login('john', from('198.51.100.7, 192.0.2.1'))).status).toBe(429);
  });

  it('counts the proxy where it names no address', async () => {
    await start({ trustedProxies: ['127.0.0.1/32'] });
    for (let time = 0; time < 5; time++) await login('john', from(`<script>${time}`), 'x');
    expect((await login('john', from('unknown'))).status).toBe(429);
  });

  it('limits guesses of the current password as well', async () => {
    await start();
    const guess = () =>
      api.as({ userId: 1 }, 'POST', 'auth/password/change/', {
        current_password: 'wrong horse',
        new_password: 'battery staple',
        confirm_password: 'battery staple',
      });
    for (let time = 0; time < 5; time++) expect((await guess()).status).toBe(400);
    expect(await guess()).toMatchObject({ status: 429, body: LIMITED(60) });
    expect((await login()).status).toBe(429);
  });

  it('tells once a minute of attempts that are not heard, and counts them all', async () => {
    const { logger, lines } = logLines();
    const metrics = createMetrics();
    await start({ trustedProxies: ['127.0.0.0/8'], logger, metrics });
    const told = () => lines.filter(({ msg }) => String(msg).startsWith('too many sign-ins'));
    await statuses(9, 'john', from('192.0.2.1'), 'x');
    await statuses(7, 'mary', from('192.0.2.1'), 'x');
    await statuses(6, 'john', from('192.0.2.2'), 'x');
    const addresses = ['192.0.2.1', '192.0.2.1', '192.0.2.2'];
    expect(told().map(({ address }) => address)).toEqual(addresses);
    expect(await metrics.registry.metrics()).toContain('radmeter_sign_ins_refused_total 7\n');
    api.clock.set('2025-12-11T12:01:00Z');
    await statuses(8, 'john', from('192.0.2.1'), 'x');
    expect(told()).toHaveLength(4);
    expect(JSON.stringify(told())).not.toContain('john');
  });

  it.each([
    ['https', ['127.0.0.1/32'], true],
    ['http', ['127.0.0.1/32'], false],
    ['https', [], false],
  ])(
    'gives a cookie for TLS alone where %s is said and %j are trusted: %j',
    async (said, trusted, isSecure) => {
      await start({ trustedProxies: trusted });
      const { cookie } = await login('john', { 'x-forwarded-proto': said });
      expect(cookie.includes('Secure')).toBe(isSecure);
      const headers = { 'x-forwarded-proto': said, 'x-requested-with': 'x', cookie: cookie[0] ?? '' };
      const out = await api.send('POST', 'auth/logout/', { headers });
      expect(out.cookie.includes('Secure')).toBe(isSecure);
    },
  );
});

describe('the count of attempts', () => {
  it('lets the oldest go where it would grow without end', () => {
    const limit = new AttemptLimit({ nowMs: () => 0, perNameMax: 1, perSiteMax: 1, keysMax: 2 });
    const refuse = (site: string) => limit.refuse({ name: 'john', site })?.waitSeconds;
    expect([refuse('a'), refuse('b'), refuse('a'), refuse('b')]).toEqual([undefined, undefined, 60, 60]);
    expect([refuse('c'), refuse('b'), refuse('a')]).toEqual([undefined, 60, undefined]);
  });

  it('does not count what it refuses', () => {
    let now = 0;
    const limit = new AttemptLimit({ nowMs: () => now, perNameMax: 1, perSiteMax: 2 });
    const refuse = (name: string) => limit.refuse({ name, site: 'a' })?.waitSeconds;
    expect([refuse('john'), refuse('john'), refuse('john')]).toEqual([undefined, 60, 60]);
    now = 59_999;
    expect([refuse('john'), refuse('mary'), refuse('luke')]).toEqual([1, undefined, 1]);
    now = 60_000;
    expect(refuse('john')).toBeUndefined();
  });

  it('tells of a site that tries too much once, whomever it names', () => {
    const limit = new AttemptLimit({ nowMs: () => 0, perNameMax: 1, perSiteMax: 2 });
    const isFirst = (name: string) => limit.refuse({ name, site: 'a' })?.isFirst;
    expect(['john', 'john', 'john', 'mary', 'luke', 'anne', 'john'].map(isFirst)).toEqual([
      ...[undefined, true, false, undefined, true, false, false],
    ]);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['::1', '::/64'],
  ])('of %s is kept under %s', (address, site) => {
    expect(siteOf(address)).toBe(site);
  });
});
