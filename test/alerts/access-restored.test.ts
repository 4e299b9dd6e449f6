/** Users whom a reset lets in again are told, where a quota alert of their profile names a way. */
import { beforeEach, expect, it } from 'vitest';
import { updateProfile } from '../../src/profiles/profile-commands.ts';
import { jobTable } from '../../src/schedule/job-table.ts';
import { Calendar } from '../../src/usage/period.ts';
import type { Language } from '../../src/usage/verdict-texts.ts';
import { type AlertStory, alertStory } from '../support/alert-story.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { KEEPING } from '../support/job-options.ts';

describeEachDatabase('a user whom a reset lets in again', (getDatabase) => {
  let story: AlertStory;
  let john: number;

  const knex = () => getDatabase().db.knex;
  const reset = async ({ isDryRun = false, language = 'fr' as Language } = {}) => {
    const { db, clock } = story.context;
    const telling = { channels: { email: true, sms: true }, language };
    const [job] = jobTable({ db, clock, ...KEEPING, telling });
    const { signal } = new AbortController();
    await job?.run({ calendar: new Calendar('Africa/Douala'), isDryRun, signal, onItems: () => {} });
  };
  const cutOff = async (reason = 'daily_limit') => {
    const entry = { user_id: john, reason, disconnected_at: '2025-12-11 12:00:00', is_active: true };
    await knex()('user_disconnection_logs').insert(entry);
  };
  const mails = () => knex()('mail_queue').orderBy('id');

  beforeEach(async () => {
    story = await alertStory(getDatabase().db);
    await getDatabase().db.knex('settings').insert({ name: 'timezone', value: 'Africa/Douala' });
    john = await story.join('john', 1);
    await cutOff();
    story.context.clock.set('2025-12-11T23:00:05Z');
  });

  it('is told once, by each way of the alerts that look at what was spent', async () => {
    await story.alert({ period: 'daily', notificationMethod: 'email', thresholdPercent: 80 });
    await story.alert({ period: 'daily', notificationMethod: 'all', thresholdPercent: 95 });
    await reset({ isDryRun: true });
    expect(await story.deliveries()).toEqual([]);
    await reset();
    await reset();
    expect((await story.deliveries()).toSorted()).toEqual([
      'john email pending',
      'john sms pending',
      'john system delivered',
    ]);
    const text = 'Votre quota a été renouvelé: votre accès au réseau est rétabli';
    const [mail] = await mails();
    expect(mail).toMatchObject({ recipient: 'john@example.org', subject: 'Accès rétabli', body_text: text });
    expect(mail.body_html).toContain(`<p>${text}</p>`);
    expect(mail.body_html).toContain('<td>Étudiant</td>');
    expect(mail.body_html).toContain('10 janvier 2026 à 13:00');
    const [message] = await knex()('webhook_queue');
    expect(JSON.parse(message.body)).toMatchObject({
      ...{ to: '+237600', message: text, username: 'john', user_id: john, alert_type: 'access_restored' },
    });
    expect(await knex()('notices')).toMatchObject([{ user_id: john, message: text }]);
  });

  it('is told of the next reset too', async () => {
    await story.alert({ period: 'daily' });
    await reset();
    story.context.clock.set('2025-12-12T23:00:05Z');
    await reset();
    expect(await mails()).toHaveLength(1);
    await cutOff();
    story.context.clock.set('2025-12-13T23:00:05Z');
    await reset({ language: 'en' });
    const [, second] = await mails();
    expect(second).toMatchObject({
      subject: 'Access restored',
      body_text: 'Your quota has been renewed: your access to the network is restored',
    });
  });

  it.each([
    ['an alert of the total', { period: 'total' }, 1],
    ['an alert of another allowance', { period: 'weekly' }, 0],
    ['an alert that is not active', { period: 'daily', isActive: false }, 0],
    ['an alert of the expiry', { alertType: 'expiry_warning', thresholdDays: 3 }, 0],
  ] as const)('by %s: %j', async (_, alert, count) => {
    await story.alert(alert);
    await reset();
    expect(await mails()).toHaveLength(count);
    expect((await knex()('user_disconnection_logs').first()).is_active).toBe(0);
  });

  it('is told nothing while something still cuts them off', async () => {
    await story.alert({ period: 'daily' });
    await updateProfile(story.context, 'Étudiant', { dataVolume: 1 });
    await reset();
    expect(await mails()).toEqual([]);
  });

  it('is told nothing where no quota had cut them off', async () => {
    await story.alert({ period: 'daily' });
    await knex()('user_disconnection_logs').update({ reason: 'validity_expired' });
    await reset();
    expect(await mails()).toEqual([]);
  });
});
