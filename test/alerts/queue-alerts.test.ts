/** Beginning deliveries: once for each firing, armed again as contract §0.11 says. */
import { beforeEach, describe, expect, it } from 'vitest';
import { alertCheck } from '../../src/alerts/alert-check.ts';
import { checkAlerts } from '../../src/alerts/check-alerts.ts';
import { checkAndQueueAlerts } from '../../src/alerts/queue-alerts.ts';
import { Calendar } from '../../src/usage/period.ts';
import { resetUsage } from '../../src/usage/usage-reset-commands.ts';
import { type AlertStory, alertStory, GIB } from '../support/alert-story.ts';
import { describeEachDatabase } from '../support/databases.ts';

const OPEN = { email: true, sms: true };

describeEachDatabase('queueing alerts', (getDatabase) => {
  let story: AlertStory;

  beforeEach(async () => {
    story = await alertStory(getDatabase().db);
  });

  const rowsOf = (table: string) => getDatabase().db.knex(table).orderBy('id').select('*');

  it('begins one delivery for each alert, user and way, with what leaves', async () => {
    await story.alert();
    await story.alert({
      alertType: 'quota_critical',
      notificationMethod: 'all',
      messageTemplate: '<{username}>',
    });
    await story.join('below', 39);
    const john = await story.join('john', 42.5);
    expect(await story.check()).toEqual({ triggered: 2, begun: 4, undeliverable: 0, ended: 0, spoilt: [] });
    expect((await story.deliveries()).toSorted()).toEqual([
      'john email pending',
      'john email pending',
      'john sms pending',
      'john system delivered',
    ]);
    const mails = await rowsOf('mail_queue');
    const [warning] = mails.filter(({ subject }: { subject: string }) => subject.includes('Avert'));
    expect(warning).toMatchObject({
      recipient: 'john@example.org',
      subject: 'Alerte profil: Avertissement quota',
      body_text: 'Attention: 85.0% de votre quota utilisé',
      status: 'pending',
      attempts: 0,
    });
    expect(warning.body_html).toContain('42,5 Go sur 50 Go (85\u00a0%)');
    expect(warning.body_html).toContain('10 janvier 2026 à 13:00');
    const [message] = await rowsOf('webhook_queue');
    expect(JSON.parse(message.body)).toMatchObject({ to: '+237600', message: '<john>', user_id: john });
    expect(await rowsOf('notices')).toMatchObject([{ user_id: john, message: '<john>', read_at: null }]);
    expect(mails.map(({ body_html: html }: { body_html: string }) => html).join()).toContain('&lt;john&gt;');
  });

  it('begins nothing twice, however often and from wherever it is checked', async () => {
    await story.alert({ notificationMethod: 'all' });
    for (const name of ['a', 'b', 'c']) await story.join(name, 45);
    await Promise.all([story.check(), story.check(), story.check()]);
    await story.check();
    expect(await rowsOf('mail_queue')).toHaveLength(3);
    expect(await rowsOf('webhook_queue')).toHaveLength(3);
    expect(await rowsOf('notices')).toHaveLength(3);
  });

  describe('fires again', () => {
    it('after it fell below the threshold', async () => {
      await story.alert();
      const john = await story.join('john', 45);
      await story.check();
      await story.use(john, { used_total: 39 * GIB });
      expect(await story.check()).toMatchObject({ begun: 0, ended: 1 });
      expect(await story.check()).toMatchObject({ begun: 0, ended: 0 });
      await story.use(john, { used_total: 45 * GIB });
      expect(await story.check()).toMatchObject({ begun: 1, ended: 0 });
      expect(await story.deliveries()).toEqual(['(john email pending)', 'john email pending']);
    });

    it('after the threshold or the limit rose above what is used', async () => {
      const alert = await story.alert();
      await story.join('john', 45);
      await story.check();
      const { knex } = getDatabase().db;
      await knex('profile_alerts').where('id', alert).update({ threshold_percent: 95 });
      expect(await story.check()).toMatchObject({ ended: 1, begun: 0 });
      await knex('profiles').update({ data_volume: 46 * GIB });
      expect(await story.check()).toMatchObject({ ended: 0, begun: 1 });
    });

    it('after a reset', async () => {
      await story.alert();
      const john = await story.join('john', 45);
      await story.check();
      story.context.clock.set('2025-12-11T13:00:00Z');
      const [{ id }] = await rowsOf('user_profile_usage');
      await resetUsage(story.context, id, 'all');
      await story.use(john, { used_total: 45 * GIB });
      expect(await story.check()).toMatchObject({ begun: 1 });
    });

    it('for an expiry date that has moved, and not each day until then', async () => {
      await story.alert({ alertType: 'expiry_imminent', thresholdDays: 3 });
      const john = await story.join('john', 0);
      for (const day of ['2026-01-08', '2026-01-09', '2026-02-01']) {
        story.context.clock.set(`${day}T12:00:00Z`);
        await story.check();
      }
      expect(await rowsOf('mail_queue')).toHaveLength(1);
      await story.use(john, { activation_date: '2026-02-01 12:00:00' });
      expect(await story.check()).toMatchObject({ begun: 0, ended: 1 });
      story.context.clock.set('2026-03-01T12:00:00Z');
      expect(await story.check()).toMatchObject({ begun: 1 });
    });
  });

  it('keeps what was told while usage or alert are not active, and forgets whose profile changed', async () => {
    const { knex } = getDatabase().db;
    const alert = await story.alert();
    await story.join('idle', 45);
    await story.check();
    await knex('user_profile_usage').update({ is_active: false });
    await story.check();
    await knex('user_profile_usage').update({ is_active: true });
    await knex('profile_alerts').where('id', alert).update({ is_active: false });
    await story.check();
    await knex('profile_alerts').where('id', alert).update({ is_active: true });
    await story.check();
    expect(await story.deliveries()).toEqual(['idle email pending']);
    await knex('users').update({ profile_id: null });
    expect(await story.check()).toMatchObject({ ended: 1 });
  });

  it.each([
    ['a user without address', { email: '' }, 'email', {}, 'the user has no e-mail address'],
    [
      'an address that is none',
      { email: 'a@b.c, d@e.f' },
      'email',
      {},
      'the user\'s e-mail address is none: "a@b.c, d@e.f"',
    ],
    ['a user without number', { phoneNumber: null }, 'sms', {}, 'the user has no phone number'],
    ['no mail server', {}, 'email', { email: false }, 'no mail server is configured (smtp-url)'],
    ['no webhook', {}, 'sms', { sms: false }, 'no SMS webhook is configured (sms-webhook-url)'],
  ] as const)(
    'says that %s was in the way, and tells once it is not',
    async (_, fields, method, closed, why) => {
      const { knex } = getDatabase().db;
      await story.alert({ notificationMethod: method });
      const john = await story.join('john', 45);
      const columns =
        'email' in fields ? fields : 'phoneNumber' in fields ? { phone_number: null } : undefined;
      if (columns !== undefined) await knex('users').where('id', john).update(columns);
      const channels = { email: true, sms: true, ...closed };
      expect(await story.check(channels)).toMatchObject({ begun: 0, undeliverable: 1 });
      expect(await story.check(channels)).toMatchObject({ begun: 0, undeliverable: 0 });
      expect(await rowsOf('alert_deliveries')).toMatchObject([{ status: 'undeliverable', detail: why }]);
      await knex('users').where('id', john).update({ email: 'j@example.org', phone_number: '1' });
      await Promise.all([story.check(), story.check()]);
      expect(await story.deliveries()).toEqual([`john ${method} pending`]);
      expect(await rowsOf(method === 'email' ? 'mail_queue' : 'webhook_queue')).toHaveLength(1);
    },
  );

  it('goes on where it was broken off', async () => {
    await story.alert({ thresholdPercent: 0 });
    for (let user = 0; user < 120; user++) await story.join(`u${user}`, 0);
    const { db } = getDatabase();
    const { clock, periodStartsAt } = story.context;
    const stop = new AbortController();
    const options = {
      reader: db,
      db,
      periodStartsAt,
      channels: { email: true, sms: true },
      signal: stop.signal,
    };
    // Asked for when the check begins, and then for each transaction: the first hundred are begun, and no more.
    let asked = 0;
    const broken = {
      now: () => {
        if (++asked === 2) stop.abort();
        return clock.now();
      },
    };
    const result = await checkAndQueueAlerts({ ...options, clock: broken, language: 'fr', timezone: 'UTC' });
    expect(result).toMatchObject({ begun: 100 });
    expect(await story.check()).toMatchObject({ triggered: 120, begun: 20 });
  });

  it('tells everybody but those whose row is spoilt, and names them', async () => {
    await story.alert();
    await story.join('first', 45);
    const john = await story.join('john', 45);
    await story.join('last', 45);
    const { db } = getDatabase();
    // As only another program can write it.
    await db.knex.raw(
      `UPDATE user_profile_usage SET used_total = 9223372036854775807 WHERE user_id = ${john}`,
    );
    const [{ id }] = await db.knex('user_profile_usage').where('user_id', john).select('id');
    expect(await story.check()).toMatchObject({
      begun: 2,
      spoilt: [{ row: `user_profile_usage ${id} (john)`, reason: expect.stringContaining('used_total') }],
    });
    expect(await story.deliveries()).toEqual(['last email pending', 'first email pending']);
    const { clock, periodStartsAt } = story.context;
    const check = alertCheck({ ...{ reader: db, db, clock }, channels: OPEN, language: 'fr' });
    const terms = { isDryRun: false, signal: new AbortController().signal, onItems: () => {} };
    await expect(check({ ...terms, calendar: new Calendar('UTC') })).rejects.toThrow(
      /1 row was left out.*john/,
    );
    const { triggeredCount, alerts } = await checkAlerts(db, {
      ...{ now: clock.now(), starts: periodStartsAt(clock.now()) },
      ...{ language: 'fr', limit: 10 },
    });
    expect([triggeredCount, alerts.map(({ user }) => user.username)]).toEqual([2, ['last', 'first']]);
  });

  it('counts what it began', async () => {
    await story.alert({ notificationMethod: 'all' });
    await story.join('john', 45);
    await story.check();
    const { values } = await story.metrics.alertsFired.get();
    expect(values.map(({ labels, value }) => [labels.method, value]).toSorted()).toEqual([
      ['email', 1],
      ['sms', 1],
      ['system', 1],
    ]);
  });
});
