import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';
import { runRadmeter } from '../support/run-radmeter.ts';

describe('radmeter timezone', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();
  /** As on a machine whose own zone is Paris, with the settings given. */
  const onParisMachine = async (args: readonly string[], environment: Record<string, string> = {}) =>
    runRadmeter(args, {
      environment: { RADMETER_DATABASE_URL: cli.databaseUrl(), TZ: 'Europe/Paris', ...environment },
    });

  test('is the setting, else the system, as long as the database has none', async () => {
    await cli.print('migrate');
    expect(await cli.json('timezone')).toMatchObject({ timezone: 'UTC', origin: 'setting', setting: 'UTC' });
    const { stdout } = await onParisMachine(['timezone', 'show']);
    expect(stdout).toMatch(/^timezone +Europe\/Paris \(this machine's; .*\)\nday began +\S+T2[23]:00:00Z\n/);
  });

  test('is kept in the database, and says what changes', async () => {
    expect((await onParisMachine(['timezone', 'set', 'Africa/Dakar'])).stdout).toMatch(
      /^Days, weeks and months begin in Africa\/Dakar \(before: not fixed yet\)\.\nday began +\S+T00:00:00Z\n/,
    );
    expect((await onParisMachine(['timezone', 'set', 'asia/tokyo'])).stdout).toMatch(
      /^.* in Asia\/Tokyo \(before: Africa\/Dakar\)\.\nday began +\S+T15:00:00Z \(before: \S+T00:00:00Z\)\n(.*\n)+Counters whose period ended .* kind timezone\.\n$/,
    );
    expect((await onParisMachine(['timezone', 'set', 'Asia/Tokyo'])).stdout).toBe(
      'The counters already run in Asia/Tokyo; nothing changes.\n',
    );
    const db = openDatabase(cli.databaseUrl());
    await db.knex('instances').insert({ id: 'i1', host: 'hall', receiving_since: 0, beat_at: Date.now() });
    await db.close();
    expect(await onParisMachine(['timezone', 'set', 'Europe/Paris'])).toMatchObject({
      code: 73,
      stdout: '',
      stderr: expect.stringMatching(/^radmeter: a daemon on hall was running \d+ s ago/),
    });
    const { stdout } = await onParisMachine(['timezone', 'show', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ timezone: 'Asia/Tokyo', origin: 'database', setting: null });
  });

  test('that contradicts the setting is refused by what computes periods, and can still be set', async () => {
    await cli.print('timezone', 'set', 'Africa/Dakar');
    const refused = await cli.run('usage', 'list');
    expect(refused).toMatchObject({ code: 78, stdout: '' });
    expect(refused.stderr).toMatch(/^radmeter: timezone is UTC, but .* run in Africa\/Dakar; .*`/);
    expect(await cli.print('timezone')).toMatch(/^The setting timezone is UTC: a daemon with it will not/m);
    expect(await cli.print('timezone', 'set', 'UTC')).not.toMatch(/will not start/);
    expect(await cli.json('usage', 'list')).toEqual([]);
  });

  test("decides when the commands' periods begin", async () => {
    const created = async (args: readonly string[]) =>
      expect(await onParisMachine(args)).toMatchObject({ code: 0 });
    await created(['timezone', 'set', 'Asia/Tokyo']);
    await created(['profile', 'create', '--name', 'A']);
    await created(['user', 'create', '--username', 'john', '--profile', 'A']);
    const db = openDatabase(cli.databaseUrl());
    await db.knex('user_profile_usage').update({ last_daily_reset: '2025-12-11 00:00:00' });
    await db.close();
    const { stdout } = await onParisMachine(['usage', 'show', 'john', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ last_daily_reset: expect.stringMatching(/T15:00:00Z$/) });
  });

  test.each([
    [
      'no zone',
      ['set'],
      'zone: expected an IANA time zone such as Africa/Dakar or Europe/Paris; got nothing',
    ],
    ['an unknown zone', ['set', 'Europe/Atlantis'], 'got "Europe/Atlantis"'],
    ['a zone to show', ['show', 'UTC'], '`timezone set UTC` sets one'],
    ['another word', ['reset', 'UTC'], 'Choices: "show", "set"'],
  ])('refuses %s', async (_name, args, message) => {
    const refused = await cli.run('timezone', ...args);
    expect(refused).toMatchObject({ code: 64, stdout: '', stderr: expect.stringContaining(message) });
  });
});

describe('the setting timezone', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();

  test('is by default none, and shown as what that means', async () => {
    const file = cli.databaseUrl().replace(/^sqlite:(.*)radmeter\.db$/, '$1radmeter.yaml');
    writeFileSync(file, 'language: en\n');
    const { stdout } = await runRadmeter(['config', 'check', '--config', file], {
      environment: { TZ: 'Asia/Tokyo' },
    });
    expect(stdout).toMatch(/^timezone +default +Asia\/Tokyo \(the system's\), unless the database has one$/m);
  });
});
