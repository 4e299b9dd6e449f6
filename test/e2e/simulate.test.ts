/** `radmeter simulate` promises what each user must have been charged: run against a real daemon, again and again. */
import { expect, it } from 'vitest';
import { runInProcess } from '../support/cli-in-process.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

const TIMEOUT_MS = 60_000;

describeEachDatabase('the octets a simulation promises', (getDatabase) => {
  it(
    'are in the counters, also of users who were activated just before a second one',
    async () => {
      const radmeter = await startTestDaemon(getDatabase().url);
      try {
        await create('profile', '--name', 'P');
        for (const name of ['first1', 'first2', 'second1', 'second2']) {
          await create('user', '--username', name);
        }
        for (const prefix of ['first', 'second']) {
          for (const n of [1, 2]) await cli('user', 'assign', `${prefix}${n}`, '--profile', 'P');
          const promised = await simulate(radmeter, prefix);
          expect(Object.keys(promised)).toEqual([`${prefix}1`, `${prefix}2`]);
          expect(Object.values(promised).every((octets) => octets > 0)).toBe(true);
          expect(await totals(prefix)).toEqual(promised);
        }
        expect(await getDatabase().db.knex('usage_adjustments').pluck('kind')).toEqual([]);
      } finally {
        await radmeter.close();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'are told apart from those of a past that was asked for',
    async () => {
      const radmeter = await startTestDaemon(getDatabase().url);
      const server = `127.0.0.1:${radmeter.port()}`;
      try {
        const { stdout } = await cli('simulate', '--server', server, '--duration', '1s', '--speed', '3600');
        expect(stdout).toMatch(/^Simulated time began at \d{4}-.*before a user's activation/m);
        const plain = await cli('simulate', '--server', server, '--duration', '1s');
        expect(plain.stdout).not.toContain('Simulated time began');
      } finally {
        await radmeter.close();
      }
    },
    TIMEOUT_MS,
  );

  async function cli(...args: string[]) {
    const result = await runInProcess(args, { RADMETER_DATABASE_URL: getDatabase().url });
    expect([result.code, result.stderr]).toEqual([0, '']);
    return result;
  }

  function create(what: string, ...flags: string[]) {
    return cli(what, 'create', ...flags);
  }

  async function simulate(radmeter: TestDaemon, prefix: string): Promise<Record<string, number>> {
    const { stdout } = await cli(
      ...['simulate', '--server', `127.0.0.1:${radmeter.port()}`, '--user-prefix', prefix],
      ...['--users', '2', '--rate', '10', '--duration', '4s', '--json'],
    );
    return JSON.parse(stdout).octets_by_user;
  }

  async function totals(prefix: string): Promise<Record<string, number>> {
    const rows: { username: string; used_total: number }[] = await getDatabase()
      .db.knex('user_profile_usage')
      .join('users', 'users.id', 'user_profile_usage.user_id')
      .where('users.username', 'like', `${prefix}%`)
      .orderBy('users.username')
      .select('users.username', 'user_profile_usage.used_total');
    return Object.fromEntries(rows.map((row) => [row.username, row.used_total]));
  }
});
