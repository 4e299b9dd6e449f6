import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';

describe('radmeter verify', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();

  test('says that nothing differs, or what does and ends with 65', async () => {
    for (const username of ['john', 'jane']) await cli.print('user', 'create', '--username', username);
    await cli.print('usage', 'add', 'john', '1000');
    expect(await cli.run('verify')).toMatchObject({
      code: 0,
      stdout: '2 users, no difference\n',
      stderr: '',
    });
    expect(await cli.json('verify', '--user', 'jane')).toEqual({ users: 1, differences: [] });

    const db = openDatabase(cli.databaseUrl());
    await db.knex('user_profile_usage').update({ used_today: 7 });
    await db.knex('usage_days').insert({ user_id: 999, day: '2025-12-11', input_octets: 5 });
    await db.close();
    const found = await cli.run('verify');
    expect(found).toMatchObject({ code: 65, stderr: 'radmeter: 3 differences found\n' });
    expect(found.stdout).toMatch(
      /^SUM +EXPECTED +FOUND +DIFFERENCE +USER\ntoday +1000 +7 +-993 +john\ntotal +5 +0 +-5 +\(no user has the id 999\)\ndays +0 +5 +5 +\(no user has the id 999\)\n2 users, 3 differences\. .*\n$/,
    );
    const json = await cli.run('verify', '--json');
    expect(json.code).toBe(65);
    expect(JSON.parse(json.stdout)).toEqual({
      users: 2,
      differences: [
        { user: 1, user_username: 'john', sum: 'today', expected: 1000, found: 7, difference: -993 },
        { user: 999, user_username: null, sum: 'total', expected: 5, found: 0, difference: -5 },
        { user: 999, user_username: null, sum: 'days', expected: 0, found: 5, difference: 5 },
      ],
    });
    expect(await cli.run('verify', '--user', 'jack')).toMatchObject({ code: 66, stdout: '' });
  });
});
