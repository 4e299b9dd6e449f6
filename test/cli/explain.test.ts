import { describe, expect, test } from 'vitest';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';

describe('radmeter explain', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();

  test('answers in one sentence, with the numbers behind it', async () => {
    await cli.print('profile', 'create', '--name', 'A', '--daily-limit', '1024', '--data-volume', '4096');
    await cli.print('user', 'create', '--username', 'john', '--profile', 'A');
    expect(await cli.print('explain', 'john')).toMatch(
      /^john peut être en ligne ; il reste 1,00 Ko aujourd'hui\.\n\nprofile +A \(own\)\nsessions open +0 of 1\n/,
    );
    await cli.print('usage', 'add', 'john', '2048');
    expect(await cli.print('explain', 'john', '--language', 'en')).toMatch(
      /^john cannot be online: the daily quota is spent \(2\.00 KiB of 1\.00 KiB\), until .* at 00:00\.\n(.*\n)+reasons +quota_daily\nallowed again +\S+T00:00:00Z\n(.*\n)+daily +2\.00 KiB +1\.00 KiB +0 +\S+Z\n/,
    );
    expect(await cli.json('explain', 'john')).toMatchObject({
      user_username: 'john',
      allowed: false,
      reasons: [{ code: 'quota_daily', used: 2048, limit: 1024 }],
      effective_profile: { name: 'A' },
    });
  });

  test('knows the default profile, and says where there is nobody', async () => {
    await cli.print('user', 'create', '--username', 'jane');
    expect(await cli.json('explain', 'jane')).toMatchObject({
      allowed: true,
      sentence: 'jane peut être en ligne, sans limite de volume.',
      effective_profile: null,
      simultaneous_use: 1,
    });
    expect(await cli.run('explain', 'nobody')).toMatchObject({
      code: 66,
      stderr: expect.stringContaining('there is no user "nobody"'),
    });
  });
});
