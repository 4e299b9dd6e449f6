import { describe, expect, test } from 'vitest';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';

describe('radmeter usage', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();

  test('adds, lists and shows', async () => {
    expect(await cli.json('usage', 'list')).toEqual([]);
    await cli.print('profile', 'create', '--name', 'Étudiant', '--daily-limit', '1000');
    await cli.print('user', 'create', '--username', 'john', '--profile', 'Étudiant');
    expect(await cli.print('usage', 'add', 'john', '1500', '--reason', 'a test')).toBe(
      'Added 1500 octets to john: 1500 (1.46 KiB) in all.\n',
    );
    expect(await cli.json('usage', 'list')).toEqual([
      expect.objectContaining({
        user_username: 'john',
        used_today: 1500,
        daily_usage_percent: 100,
        is_exceeded: true,
      }),
    ]);
    expect(await cli.print('usage', 'list')).toMatch(/^john +Étudiant +1\.46 KiB .* exceeded$/m);
    expect(await cli.print('usage', 'show', 'john')).toMatch(/^today +1500 \(1\.46 KiB\) of 1000$/m);
  });

  test.each([
    ['no octets', ['add', 'john', '0'], 64, 'bytes_used: expected a positive whole number of octets, got 0'],
    ['text', ['add', 'john', '1e9'], 64, 'octets: expected a positive whole number, got "1e9"'],
    ['an unknown user', ['add', 'john', '5'], 66, 'there is no user "john"'],
    ['an unknown user to show', ['show', 'john'], 66, 'there is no user "john"'],
  ])('refuses %s', async (_name, args, exitCode, message) => {
    const refused = await cli.run('usage', ...args);
    expect(refused).toMatchObject({ code: exitCode, stdout: '', stderr: expect.stringContaining(message) });
  });
});
