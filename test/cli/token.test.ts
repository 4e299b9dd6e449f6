import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';

describe('radmeter token', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();

  test('makes a token, shows it once, lists it and revokes it', async () => {
    const made = await cli.run('token', 'create', '--name', 'prometheus', '--role', 'viewer');
    expect(made).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^radmeter_api_[A-Za-z0-9_-]{43}\n$/),
      stderr: 'Created token prometheus (id 1), role viewer, until it is revoked. It is shown this once:\n',
    });
    const list = await cli.print('token', 'list');
    expect(list).toMatch(/^ 1 +prometheus +viewer +- +\S+Z +- +in force$/m);
    expect(list).not.toContain(made.stdout.trim().slice(-20));
    expect(await cli.print('token', 'revoke', 'prometheus')).toBe('Revoked token prometheus (id 1).\n');
    expect(await cli.json('token', 'list')).toEqual([]);
    expect(await cli.print('token', 'list', '--all')).toMatch(/prometheus .* revoked \S+Z$/m);
    expect(await cli.run('token', 'revoke', 'prometheus')).toMatchObject({ code: 66 });
  });

  test('makes a token of a user that ends, and says all of it as JSON', async () => {
    await cli.print('user', 'create', '--username', 'john');
    const args = ['--name', 'phone', '--role', 'user', '--user', 'john', '--expires', '30d'];
    const made = await cli.json('token', 'create', ...args);
    expect(made).toEqual({
      id: 1,
      name: 'phone',
      role: 'user',
      user: 1,
      user_username: 'john',
      created_at: expect.stringMatching(/Z$/),
      expires_at: expect.stringMatching(/Z$/),
      last_used_at: null,
      revoked_at: null,
      token: expect.stringMatching(/^radmeter_api_/),
    });
    const { created_at, expires_at } = Object(made);
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBeCloseTo(30 * 86_400_000, -4);
    expect(await cli.json('token', 'revoke', '1')).toMatchObject({ id: 1, revoked_at: expect.any(String) });
  });

  test('writes both down in the audit log, and no secret', async () => {
    const made = await cli.print('token', 'create', '--name', 'import', '--role', 'admin');
    await cli.print('token', 'revoke', 'import');
    const db = openDatabase(cli.databaseUrl());
    const rows = await db.knex('audit_log').orderBy('id');
    await db.close();
    expect(rows.map(({ action, object_type, object_id }) => [action, object_type, object_id])).toEqual([
      ['create', 'token', '1'],
      ['revoke', 'token', '1'],
    ]);
    expect(JSON.stringify(rows)).not.toContain(made.trim().slice(-20));
  });

  test.each([
    ['no role', ['create', '--name', 'x'], 64, 'say what it may do: --role admin, viewer or user'],
    ['a role that is none', ['create', '--name', 'x', '--role', 'root'], 64, 'role'],
    [
      'a role above the user',
      ['create', '--name', 'x', '--role', 'admin', '--user', 'john'],
      64,
      '--role: expected no more than john is, user; got "admin"',
    ],
    [
      'the role user without a user',
      ['create', '--name', 'x', '--role', 'user'],
      64,
      '--role: expected admin or viewer, as it is to be nobody\'s; got "user"',
    ],
    ['a name that is taken', ['create', '--name', 'old', '--role', 'viewer'], 64, '--name: there is already'],
    [
      'an unknown user',
      ['create', '--name', 'x', '--role', 'user', '--user', 'mary'],
      66,
      'there is no user',
    ],
    [
      'a time that has passed',
      ['create', '--name', 'x', '--role', 'viewer', '--expires', '2020-01-01'],
      64,
      '--expires: expected how long from now, such as 30d',
    ],
    ['an unknown token', ['revoke', 'none'], 66, 'there is no token "none" in force'],
  ])('refuses %s', async (_, args, code, message) => {
    await cli.print('user', 'create', '--username', 'john');
    await cli.print('token', 'create', '--name', 'old', '--role', 'viewer');
    expect(await cli.run('token', ...args)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});
