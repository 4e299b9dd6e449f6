/** Checking alerts of more users, and of more profiles, than are shown or fit into one statement: all are counted all the same. */
import { beforeEach, expect, it } from 'vitest';
import { createAlert } from '../../src/alerts/alert-commands.ts';
import { checkAlerts } from '../../src/alerts/check-alerts.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const GIB = 1024 ** 3;

describeEachDatabase('checking more alerts than are shown', (getDatabase) => {
  let context: TestContext;

  beforeEach(() => {
    context = commandContext(getDatabase().db);
  });

  const join = (username: string, profile: number | undefined) => createUser(context, { username, profile });
  const use = (userId: number, octets: number) =>
    getDatabase().db.knex('user_profile_usage').where('user_id', userId).update({ used_total: octets });
  const check = async (limit: number) => {
    const now = context.clock.now();
    const time = { now, starts: context.periodStartsAt(now) };
    return checkAlerts(getDatabase().db, { ...time, language: 'fr', limit });
  };

  it('shows those of the newest usage, and counts all, where more profiles have alerts than one statement takes', async () => {
    const { knex } = getDatabase().db;
    const at = { created_at: '2025-12-11 12:00:00', updated_at: '2025-12-11 12:00:00' };
    const names = Array.from({ length: 201 }, (_, n) => `Profil ${n}`);
    const plans = names.map((name) => ({ name, ...at }));
    await knex.batchInsert('profiles', plans, 100);
    const ids: { id: number }[] = await knex('profiles').whereIn('name', names).orderBy('id').select('id');
    const alerts = ids.map(({ id }) => ({ profile_id: id, alert_type: 'quota_warning', ...at }));
    await knex.batchInsert('profile_alerts', alerts, 100);
    for (const [name, index] of [
      ['first', 200],
      ['second', 0],
      ['third', 200],
    ] as const) {
      await use(await join(name, ids[index]?.id), 90 * GIB);
    }
    const { triggeredCount, alerts: shown } = await check(2);
    expect([triggeredCount, shown.map(({ user }) => user.username)]).toEqual([3, ['third', 'second']]);
  });

  it('counts users without usage that it does not show', async () => {
    const profile = await createProfile(context, { name: 'Étudiant' });
    const quota = { profileId: profile, alertType: 'quota_warning' } as const;
    await createAlert(context, { ...quota, thresholdPercent: 0 });
    await createAlert(context, { ...quota, alertType: 'quota_critical', thresholdPercent: 0 });
    await createAlert(context, { ...quota, alertType: 'quota_critical' });
    for (const name of ['a', 'b', 'c']) await join(name, profile);
    await getDatabase().db.knex('user_profile_usage').delete();
    const { triggeredCount, alerts } = await check(3);
    expect([triggeredCount, alerts.map(({ user }) => user.username)]).toEqual([6, ['c', 'c', 'b']]);
  });
});
