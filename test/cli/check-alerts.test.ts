/** `check_profile_alerts` and `mail` at the command line: the contract's lines, and nothing that has not happened (contract §11, §0.13). */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AlertStory, alertStory } from '../support/alert-story.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startMailServer, type TestMailServer } from '../support/mail-server.ts';

describeEachDatabase('alerts at the command line', (getDatabase) => {
  let story: AlertStory;
  let server: TestMailServer;
  /** What recipients are answered; undefined: they are taken. */
  let refusal: string | undefined;

  beforeEach(async () => {
    const { db } = getDatabase();
    await db.knex('settings').insert({ name: 'timezone', value: 'UTC' });
    story = await alertStory(db);
    refusal = undefined;
    server = await startMailServer({ refuse: () => refusal });
  });
  afterEach(() => server.close());

  const run = (...args: string[]) =>
    runInProcess(args, {
      RADMETER_DATABASE_URL: getDatabase().url,
      RADMETER_SMTP_URL: `smtp://127.0.0.1:${server.port}?tls=off`,
      RADMETER_MAIL_FROM: 'noreply@ucac-icam.com',
    });
  const use45 = async (fields: object = {}) => {
    await story.alert(fields);
    await story.join('john', 45);
  };
  const HEAD = `Checking 1 active alerts...

⚠ Found 1 triggered alerts

  Alert: Avertissement quota
  User: john (john@example.org)
  Profile: Étudiant
  Message: Attention: 90.0% de votre quota utilisé
`;

  it.each(['check_profile_alerts', 'check-profile-alerts'])('%s lists, and tells nobody', async (command) => {
    await use45();
    const { code, stdout } = await run(command);
    expect([code, stdout]).toEqual([0, `${HEAD}\nProcessed 1 triggered alerts\n`]);
    expect(await story.deliveries()).toEqual([]);
  });

  it('shows the others where one row is spoilt, and ends with the code of bad data', async () => {
    await use45();
    const jane = await story.join('jane', 45);
    await getDatabase().db.knex.raw(
      `UPDATE user_profile_usage SET used_today = 9223372036854775807 WHERE user_id = ${jane}`,
    );
    const { code, stdout, stderr } = await run('check_profile_alerts');
    expect([code, stdout]).toEqual([65, `${HEAD}\nProcessed 1 triggered alerts\n`]);
    expect(stderr).toMatch(/1 row was left out.*\(jane\)/);
  });

  it('says with --dry-run who would be told, also beside --send-email', async () => {
    await use45();
    const { stdout } = await run('check_profile_alerts', '--dry-run', '--send-email');
    expect(stdout).toBe(
      `${HEAD}  [DRY RUN] Would send notification to john@example.org\n\n[DRY RUN] Processed 1 triggered alerts\n`,
    );
    expect(server.received).toHaveLength(0);
    expect(await story.deliveries()).toEqual([]);
  });

  it('sends with --send-email, once, and says so', async () => {
    await use45();
    const { stdout } = await run('check_profile_alerts', '--send-email');
    expect(stdout).toBe(`${HEAD}  ✓ Notification sent to john@example.org\n\nProcessed 1 triggered alerts\n`);
    const again = await run('check_profile_alerts', '--send-email');
    expect(again.stdout).toMatch(/ {2}✓ Notification sent to john@example\.org \(already told 20.*Z\)\n/);
    expect(server.received).toHaveLength(1);
    expect(server.received[0]?.from?.text).toBe('noreply@ucac-icam.com');
  });

  it('puts no check mark where nothing was sent, and ends well', async () => {
    refusal = '450 4.2.1 mailbox busy';
    await use45();
    const { code, stdout } = await run('check_profile_alerts', '--send-email');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        / {2}✗ Failed to send notification: .*mailbox busy.* \(it will be tried again\)\n/,
      ),
    ]);
    expect(stdout).not.toContain('✓');
    const waiting = await run('mail', 'list', '--status', 'pending', '--json');
    expect(JSON.parse(waiting.stdout)).toMatchObject([
      { recipient: 'john@example.org', status: 'pending', attempts: 1, sent_at: null },
    ]);
    expect((await run('mail', 'list', '--status', 'sent')).stdout).toBe('No such message.\n');
  });

  it('says what really became of each way', async () => {
    await use45({ notificationMethod: 'all' });
    const { stdout } = await run('check_profile_alerts', '--send-email');
    expect(stdout).toContain('  ✓ Notification sent to john@example.org\n  ✓ Notification shown to john\n');
  });

  it('says where nothing can be sent', async () => {
    await use45({ notificationMethod: 'sms' });
    const { stdout } = await run('check_profile_alerts', '--send-email');
    expect(stdout).toContain(
      '  ✗ Failed to send notification: no SMS webhook is configured (sms-webhook-url)\n',
    );
  });

  it('names whom it told where they have no address any more', async () => {
    await use45();
    await run('check_profile_alerts', '--send-email');
    await getDatabase().db.knex('users').where('username', 'john').update({ email: '' });
    expect((await run('check_profile_alerts', '--send-email')).stdout).toMatch(
      / {2}✓ Notification sent to john \(already told 20.*Z\)\n/,
    );
    expect((await run('check_profile_alerts', '--dry-run')).stdout).toContain(
      'Would not send again to john: ',
    );
  });

  it('prints zeros where nothing is due', async () => {
    expect((await run('check_profile_alerts')).stdout).toBe(
      'Checking 0 active alerts...\n\n⚠ Found 0 triggered alerts\n\nProcessed 0 triggered alerts\n',
    );
  });

  it('sends a test mail, and says why it cannot', async () => {
    const sent = await run('mail', 'test', 'me@example.org');
    expect([sent.code, sent.stdout]).toEqual([
      0,
      expect.stringMatching(/^smtp:\/\/127\.0\.0\.1:\d+ \(in clear\) took a mail to me@example\.org: 250 /),
    ]);
    expect(server.received[0]?.subject).toBe('Essai de radmeter');
    refusal = '550 5.1.1 no such user';
    const refused = await run('mail', 'test', 'me@example.org');
    expect([refused.code, refused.stderr]).toEqual([69, expect.stringContaining('550 5.1.1 no such user')]);
    expect((await run('mail', 'test', 'me@example.org, you@example.org')).code).toBe(64);
  });
});
