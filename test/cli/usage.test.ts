import { describe, expect, test } from 'vitest';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';

describe('radmeter usage', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();

  test('adds, lists and shows', async () => {
    await cli.print('migrate');
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

  test('adjusts by signed sizes, and shows what was adjusted', async () => {
    await cli.print('profile', 'create', '--name', 'A', '--daily-limit', '1000');
    await cli.print('user', 'create', '--username', 'john', '--profile', 'A');
    await cli.print('usage', 'add', 'john', '1048676');
    const dryRun = await cli.json('usage', 'adjust', 'john', '-1MiB', '--reason', 'outage', '--dry-run');
    expect(dryRun).toMatchObject({
      user_username: 'john',
      octets: -1048576,
      dry_run: true,
      before: { today: 1048676 },
      after: { today: 100, week: 100, month: 100, total: 100 },
      difference: { today: -1048576 },
      was_exceeded: true,
      is_exceeded: false,
    });
    expect(await cli.print('usage', 'adjust', 'john', '-1MiB', '--reason', 'outage')).toMatch(
      /^1048576 \(1\.00 MiB\) given back to john:\n(.*\n)+today +1\.00 MiB +100 +-1048576 \(-1\.00 MiB\)\n(.*\n)+The quota is no longer exceeded\.\n$/,
    );
    expect(await cli.print('usage', 'adjust', 'john', '-500', '--reason', 'x', '--counter', 'today')).toMatch(
      /^100 given back to john, of 500 that were to be:\n(.*\n)+today +100 +0 +-100\n(.*\n)+No counter goes below zero/,
    );
    expect(await cli.print('usage', 'adjust', 'john', '-500MiB', '--reason', 'x', '--dry-run')).toMatch(
      /^Nothing is changed yet: up to 100 given back to john, of 524288000 \(500\.00 MiB\) that were to be, would mean\n/,
    );
    expect(await cli.print('usage', 'adjust', 'john', '-1', '--reason', 'x', '--counter', 'today')).toMatch(
      /^Nothing given back to john: nothing was used\.\n(.*\n)+today +0 +0 +0\n/,
    );
    await cli.print('usage', 'adjust', 'john', '--reason', 'x', '+2KiB');
    expect(await cli.print('usage', 'show', 'john')).toMatch(
      /^WHEN .*\n\S+Z +2\.00 KiB +2\.00 KiB .* adjust +cli:\S+ +x\n\S+Z +-100 +0 +0 +0 +adjust .*\n.* outage\n.* add_usage .*$/m,
    );
    expect(await cli.json('usage', 'show', 'john')).toMatchObject({
      used_today: 2048,
      adjustments: [{ today: 2048, kind: 'adjust', reason: 'x' }, { today: -100 }, {}, {}],
    });
  });

  test('refuses what it cannot do', async () => {
    await cli.print('migrate');
    for (const [args, exitCode, message] of REFUSED) {
      const refused = await cli.run('usage', ...args);
      expect(refused).toMatchObject({ code: exitCode, stdout: '', stderr: expect.stringContaining(message) });
    }
  });
});

const REFUSED: readonly (readonly [args: readonly string[], exitCode: number, message: string])[] = [
  [['add', 'john', '0'], 64, 'bytes_used: expected a positive whole number of octets, got 0'],
  [['add', 'john', '1e9'], 64, 'octets: expected octets such as 1048576 or 50GiB (KiB, '],
  [['add', 'john', '-5MiB'], 64, 'bytes_used: expected a positive whole number of octets, got -5242880'],
  [['add', 'john', '5'], 66, 'there is no user "john"'],
  [['show', 'john'], 66, 'there is no user "john"'],
  [['adjust', 'john', '-1.5MiB', '--reason', 'x'], 64, 'kB, MB, GB, TB); got "-1.5MiB"'],
  [['adjust', 'john', '-5'], 64, 'say why: --reason TEXT'],
];
