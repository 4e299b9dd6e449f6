/** The seed's reset commands, line by line (contract §11), and the jobs they are. */
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { useCli } from '../support/run-cli.ts';

const GIB = 1024 ** 3;

describe('the commands of resets', () => {
  const cli = useCli();

  const usedYesterday = async () => {
    await cli.print('profile', 'create', '--name', 'Étudiant');
    const db = openDatabase(cli.databaseUrl());
    for (const [username, octets] of [
      ['john', 6 * GIB],
      ['jane', 0],
    ] as const) {
      await cli.print('user', 'create', '--username', username, '--profile', 'Étudiant');
      await db
        .knex('user_profile_usage')
        .whereIn('user_id', db.knex('users').where({ username }).select('id'))
        .update({
          ...{ used_today: octets, used_week: octets, used_month: octets, used_total: octets },
          ...{ last_daily_reset: '2024-01-01 00:00:00', last_weekly_reset: '2024-01-01 00:00:00' },
          last_monthly_reset: '2024-01-01 00:00:00',
        });
    }
    await db.close();
  };

  it.each(['daily', 'weekly', 'monthly'])('print what a %s reset does, and does once', async (period) => {
    await usedYesterday();
    const lines = (verb: string) =>
      `  ${verb} ${period} quota for user: jane (0.0 Go → 0 Go)\n` +
      `  ${verb} ${period} quota for user: john (6.0 Go → 0 Go)\n`;
    expect(await cli.print(`reset_${period}_quotas`, '--dry-run')).toBe(
      `Found 2 active user profile usages\n${lines('[DRY RUN] Would reset')}\n[DRY RUN] Would have reset 2 ${period} quotas\n`,
    );
    expect(await cli.print(`reset_${period}_quotas`)).toBe(
      `Found 2 active user profile usages\n${lines('✓ Reset')}\n✓ Successfully reset 2 ${period} quotas\n`,
    );
    expect(await cli.print(`reset-${period}-quotas`)).toBe(
      `Found 2 active user profile usages\n\n✓ Successfully reset 0 ${period} quotas\n`,
    );
  });

  it('reset the rest where one row is spoilt, and end with the code of bad data', async () => {
    await usedYesterday();
    const db = openDatabase(cli.databaseUrl());
    await db.knex.raw(
      "UPDATE user_profile_usage SET used_total = 9223372036854775807 WHERE user_id = (SELECT id FROM users WHERE username = 'jane')",
    );
    const ended = await cli.run('reset_daily_quotas');
    expect(ended).toMatchObject({
      code: 65,
      stderr: expect.stringMatching(/user_profile_usage \d+: .*used_total/),
    });
    expect(ended.stdout).toContain('✓ Successfully reset 1 daily quotas');
    expect(await cli.run('jobs', 'run', 'weekly-reset')).toMatchObject({ code: 65 });
    expect(await db.knex('job_runs')).toMatchObject([
      {
        job: 'weekly-reset',
        status: 'failed',
        item_count: 1,
        error: expect.stringContaining('1 row was left out'),
      },
    ]);
    await db.close();
  });

  it.each([
    ['reset_daily_quotas', []],
    ['jobs', ['run', 'daily-reset']],
  ])('let in again whom a quota of the day cut off: %s', async (command, rest) => {
    await usedYesterday();
    const db = openDatabase(cli.databaseUrl());
    const [{ id }] = await db.knex('users').where('username', 'john').select('id');
    const cut = {
      user_id: id,
      reason: 'daily_limit',
      disconnected_at: '2024-01-01 12:00:00',
      is_active: true,
    };
    await db.knex('user_disconnection_logs').insert(cut);
    const isCut = async () => Boolean((await db.knex('user_disconnection_logs').first()).is_active);
    await cli.print(command, ...rest, '--dry-run');
    expect(await isCut()).toBe(true);
    await cli.print(command, ...rest);
    expect(await isCut()).toBe(false);
    await db.close();
  });

  it('refuse a flag they do not know', async () => {
    expect(await cli.run('reset_daily_quotas', '--force')).toMatchObject({ code: 64 });
  });

  it('retention says when nothing is to be forgotten, and takes its settings as flags', async () => {
    await cli.print('profile', 'create', '--name', 'Étudiant');
    expect(await cli.print('jobs', 'run', 'retention', '--dry-run')).toBe(
      '[DRY RUN] nothing is to be forgotten: keep-sessions, keep-usage-days, keep-audit-log and keep-logs are none\n' +
        '[DRY RUN] retention would deal with 0 items.\n',
    );
    const db = openDatabase(cli.databaseUrl());
    await db.knex('audit_log').update({ at: 0 });
    await db.close();
    expect(await cli.print('jobs', 'run', 'retention', '--keep-audit-log', '1d', '--dry-run')).toMatch(
      /^\[DRY RUN\] audit_log: 1 from before .*\n\[DRY RUN\] retention would deal with 1 item\.\n$/,
    );
    expect(await cli.run('jobs', 'run', 'retention', '--keep-audit-log', 'soon')).toMatchObject({ code: 78 });
  });

  it('are jobs, which can be tried, run and looked at', async () => {
    await usedYesterday();
    expect(await cli.print('jobs', 'run', 'daily-reset', '--dry-run')).toBe(
      '[DRY RUN] daily-reset would deal with 2 items.\n',
    );
    expect(await cli.print('jobs', 'run', 'daily-reset')).toMatch(
      /^daily-reset dealt with 2 items in \d+\.\d s\.\n$/,
    );
    expect(await cli.json('jobs', 'run', 'daily-reset')).toMatchObject({ job: 'daily-reset', item_count: 0 });
    const listed = (await cli.json('jobs', 'list')) as {
      job: string;
      last_run: { item_count: number } | null;
    }[];
    expect(listed.map(({ job, last_run }) => [job, last_run?.item_count ?? null])).toEqual([
      ['daily-reset', 0],
      ['weekly-reset', null],
      ['monthly-reset', null],
      ['alert-check', null],
      ['retention', null],
    ]);
    expect(await cli.run('jobs', 'run', 'nap')).toMatchObject({
      code: 66,
      stderr: expect.stringContaining('there is no job "nap"; there are daily-reset, weekly-reset'),
    });
  });

  it('are refused while another radmeter is at it', async () => {
    const db = openDatabase(cli.databaseUrl());
    const now = Date.now();
    const run = { job: 'daily-reset', due_at: 1, status: 'running', leased_by: 'alpha', started_at: now };
    await db.knex('job_runs').insert({ ...run, leased_until: now + 50_000 });
    await db.close();
    expect(await cli.run('jobs', 'run', 'daily-reset')).toMatchObject({
      code: 73,
      stderr: expect.stringContaining('daily-reset is being run by alpha'),
    });
  });
});
