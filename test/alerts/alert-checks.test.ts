/** The check that people share: walked once for all who ask at once, and never by alerts that are in force no more. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AlertChecks } from '../../src/alerts/alert-checks.ts';
import { createAlert, deleteAlert, updateAlert } from '../../src/alerts/alert-commands.ts';
import { createProfile, updateProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { type ManualTiming, manualTiming } from '../support/manual-timing.ts';

describeEachDatabase('checking alerts for many', (getDatabase) => {
  let context: TestContext;
  let timing: ManualTiming;
  let profile: number;
  let alert: number;
  let walks: number;
  const made: AlertChecks[] = [];

  beforeEach(async () => {
    const { db } = getDatabase();
    context = commandContext(db);
    timing = manualTiming();
    profile = await createProfile(context, { name: 'Étudiant', dataVolume: 1000 });
    alert = await createAlert(context, { profileId: profile, alertType: 'quota_warning' });
    await createUser(context, { username: 'john', profile });
    await use(800);
    walks = 0;
    db.knex.on('query', countWalk);
  });
  afterEach(() => {
    getDatabase().db.knex.removeListener('query', countWalk);
    for (const checks of made.splice(0)) checks.close();
  });

  /** One user stands in one stretch, which is read once for each walk. */
  function countWalk({ sql }: { sql: string }) {
    if (sql.includes('as `profile_id`') || sql.includes('as profile_id')) walks++;
  }
  const use = (octets: number) => getDatabase().db.knex('user_profile_usage').update({ used_total: octets });
  const sharing = (maxAgeMs?: (tookMs: number) => number) => {
    const { db, clock, periodStartsAt } = context;
    const language = 'en';
    const checks = new AlertChecks({
      reader: db,
      clock,
      periodStartsAt,
      language,
      limit: 100,
      maxAgeMs,
      timing,
    });
    made.push(checks);
    return checks;
  };
  const FOR_LONG = () => 60_000;
  const dueNow = async (checks: AlertChecks) => (await checks.current()).triggeredCount;

  test('walks over all users once for ten who ask at once', async () => {
    const checks = sharing(FOR_LONG);
    const counts = await Promise.all(Array.from({ length: 10 }, () => dueNow(checks)));
    expect(counts).toEqual(Array.from({ length: 10 }, () => 1));
    expect(walks).toBe(1);
  });

  test('shows what it found for a minute where that took long, and says when that was', async () => {
    const checks = sharing(FOR_LONG);
    await checks.current();
    await use(0);
    context.clock.set('2025-12-11T12:00:59Z');
    expect(await checks.current()).toMatchObject({
      triggeredCount: 1,
      asOf: Date.parse('2025-12-11T12:00:00Z'),
    });
    timing.leap(60_001);
    expect(await checks.current()).toMatchObject({
      triggeredCount: 0,
      asOf: Date.parse('2025-12-11T12:00:59Z'),
    });
    expect(walks).toBe(2);
  });

  test('shows what is due now where that takes no time', async () => {
    const checks = sharing();
    expect(await dueNow(checks)).toBe(1);
    await use(799);
    expect(await dueNow(checks)).toBe(0);
  });

  test.each<[string, () => Promise<unknown>, number]>([
    ['made', () => createAlert(context, { profileId: profile, alertType: 'quota_critical' }), 2],
    ['changed', () => updateAlert(context, alert, { thresholdPercent: 81 }), 0],
    ['deleted', () => deleteAlert(context, alert), 0],
    ['changed by another program', () => context.db.knex('profile_alerts').update({ is_active: false }), 0],
    ['of a profile that gives more now', () => updateProfile(context, profile, { dataVolume: 1001 }), 0],
  ])('is made anew once an alert was %s', async (_name, change, count) => {
    const checks = sharing(FOR_LONG);
    expect(await dueNow(checks)).toBe(1);
    await change();
    expect(await dueNow(checks)).toBe(count);
    expect(await dueNow(checks)).toBe(count);
  });

  test('is what was found by the new alert, though others wait for what began before it', async () => {
    const checks = sharing(FOR_LONG);
    const before = dueNow(checks);
    await createAlert(context, { profileId: profile, alertType: 'quota_critical' });
    const after = dueNow(checks);
    expect(await after).toBe(2);
    await before;
    expect(await dueNow(checks)).toBe(2);
  });

  test('ends with the service', async () => {
    const checks = sharing(FOR_LONG);
    checks.close();
    await expect(checks.current()).rejects.toThrow('aborted');
  });
});
