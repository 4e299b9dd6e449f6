/** `radmeter mail list` and `retry`: what became of messages, and beginning again. */
import { beforeEach, expect, it } from 'vitest';
import { type AlertStory, alertStory } from '../support/alert-story.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('messages at the command line', (getDatabase) => {
  let story: AlertStory;

  beforeEach(async () => {
    story = await alertStory(getDatabase().db);
    await story.alert({ notificationMethod: 'all' });
    await story.join('john', 45);
    await story.join('jane', 45, { email: '', phoneNumber: null });
    await story.join('jack', 45, { phoneNumber: null });
    await getDatabase().db.knex('users').where('username', 'jack').update({ email: 'jack at home' });
    await story.check();
  });

  const run = (...args: string[]) => runInProcess(args, { RADMETER_DATABASE_URL: getDatabase().url });
  const listed = async (...args: string[]): Promise<Record<string, unknown>[]> =>
    JSON.parse((await run('mail', 'list', ...args, '--json')).stdout);
  const knex = () => getDatabase().db.knex;
  const giveUp = async (table: string) => {
    await knex()(table).update({
      status: 'failed',
      attempts: 20,
      last_error: 'away',
      created_at: 1,
      due_at: 1,
    });
    await knex()('alert_deliveries')
      .whereIn('id', knex()(table).select('delivery_id'))
      .update({ status: 'failed', detail: 'away' });
  };

  it('lists mails, text messages and whoever has no address', async () => {
    const lines = (await listed()).map(({ method, username, status, last_error: error }) => [
      ...[method, username, status, error],
    ]);
    expect(lines.toSorted()).toEqual([
      ['email', 'jack', 'undeliverable', 'the user\'s e-mail address is none: "jack at home"'],
      ['email', 'jane', 'undeliverable', 'the user has no e-mail address'],
      ['email', 'john', 'pending', null],
      ['sms', 'jack', 'undeliverable', 'the user has no phone number'],
      ['sms', 'jane', 'undeliverable', 'the user has no phone number'],
      ['sms', 'john', 'pending', null],
    ]);
    expect(await listed('--method', 'sms', '--status', 'pending')).toMatchObject([
      { method: 'sms', recipient: '+237600', subject: null, next_attempt_at: '2025-12-11T12:00:00Z' },
    ]);
    const table = (await run('mail', 'list', '--status', 'undeliverable', '--limit', '1')).stdout.split('\n');
    expect(table[0]).toMatch(/^ *ID +BY +TO +SUBJECT +STATUS/);
    expect(table[1]).toMatch(/ - +(email|sms) +(jack|jane) +.*undeliverable/);
    expect((await listed('--limit', '2')).length).toBe(2);
  });

  it.each([
    [['7'], 'mail_queue', 1],
    [['7', '--method', 'sms'], 'webhook_queue', 1],
    [['--failed', '--method', 'email'], 'mail_queue', 1],
    [['--failed'], 'webhook_queue', 2],
  ] as const)('begins again with %j what was given up', async (args, table, count) => {
    for (const each of ['mail_queue', 'webhook_queue']) {
      await giveUp(each);
      await knex()(each).update({ id: 7 });
    }
    const tried = await run('mail', 'retry', ...args, '--dry-run', '--json');
    expect([tried.code, JSON.parse(tried.stdout)]).toEqual([0, { dry_run: true, count }]);
    expect(await listed('--status', 'pending')).toEqual([]);
    const { code, stdout } = await run('mail', 'retry', ...args);
    expect([code, stdout]).toEqual([
      0,
      count === 1 ? '1 message begun again.\n' : '2 messages begun again.\n',
    ]);
    expect(await listed('--status', 'pending')).toHaveLength(count);
    const row = await knex()(table).first();
    expect(row).toMatchObject({ id: 7, status: 'pending', attempts: 0, leased_by: null });
    // It has a fortnight again.
    expect(Math.abs(row.created_at - Date.now())).toBeLessThan(600_000);
    expect(row.due_at).toBe(row.created_at);
    expect(await knex()('alert_deliveries').where('id', row.delivery_id).first()).toMatchObject({
      ...{ status: 'pending', detail: null },
    });
    expect(await knex()('audit_log').where('object_type', 'message').first()).toMatchObject({
      action: 'retry',
    });
  });

  it.each([
    [['mail', 'retry'], 64, /one of an id and --failed/],
    [['mail', 'retry', '7', '--failed'], 64, /one of an id and --failed/],
    [['mail', 'retry', 'seven'], 64, /whole number/],
    [['mail', 'retry', '8'], 66, /no message 8/],
  ] as const)('refuses %j', async (args, code, message) => {
    const ended = await run(...args);
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringMatching(message)]);
  });

  it('begins nothing again that was sent or is being sent', async () => {
    await knex()('mail_queue').update({ id: 7, leased_by: 'alpha' });
    expect(await run('mail', 'retry', '7')).toMatchObject({
      code: 73,
      stderr: expect.stringContaining('by alpha'),
    });
    await knex()('mail_queue').update({ status: 'sent', leased_by: null });
    expect(await run('mail', 'retry', '7')).toMatchObject({
      code: 73,
      stderr: expect.stringContaining('was sent'),
    });
    expect((await run('mail', 'retry', '--failed')).stdout).toBe('0 messages begun again.\n');
  });
});
