import { describe, expect, test } from 'vitest';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';

describe('radmeter profile', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();

  test('creates, updates, lists, shows and deletes', async () => {
    expect(await cli.print('profile', 'list')).toBe(
      'No profile. Create one with `radmeter profile create --name NAME`.\n',
    );
    expect(await cli.print('profile', 'create', '--name', 'Étudiant', '--data-volume', '50GiB')).toBe(
      'Created profile Étudiant (id 1).\n',
    );
    await cli.print('profile', 'update', 'Étudiant', '--daily-limit', 'none', '--idle-timeout', '0');
    await cli.print('profile', 'update', 'Étudiant', '--weekly-limit', '30GB', '--monthly-limit', '1TiB');
    expect(await cli.json('profile', 'list')).toEqual([
      expect.objectContaining({
        id: 1,
        name: 'Étudiant',
        data_volume_gb: 50,
        daily_limit: null,
        weekly_limit: 30_000_000_000,
        monthly_limit: 1024 ** 4,
        idle_timeout: 0,
      }),
    ]);
    expect(await cli.json('profile', 'show', '1')).toMatchObject({ name: 'Étudiant', users_count: 0 });
    expect(await cli.print('profile', 'list')).toMatch(/Étudiant +yes +50\.00 GiB +- +27\.94 GiB/);
    expect(await cli.print('profile', 'show', 'Étudiant')).toMatch(/^daily limit +none$/m);
    expect(await cli.print('profile', 'delete', 'Étudiant')).toBe(
      'Deleted profile Étudiant: 0 users and 0 promotions lose it.\n',
    );
    expect(await cli.json('profile', 'list')).toEqual([]);
  });

  test('says who would lose a profile, and deletes one in use only by force', async () => {
    await cli.print('profile', 'create', '--name', 'A');
    await cli.print('promotion', 'create', '--name', 'L3', '--profile', 'A');
    await cli.print('user', 'create', '--username', 'john', '--promotion', 'L3');
    expect(await cli.print('profile', 'delete', 'A', '--dry-run')).toBe(
      'Would delete profile A: 1 users and 1 promotions lose it.\n',
    );
    const refused = await cli.run('profile', 'delete', 'A');
    expect(refused).toMatchObject({
      code: 73,
      stdout: '',
      stderr:
        'radmeter: profile "A" is in use by 1 user and 1 promotion; give them another one first, or force the deletion (--force)\n',
    });
    await cli.print('profile', 'delete', 'A', '--force', '--reason', 'over');
    expect(await cli.json('usage', 'show', 'john')).toMatchObject({
      is_active: false,
      effective_profile: null,
    });
  });

  test.each([
    [
      'an unknown profile',
      ['show', 'nothing'],
      66,
      'there is no profile "nothing"; expected the name or id of one',
    ],
    [
      'a bad number',
      ['create', '--name', 'A', '--data-volume', '50G'],
      64,
      '--data-volume: expected octets such as 1048576 or 50GiB (KiB, MiB, GiB, TiB, kB, MB, GB, TB), got "50G"',
    ],
    [
      'octets below zero',
      ['create', '--name', 'A', '--daily-limit', '-1'],
      64,
      '--daily-limit: expected a whole number of octets from 0 to 9007199254740991, or none, got -1',
    ],
    [
      'a value out of range',
      ['create', '--name', 'A', '--validity-duration', '31'],
      64,
      '--validity-duration: expected one of 7, 14',
    ],
    [
      'none where something must be',
      ['create', '--name', 'A', '--data-volume', 'none'],
      64,
      '--data-volume: expected',
    ],
    ['a missing name', ['create'], 64, 'name'],
    [
      'the word that stands for no profile as a name',
      ['create', '--name', 'None'],
      64,
      '--name: expected a name other than none, which flags such as --profile take for no profile; got "None"',
    ],
    ['a change of nothing', ['update', 'A'], 64, 'there is nothing to change; '],
    [
      'a flag given twice',
      ['create', '--name', 'A', '--data-volume', '1', '--data-volume', '2'],
      64,
      '--data-volume is given more than once; keep one',
    ],
    [
      'null where none is said on a command line',
      ['create', '--name', 'A', '--daily-limit', 'x'],
      64,
      '--daily-limit: expected octets such as 1048576 or 50GiB (KiB, MiB, GiB, TiB, kB, MB, GB, TB), or none, got "x"',
    ],
    ['an unknown flag', ['create', '--name', 'A', '--daily', '5'], 64, 'daily'],
  ])('refuses %s', async (_name, args, exitCode, message) => {
    const refused = await cli.run('profile', ...args);
    expect(refused).toMatchObject({ code: exitCode, stdout: '', stderr: expect.stringContaining(message) });
  });
});
