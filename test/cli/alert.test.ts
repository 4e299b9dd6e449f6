import { describe, expect, test } from 'vitest';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';

describe('radmeter alert', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();
  const alert = (...args: string[]) => cli.print('alert', ...args);

  test('creates, lists, updates and deletes, as HTTP shows it', async () => {
    expect(await alert('list')).toMatch(/^No alert\. Create one with `radmeter alert create/);
    await cli.print('profile', 'create', '--name', 'Étudiant');
    expect(await alert('create', '--profile', 'Étudiant', '--alert-type', 'quota_warning')).toBe(
      'Created alert 1: quota_warning of profile Étudiant at 80 % of the volume, by system.\n',
    );
    const expiry = ['--profile', '1', '--alert-type', 'expiry_warning', '--threshold-days', '3'];
    await alert('create', ...expiry, '--message-template', '{days_remaining} days', '--is-active=no');
    expect(await cli.json('alert', 'list', '--profile', 'Étudiant')).toMatchObject([
      {
        id: 2,
        alert_type: 'expiry_warning',
        threshold_days: 3,
        is_active: false,
        message_template: '{days_remaining} days',
      },
      { id: 1, profile_name: 'Étudiant', threshold_percent: 80, period: 'total', created_by: null },
    ]);
    const changes = ['--threshold-percent', '95', '--period', 'daily', '--notification-method', 'all'];
    expect(await alert('update', '1', ...changes)).toBe(
      'Updated alert 1: quota_warning of profile Étudiant at 95 % of the daily limit, by all.\n',
    );
    await alert('update', '2', '--is-active', '--message-template', 'none');
    expect(await alert('list')).toMatch(
      /^ 2 +Étudiant +expiry_warning +3 days left +system +yes +-\n 1 +Étudiant +quota_warning +95 % of the daily limit +all +yes +-$/m,
    );
    const gone = 'alert 1: quota_warning of profile Étudiant at 95 % of the daily limit, by all.\n';
    expect(await alert('delete', '1', '--dry-run')).toBe(`Would delete ${gone}`);
    expect(await alert('delete', '1')).toBe(`Deleted ${gone}`);
    expect(await cli.json('alert', 'list')).toMatchObject([{ id: 2 }]);
    expect(await cli.print('audit', 'list', '--object', 'alert')).toMatch(/delete +alert 1/);
  });

  test('shows so many as were asked for, and says that there are more', async () => {
    await cli.print('profile', 'create', '--name', 'A');
    for (const percent of ['1', '2', '3']) {
      const flags = ['--alert-type', 'quota_warning', '--threshold-percent', percent];
      await alert('create', '--profile', 'A', ...flags);
    }
    const { stdout, stderr } = await cli.run('alert', 'list', '--limit', '2', '--json');
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect(stderr).toBe('Only the newest 2; --limit N shows more.\n');
  });

  const NEW = ['create', '--profile', 'A', '--alert-type', 'quota_warning'];

  test.each<[string, string[], number, string]>([
    [
      'an unknown profile',
      ['create', '--profile', 'B', '--alert-type', 'quota_warning'],
      66,
      'no profile "B"',
    ],
    ['no type', ['create', '--profile', 'A'], 64, '--alert-type: expected a value; got nothing'],
    ['an unknown type', ['create', '--profile', 'A', '--alert-type', 'x'], 64, '"quota_warning"'],
    ['too many percent', [...NEW, '--threshold-percent', '1001'], 64, '--threshold-percent: expected a'],
    [
      'an expiry without its days',
      ['create', '--profile', 'A', '--alert-type', 'expiry_warning'],
      64,
      'threshold-days: This field is required for alert_type expiry_warning.',
    ],
    ['a placeholder that nobody knows', [...NEW, '--message-template', '{name}'], 64, '--message-template: '],
    ['one that is there already', NEW, 73, 'must make a unique set'],
    [
      'an id that is none',
      ['update', 'x', '--is-active'],
      64,
      'id: expected the number that `alert list` shows; got "x"',
    ],
    ['an unknown id', ['delete', '7'], 66, 'Not found.'],
    ['a change of nothing', ['update', '1'], 64, 'there is nothing to change'],
  ])('refuses %s', async (_, args, code, message) => {
    await cli.print('profile', 'create', '--name', 'A');
    if (code === 73) await alert(...NEW);
    expect(await cli.run('alert', ...args)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});
