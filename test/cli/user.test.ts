import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';

describe('radmeter user', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();

  test("lives the seed's example: Étudiant through L3 Info, then a profile of john's own", async () => {
    await cli.print('profile', 'create', '--name', 'Étudiant', '--data-volume', '53687091200');
    await cli.print('profile', 'create', '--name', 'Prof');
    await cli.print('promotion', 'create', '--name', 'L3 Info');
    await cli.print('user', 'create', '--username', 'john', '--promotion', 'L3 Info');
    expect(await cli.run('usage', 'show', 'john')).toMatchObject({ code: 66 });
    await cli.print('promotion', 'assign', 'L3 Info', '--profile', 'Étudiant');
    await cli.print('usage', 'add', 'john', '1073741824');
    expect(await cli.json('usage', 'show', 'john')).toMatchObject({
      effective_profile: { name: 'Étudiant' },
      used_today_gb: 1,
      daily_usage_percent: 20,
    });
    expect(await cli.print('user', 'assign', 'john', '--profile', 'Prof', '--reason', 'teaches')).toBe(
      'The profile of john is Prof.\n',
    );
    expect(await cli.json('usage', 'show', 'john')).toMatchObject({
      effective_profile: { name: 'Prof' },
      used_total: 0,
    });
    expect(await cli.print('user', 'assign', 'john', '--profile', 'none')).toBe(
      'The profile of john is Étudiant.\n',
    );
    expect(await history(cli.databaseUrl())).toEqual([
      ['assigned', null, 'Étudiant', 'Profil automatiquement modifié (assigned)'],
      ['updated', 'Étudiant', 'Prof', 'teaches'],
      ['updated', 'Prof', 'Étudiant', 'Profil automatiquement modifié (updated)'],
    ]);
  });

  test('creates, updates, shows, lists and deletes', async () => {
    const created = await cli.print(
      'user',
      'create',
      '--username',
      'john',
      '--is-staff',
      '--email',
      'john@example.org',
    );
    expect(created).toBe('Created user john (id 1).\n');
    await cli.print(
      'user',
      'update',
      'john',
      '--first-name',
      'John',
      '--is-staff',
      'false',
      '--matricule',
      '007',
    );
    expect(await cli.json('user', 'show', 'john')).toMatchObject({
      username: 'john',
      first_name: 'John',
      email: 'john@example.org',
      matricule: '007',
      role: 'user',
      effective_profile: null,
    });
    expect(await cli.json('user', 'list')).toEqual([expect.objectContaining({ id: 1 })]);
    expect(await cli.print('user', 'list')).toMatch(/^ 1 +john +John +yes +- +default +user$/m);
    expect(await cli.print('user', 'show', '1')).toMatch(/^matricule +007$/m);
    expect(await cli.print('user', 'delete', 'john', '--dry-run')).toBe('Would delete user john (id 1).\n');
    expect(await cli.print('user', 'delete', 'john')).toBe('Deleted user john (id 1).\n');
    expect(await cli.json('user', 'list')).toEqual([]);
  });

  test.each([
    [
      'an assignment of nothing',
      ['assign', 'john'],
      64,
      'nothing to assign: give --profile NAME, --promotion NAME or both',
    ],
    ['an unknown user', ['show', 'john'], 66, 'there is no user "john"; expected the name or id of one'],
    [
      'an e-mail address that is none',
      ['create', '--username', 'john', '--email', 'not-an-email'],
      64,
      '--email: expected an e-mail address of at most 254 characters, or nothing, got "not-an-email"',
    ],
    [
      'a MAC address that is none',
      ['create', '--username', 'john', '--mac-address', 'zz'],
      64,
      '--mac-address: expected a MAC address such as AA-BB-CC-DD-EE-FF, aa:bb:cc:dd:ee:ff or aabb.ccdd.eeff, or none, got "zz"',
    ],
    [
      'a name that reads like the command line',
      ['create', '--username', 'cli:root'],
      64,
      '--username: expected a name that does not begin with token:, cli: or user:',
    ],
    ['a missing username', ['create'], 64, 'username'],
    ['a change of nothing', ['update', 'john'], 64, 'there is nothing to change; '],
  ])('refuses %s', async (_name, args, exitCode, message) => {
    const refused = await cli.run('user', ...args);
    expect(refused).toMatchObject({ code: exitCode, stdout: '', stderr: expect.stringContaining(message) });
  });
});

/** History rows, oldest first; each must name the person at the terminal. */
async function history(url: string): Promise<unknown[]> {
  const db = openDatabase(url);
  try {
    const rows = await db.knex('profile_history').orderBy('id');
    expect(new Set(rows.map((row) => row.changed_by_name))).toEqual(new Set([`cli:${userInfo().username}`]));
    return rows.map((row) => [row.change_type, row.old_profile_name, row.new_profile_name, row.reason]);
  } finally {
    await db.close();
  }
}
