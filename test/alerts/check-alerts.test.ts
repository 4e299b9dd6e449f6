/** Which alerts are due for whom, by literals of contract §7 and its decisions (§0.9, §0.11). */
import { beforeEach, describe, expect, it } from 'vitest';
import { createAlert } from '../../src/alerts/alert-commands.ts';
import type { AlertFields } from '../../src/alerts/alert-row.ts';
import { checkedAlertShape } from '../../src/alerts/alert-shape.ts';
import { checkAlerts } from '../../src/alerts/check-alerts.ts';
import type { ProfileFields } from '../../src/profiles/profile.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const GIB = 1024 ** 3;

describeEachDatabase('checking alerts', (getDatabase) => {
  let context: TestContext;
  let profile: number;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    profile = await plan('Étudiant');
  });

  const plan = (name: string, fields: Partial<ProfileFields> = {}) =>
    createProfile(context, { name, ...fields });
  const join = (username: string, fields: object = { profile }) =>
    createUser(context, { username, email: `${username}@example.org`, ...fields });
  const use = (userId: number, columns: object) =>
    getDatabase().db.knex('user_profile_usage').where('user_id', userId).update(columns);
  const alert = (fields: Partial<AlertFields> = {}) =>
    createAlert(context, { profileId: profile, alertType: 'quota_warning', ...fields });
  const check = async (limit = 100) => {
    const now = context.clock.now();
    const time = { now, starts: context.periodStartsAt(now) };
    return checkAlerts(getDatabase().db, { ...time, language: 'fr', limit });
  };
  /** As `john: quota_warning 80`. */
  const due = async () =>
    (await check()).alerts.map(
      (one) => `${one.user.username}: ${one.alert.alertType} ${one.alert.thresholdPercent}`,
    );

  it('shows what the contract says', async () => {
    const id = await alert();
    const john = await join('john');
    await use(john, { used_total: 40 * GIB });
    const { triggeredCount, alerts } = await check();
    expect([triggeredCount, alerts.map(checkedAlertShape)]).toEqual([
      1,
      [
        {
          alert_id: id,
          alert_type: 'quota_warning',
          user_id: john,
          username: 'john',
          profile_name: 'Étudiant',
          threshold: 80,
          current_usage_percent: 80,
          days_remaining: 30,
          message: 'Attention: 80.0% de votre quota utilisé',
          already_delivered: false,
        },
      ],
    ]);
  });

  it('finds who reached a threshold, with the true percentage, and nobody below', async () => {
    await alert();
    await alert({ alertType: 'quota_critical', thresholdPercent: 95 });
    await use(await join('below'), { used_total: 40 * GIB - 1 });
    await use(await join('at'), { used_total: 40 * GIB });
    await use(await join('beyond'), { used_total: 60 * GIB });
    expect(await due()).toEqual([
      'beyond: quota_critical 95',
      'beyond: quota_warning 80',
      'at: quota_warning 80',
    ]);
    expect((await check()).alerts[0]?.currentPercent).toBe(120);
  });

  it('lists those whose usage began last first, and of one user the newest alert', async () => {
    await alert({ thresholdPercent: 10 });
    const [first, second] = [await join('first'), await join('second')];
    await use(first, { used_total: 40 * GIB, created_at: '2025-12-11 11:00:00.000002' });
    await use(second, { used_total: 40 * GIB, created_at: '2025-12-11 11:00:00.000001' });
    context.clock.set('2025-12-11T12:00:01Z');
    await alert({ alertType: 'quota_critical', thresholdPercent: 20 });
    expect(await due()).toEqual([
      'first: quota_critical 20',
      'first: quota_warning 10',
      'second: quota_critical 20',
      'second: quota_warning 10',
    ]);
  });

  it('counts all, and shows as many as asked for', async () => {
    await alert({ thresholdPercent: 0 });
    for (const name of ['a', 'b', 'c']) await join(name);
    const { triggeredCount, alerts } = await check(2);
    expect([triggeredCount, alerts.map(({ user }) => user.username)]).toEqual([3, ['c', 'b']]);
  });

  describe('looks at', () => {
    it('the effective profile: a promotion’s too, and a user’s own before it', async () => {
      const own = await plan('Personnel');
      const promotion = await createPromotion(context, { name: 'L1', profile });
      await alert();
      await use(await join('member', { promotion }), { used_total: 45 * GIB });
      await use(await join('exception', { promotion, profile: own }), { used_total: 45 * GIB });
      expect(await due()).toEqual(['member: quota_warning 80']);
    });

    it('active alerts and active usage alone, whatever becomes of the user and the profile', async () => {
      const { knex } = getDatabase().db;
      await alert({ thresholdPercent: 50, isActive: false });
      await alert();
      await use(await join('over'), { used_total: 45 * GIB });
      await use(await join('ended'), { used_total: 45 * GIB, is_active: false });
      await knex('users').update({ is_active: false });
      await knex('profiles').update({ is_active: false });
      expect(await due()).toEqual(['over: quota_warning 80']);
    });

    it('users without usage too: they have used nothing', async () => {
      await alert({ thresholdPercent: 0 });
      await alert({ alertType: 'expiry_warning', thresholdDays: 3650, thresholdPercent: 1 });
      const john = await join('john');
      await getDatabase().db.knex('user_profile_usage').delete();
      const { alerts } = await check();
      expect(alerts.map((one) => [one.user.userId, one.armKey, one.user.daysRemaining])).toEqual([
        [john, 'total:none', null],
      ]);
    });

    it('the volume of unlimited profiles never, except for 0 %', async () => {
      const free = await plan('Libre', { quotaType: 'unlimited' });
      await alert({ profileId: free, thresholdPercent: 1 });
      await alert({ profileId: free, thresholdPercent: 0, messageTemplate: '{percent} {remaining_gb}' });
      await use(await join('john', { profile: free }), { used_total: 90 * GIB });
      expect((await check()).alerts.map(({ message }) => message)).toEqual(['0 illimité']);
    });

    it('the day, the week or the month where the alert says so, and not at one that is over', async () => {
      await alert({ period: 'daily', thresholdPercent: 80 });
      await alert({ period: 'weekly', thresholdPercent: 81 });
      await alert({ period: 'monthly', thresholdPercent: 82 });
      const spent = { used_today: 4 * GIB, used_week: 25 * GIB, used_month: 100 * GIB };
      const resets = { last_daily_reset: '2025-12-11 00:00:00', last_weekly_reset: '2025-12-08 00:00:00' };
      await use(await join('today'), { ...spent, ...resets });
      await use(await join('yesterday'), { ...spent, last_daily_reset: '2025-12-10 23:59:59.999999' });
      expect(await due()).toEqual([
        'yesterday: quota_warning 82',
        'yesterday: quota_warning 81',
        'today: quota_warning 82',
        'today: quota_warning 81',
        'today: quota_warning 80',
      ]);
      const keys = (await check()).alerts.slice(2).map(({ armKey }) => armKey);
      expect(keys).toEqual([
        'monthly:2025-12-11T12:00:00.000Z',
        'weekly:2025-12-08T00:00:00.000Z',
        'daily:2025-12-11T00:00:00.000Z',
      ]);
    });
  });

  it.each([
    ['2025-12-14T12:00:00.001Z', 3, true],
    ['2025-12-14T12:00:00.000Z', 4, false],
    ['2025-12-18T12:00:00.000Z', 0, true],
    ['2026-02-01T00:00:00.000Z', 0, true],
  ])('an expiry alert of 3 days at %s, with %i days of a week left: %s', async (now, days, isDue) => {
    const week = await plan('Semaine', { validityDuration: 7 });
    await alert({ profileId: week, alertType: 'expiry_imminent', thresholdDays: 3 });
    await join('john', { profile: week });
    context.clock.set(now);
    const { alerts } = await check();
    expect(alerts.map(({ user, message, armKey }) => [user.daysRemaining, message, armKey])).toEqual(
      isDue ? [[days, `Votre profil expire dans ${days} jour(s)`, 'expiry:2025-12-18T12:00:00.000Z']] : [],
    );
  });

  it('says which were delivered, by any method, since they were armed', async () => {
    const { knex } = getDatabase().db;
    const id = await alert();
    const [told, queued, reset] = [await join('told'), await join('queued'), await join('reset')];
    for (const user of [told, queued, reset]) await use(user, { used_total: 45 * GIB });
    const deliver = (userId: number, method: string, deliveredAt: number | null) =>
      knex('alert_deliveries').insert({
        alert_id: id,
        user_id: userId,
        arm_key: 'total:2025-12-11T12:00:00.000Z',
        method,
        status: deliveredAt === null ? 'pending' : 'delivered',
        created_at: 1,
        delivered_at: deliveredAt,
      });
    await deliver(told, 'email', null);
    await deliver(told, 'system', 2);
    await deliver(queued, 'email', null);
    await deliver(reset, 'system', 2);
    await use(reset, { activation_date: '2025-12-11 12:00:00.001000' });
    const { alerts } = await check();
    expect(alerts.map(({ user, isDelivered }) => [user.username, isDelivered])).toEqual([
      ['reset', false],
      ['queued', false],
      ['told', true],
    ]);
  });

  it('goes on after the first chunk of users', async () => {
    const { knex } = getDatabase().db;
    await alert({ thresholdPercent: 0 });
    const at = '2025-12-11 12:00:00';
    const users = Array.from({ length: 4_100 }, (_, n) => ({
      username: `u${n}`,
      password: '!',
      profile_id: n % 2_000 === 0 ? profile : null,
      date_joined: at,
      created_at: at,
      updated_at: at,
    }));
    await knex.batchInsert('users', users, 500);
    expect(await due()).toEqual(
      ['u4000: quota_warning 80', 'u2000: quota_warning 80', 'u0: quota_warning 80'].map((line) =>
        line.replace('80', '0'),
      ),
    );
  });

  it('survives rows of other programs: days beyond any date, and templates with what nobody knows', async () => {
    const { knex } = getDatabase().db;
    const id = await alert({ alertType: 'expiry_warning', thresholdDays: 3 });
    await join('john');
    await knex('profile_alerts')
      .where({ id })
      .update({ threshold_days: 2_147_483_647, message_template: '{foo} {' });
    expect((await check()).alerts.map(({ message }) => message)).toEqual(['{foo} {']);
    await knex('profile_alerts').where({ id }).update({ threshold_days: -2_147_483_648 });
    expect(await due()).toEqual([]);
  });

  it('decides in the database as for one user', async () => {
    const { knex } = getDatabase().db;
    const small = await plan('Petit', {
      dataVolume: 1000,
      dailyLimit: 100,
      weeklyLimit: 0,
      monthlyLimit: null,
      validityDuration: 7,
    });
    for (const thresholdPercent of [0, 1, 33, 57, 100, 250]) {
      for (const [alertType, period] of [
        ['quota_warning', 'total'],
        ['quota_critical', 'daily'],
      ] as const) {
        await alert({ profileId: small, alertType, period, thresholdPercent });
      }
    }
    for (const [index, used] of [
      0, 1, 9, 10, 11, 32, 33, 56, 57, 99, 100, 330, 570, 999, 1000, 2500,
    ].entries()) {
      await use(await join(`u${index}`, { profile: small }), { used_total: used, used_today: used });
    }
    const { triggeredCount } = await check(1_000);
    // Of 16 counters those that are not below n hundredths of 1000, and of 100.
    const reaching = [16, 13, 5, 4, 2, 1, 16, 15, 10, 8, 6, 5];
    expect(triggeredCount).toBe(reaching.reduce((sum, count) => sum + count));
    expect((await check(1)).triggeredCount).toBe(triggeredCount);
    await knex('user_profile_usage').update({ last_daily_reset: '2025-12-10 00:00:00' });
    for (const limit of [1, 1_000]) {
      expect((await check(limit)).triggeredCount).toBe(16 + 13 + 5 + 4 + 2 + 1 + 16);
    }
  });
});
