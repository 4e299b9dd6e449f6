import { beforeEach, expect, test } from 'vitest';
import { createProfile, deleteProfile, updateProfile } from '../../src/profiles/profile-commands.ts';
import { getProfile, listProfiles } from '../../src/profiles/profile-queries.ts';
import { profileShape } from '../../src/profiles/profile-shape.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser, deleteUser } from '../../src/profiles/user-commands.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { auditEntries } from '../support/audit-entries.ts';
import { commandContext, historyOf, type TestContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('profiles', (getDatabase) => {
  let context: TestContext;

  beforeEach(() => {
    context = commandContext(getDatabase().db);
  });

  test('are created with the seed’s example, and shown in the contract’s shape', async () => {
    const id = await createProfile(context, {
      name: '  Étudiant ',
      description: 'Profil standard pour étudiants',
      monthlyLimit: 107_374_182_400,
    });
    expect(profileShape(await getProfile(context.db, 'Étudiant'))).toEqual({
      id,
      name: 'Étudiant',
      description: 'Profil standard pour étudiants',
      is_active: true,
      bandwidth_upload: 5120,
      bandwidth_download: 10_240,
      bandwidth_upload_mbps: 5,
      bandwidth_download_mbps: 10,
      quota_type: 'limited',
      data_volume: 53_687_091_200,
      data_volume_gb: 50,
      daily_limit: 5_368_709_120,
      weekly_limit: 32_212_254_720,
      monthly_limit: 107_374_182_400,
      daily_limit_gb: 5,
      weekly_limit_gb: 30,
      monthly_limit_gb: 100,
      validity_duration: 30,
      session_timeout: 28_800,
      idle_timeout: 600,
      simultaneous_use: 1,
      created_by: null,
      created_at: '2025-12-11T12:00:00Z',
      updated_at: '2025-12-11T12:00:00Z',
      users_count: 0,
      promotions_count: 0,
    });
  });

  test('name their maker, where it is a user', async () => {
    const userId = await createUser(context, { username: 'admin', isStaff: true });
    await createProfile({ ...context, actor: { name: 'admin', userId } }, { name: 'A' });
    const shape = profileShape(await getProfile(context.db, 'A'));
    expect(shape).toMatchObject({ created_by: userId, created_by_username: 'admin' });
    await deleteUser(context, 'admin');
    expect(profileShape(await getProfile(context.db, 'A'))).not.toHaveProperty('created_by_username');
  });

  test('hold the largest octet count a double holds exactly', async () => {
    await createProfile(context, { name: 'A', dataVolume: Number.MAX_SAFE_INTEGER });
    expect((await getProfile(context.db, 'A')).dataVolume).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('are listed by name, with those who carry them, inactive users too', async () => {
    for (const name of ['B', 'A']) await createProfile(context, { name });
    await updateProfile(context, 'A', { isActive: false });
    await createPromotion(context, { name: 'L3', profile: 'B' });
    await createUser(context, { username: 'own', profile: 'B', isActive: false });
    await createUser(context, { username: 'inheriting', promotion: 'L3' });
    const counts = (await listProfiles(context.db)).map((one) => [
      one.name,
      one.userCount,
      one.promotionCount,
    ]);
    expect(counts).toEqual([
      ['A', 0, 0],
      ['B', 1, 1],
    ]);
    expect((await listProfiles(context.db, { isActive: true })).map((one) => one.name)).toEqual(['B']);
  });

  test('are found by name before id, and by no name that only looks alike', async () => {
    const first = await createProfile(context, { name: 'first' });
    const named = await createProfile(context, { name: String(first) });
    expect((await getProfile(context.db, String(first))).id).toBe(named);
    expect((await getProfile(context.db, first)).id).toBe(first);
    expect((await getProfile(context.db, String(named))).id).toBe(named);
    for (const unknown of ['First', 'first ', '-1', '1e0', '']) {
      await expect(getProfile(context.db, unknown)).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  test('have each name once, also when two ask for it at the same time', async () => {
    const asked = await Promise.allSettled([1, 2, 3].map(() => createProfile(context, { name: 'A' })));
    const refused = asked.filter((one) => one.status === 'rejected').map((one) => one.reason);
    expect(refused).toHaveLength(2);
    for (const reason of refused) {
      expect(reason).toMatchObject({ code: 'conflict', message: 'name: there is already a profile "A"' });
    }
    await createProfile(context, { name: 'B' });
    await expect(updateProfile(context, 'B', { name: 'A' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(updateProfile(context, 'B', { name: 'B', idleTimeout: 5 })).resolves.toBeUndefined();
  });

  test('keep what an update does not name', async () => {
    await createProfile(context, { name: 'A', dailyLimit: 7 });
    context.clock.set('2025-12-11T12:00:01.500Z');
    await updateProfile(context, 'A', { name: ' B ', weeklyLimit: null });
    expect(profileShape(await getProfile(context.db, 'B'))).toMatchObject({
      daily_limit: 7,
      weekly_limit: null,
      weekly_limit_gb: null,
      created_at: '2025-12-11T12:00:00Z',
      updated_at: '2025-12-11T12:00:01.500000Z',
    });
  });

  test('restate is_exceeded of own and inheriting users when a limit is edited, and of nobody else', async () => {
    await createProfile(context, { name: 'A' });
    await createProfile(context, { name: 'B' });
    await createPromotion(context, { name: 'L3', profile: 'A' });
    await createUser(context, { username: 'own', profile: 'A' });
    await createUser(context, { username: 'inheriting', promotion: 'L3' });
    await createUser(context, { username: 'other', promotion: 'L3', profile: 'B' });
    for (const name of ['own', 'inheriting', 'other']) await addUsage(context, name, 100);
    const exceeded = async () => {
      const rows = ['own', 'inheriting', 'other'].map((name) => usageRowOf(context.db, name));
      return (await Promise.all(rows)).map((row) => row?.is_exceeded);
    };
    await updateProfile(context, 'A', { dailyLimit: 100 });
    expect(await exceeded()).toEqual([1, 1, 0]);
    await updateProfile(context, 'A', { dailyLimit: 101 });
    expect(await exceeded()).toEqual([0, 0, 0]);
    await updateProfile(context, 'A', { quotaType: 'unlimited', dataVolume: 50 });
    expect(await exceeded()).toEqual([0, 0, 0]);
    await updateProfile(context, 'A', { quotaType: 'limited' });
    expect(await exceeded()).toEqual([1, 1, 0]);
  });

  test('measure an edited limit against the current period only', async () => {
    await createProfile(context, { name: 'A' });
    await createUser(context, { username: 'john', profile: 'A' });
    await addUsage(context, 'john', 100);
    context.clock.set('2025-12-12T00:00:00Z');
    await updateProfile(context, 'A', { dailyLimit: 50 });
    expect(await usageRowOf(context.db, 'john')).toMatchObject({
      used_today: 0,
      used_week: 100,
      is_exceeded: 0,
    });
    expect(await context.db.knex('usage_adjustments').where('kind', '<>', 'add_usage')).toEqual([]);
  });

  test('in use are deleted only by force, and history keeps their names', async () => {
    await createProfile(context, { name: 'A' });
    await createPromotion(context, { name: 'L3', profile: 'A' });
    await createUser(context, { username: 'john', promotion: 'L3' });
    await expect(deleteProfile(context, 'A', { force: false })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('in use by 1 user and 1 promotion'),
    });
    // As an adopted table has it: a row of the time before names were kept.
    await context.db.knex('profile_history').update({ new_profile_name: null });
    await deleteProfile(context, 'A', { force: true, reason: 'no more' });
    expect(await historyOf(context.db, 'john')).toEqual(['assigned: - -> A', 'removed: A -> -']);
    expect(await context.db.knex('profile_history').whereNotNull('old_profile_id')).toEqual([]);
    await expect(getProfile(context.db, 'A')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('that nobody has are deleted with their alerts, and the audit log tells which', async () => {
    const id = await createProfile(context, { name: 'A' });
    const at = '2025-12-11 12:00:00';
    await context.db
      .knex('profile_alerts')
      .insert({ profile_id: id, alert_type: 'quota_warning', created_at: at, updated_at: at });
    await context.db.knex('profile_alerts').insert({
      ...{ profile_id: id, alert_type: 'expiry_warning', threshold_days: 3, message_template: '{username}' },
      ...{ is_active: false, created_at: at, updated_at: at },
    });
    await deleteProfile(context, 'A', { force: false });
    expect(await context.db.knex('profile_alerts')).toEqual([]);
    const alert = { id: expect.any(Number), threshold_percent: 80, period: 'total' };
    const common = { ...alert, notification_method: 'system' };
    expect((await auditEntries(context.db)).at(-1)).toMatchObject({
      what: 'delete profile',
      before: {
        name: 'A',
        alerts: [
          {
            ...{ ...common, alert_type: 'quota_warning', threshold_days: null },
            ...{ is_active: true, message_template: null },
          },
          {
            ...{ ...common, alert_type: 'expiry_warning', threshold_days: 3 },
            ...{ is_active: false, message_template: '{username}' },
          },
        ],
      },
    });
  });
});
