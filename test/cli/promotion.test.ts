import { describe, expect, test } from 'vitest';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';

describe('radmeter promotion', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();

  test('creates, updates, assigns, lists and deletes', async () => {
    await cli.print('profile', 'create', '--name', 'Étudiant');
    expect(await cli.print('promotion', 'create', '--name', 'L3 Info')).toBe(
      'Created promotion L3 Info (id 1).\n',
    );
    await cli.print('user', 'create', '--username', 'john', '--promotion', 'L3 Info');
    expect(await cli.print('promotion', 'assign', 'L3 Info', '--profile', 'Étudiant')).toBe(
      'Promotion L3 Info has profile Étudiant. The effective profile of 1 users changed.\n',
    );
    expect(await cli.print('promotion', 'list')).toMatch(/^ 1 +L3 Info +yes +Étudiant +1 +1$/m);
    await cli.print('promotion', 'update', '1', '--name', 'L3 Informatique', '--no-is-active');
    expect(await cli.json('promotion', 'list')).toEqual([
      expect.objectContaining({
        name: 'L3 Informatique',
        is_active: false,
        profile_name: 'Étudiant',
        user_count: 1,
      }),
    ]);
    expect(await cli.print('promotion', 'delete', 'L3 Informatique', '--dry-run')).toBe(
      'Would delete promotion L3 Informatique, which has 1 members.\n',
    );
    expect(await cli.print('promotion', 'delete', 'L3 Informatique')).toBe(
      'Deleted promotion L3 Informatique. The effective profile of 1 users changed.\n',
    );
    expect(await cli.json('promotion', 'list')).toEqual([]);
  });

  test('takes a profile away with none', async () => {
    await cli.print('profile', 'create', '--name', 'Étudiant');
    await cli.print('promotion', 'create', '--name', 'L3', '--profile', 'Étudiant');
    expect(await cli.print('promotion', 'assign', 'L3', '--profile', 'none')).toBe(
      'Promotion L3 has no profile. The effective profile of 0 users changed.\n',
    );
  });

  test('wants to know which profile to assign', async () => {
    const refused = await cli.run('promotion', 'assign', 'L3');
    expect(refused).toMatchObject({ code: 64, stderr: expect.stringContaining('profile') });
  });
});
