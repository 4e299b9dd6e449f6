/** `profiles/statistics` and `profiles/{id}/statistics_detail`: one population, true shares, the counters of today. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { statisticsRoutes } from '../../src/http/statistics-routes.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { addProfile, addPromotion, addUser, GIB, used } from '../support/statistics-rows.ts';

describeEachDatabase('statistics', (getDatabase) => {
  let api: CoreApi;
  beforeEach(async () => {
    api = await coreApi(getDatabase().db, (parts) => [statisticsRoutes(parts, { maxAgeMs: () => 0 })]);
  });
  afterEach(() => api.app.close());
  const get = async (path: string): Promise<Record<string, unknown>> => {
    const { status, body } = await api.as('viewer', 'GET', path);
    expect(status).toBe(200);
    if (typeof body !== 'object' || body === null) throw new Error('no object came');
    return { ...body };
  };
  const detail = (profileId: number) => get(`profiles/${profileId}/statistics_detail/`);

  it('shows each profile with its users, those with the most users first', async () => {
    const { etudiant, libre, vide } = await fill();
    const first = {
      profile_id: etudiant,
      profile_name: 'Étudiant',
      quota_type: 'limited',
      is_active: true,
      direct_users: 3,
      promotion_users: 1,
      total_users: 4,
      avg_usage_today_gb: 2,
      avg_usage_week_gb: 4,
      avg_usage_month_gb: 6,
      avg_usage_total_gb: 8,
      exceeded_count: 1,
      exceeded_percent: 25,
    };
    const empty = {
      direct_users: 0,
      promotion_users: 0,
      total_users: 0,
      avg_usage_today_gb: 0,
      avg_usage_week_gb: 0,
      avg_usage_month_gb: 0,
      avg_usage_total_gb: 0,
      exceeded_count: 0,
      exceeded_percent: 0,
    };
    const second = {
      ...{ profile_id: libre, profile_name: 'Libre', quota_type: 'unlimited', is_active: true },
      ...empty,
      ...{ direct_users: 1, total_users: 1, avg_usage_total_gb: 20 },
    };
    const third = {
      ...{ profile_id: vide, profile_name: 'Vide', quota_type: 'limited', is_active: false },
      ...empty,
    };
    expect(await get('profiles/statistics/')).toEqual({
      as_of: '2025-12-11T12:00:00Z',
      summary: {
        total_profiles: 3,
        active_profiles: 2,
        inactive_profiles: 1,
        unlimited_profiles: 1,
        limited_profiles: 2,
      },
      top_profiles: [first, second, third],
      all_profiles: [first, second, third],
    });
  });

  it('shows one profile with what its users used', async () => {
    const { etudiant } = await fill();
    expect(await detail(etudiant)).toEqual({
      as_of: '2025-12-11T12:00:00Z',
      profile: {
        id: etudiant,
        name: 'Étudiant',
        quota_type: 'limited',
        data_volume_gb: 10,
        bandwidth_upload_mbps: 5,
        bandwidth_download_mbps: 10,
      },
      users: { direct: 3, via_promotion: 1, total: 4, exceeded: 1, active: 1 },
      consumption: {
        avg_today_gb: 2,
        avg_week_gb: 4,
        avg_month_gb: 6,
        avg_total_gb: 8,
        max_total_gb: 12,
        min_total_gb: 4,
        total_consumed_gb: 16,
      },
      distribution: { '0-25%': 0, '25-50%': 1, '50-75%': 0, '75-100%': 0, '>100%': 1 },
    });
  });

  it('has no distribution for an unlimited profile, and zeros for one that nobody has', async () => {
    const { libre, vide } = await fill();
    expect(await detail(libre)).toMatchObject({ distribution: null, users: { active: 1 } });
    expect(await detail(vide)).toMatchObject({
      users: { direct: 0, via_promotion: 0, total: 0, exceeded: 0, active: 0 },
      consumption: { avg_total_gb: 0, max_total_gb: 0, min_total_gb: 0, total_consumed_gb: 0 },
      distribution: { '0-25%': 0, '>100%': 0 },
    });
  });

  it.each([
    [10 * GIB, 0, '0-25%'],
    [10 * GIB, 2.5 * GIB - 1, '0-25%'],
    [10 * GIB, 2.5 * GIB, '25-50%'],
    [10 * GIB, 5 * GIB - 1, '25-50%'],
    [10 * GIB, 5 * GIB, '50-75%'],
    [10 * GIB, 7.5 * GIB, '75-100%'],
    [10 * GIB, 10 * GIB, '75-100%'],
    [10 * GIB, 10 * GIB + 1, '>100%'],
    [0, GIB, '0-25%'],
  ])('puts of %d octets %d used into %s', async (volume, octets, range) => {
    const { db } = getDatabase();
    const profile = await addProfile(db, 'Étudiant', { data_volume: volume });
    await addUser(db, { username: 'ann', profile_id: profile }, used(octets));
    const { distribution } = await detail(profile);
    expect(distribution).toEqual({
      ...{ '0-25%': 0, '25-50%': 0, '50-75%': 0, '75-100%': 0, '>100%': 0 },
      [range]: 1,
    });
  });

  it('takes counters whose day, week or month is over for 0, and the verdict with them', async () => {
    const { db } = getDatabase();
    const profile = await addProfile(db, 'Étudiant', { daily_limit: GIB, monthly_limit: 5 * GIB });
    const over = { ...used(4 * GIB), is_exceeded: true };
    const yesterday = { last_daily_reset: '2025-12-10 23:59:59.999999' };
    const lastWeek = { last_weekly_reset: '2025-12-07 12:00:00' };
    await addUser(db, { username: 'ann', profile_id: profile }, { ...over, ...yesterday, ...lastWeek });
    await addUser(
      db,
      { username: 'bob', profile_id: profile },
      { ...over, last_daily_reset: '2025-12-11 00:00:00' },
    );
    expect(await detail(profile)).toMatchObject({
      users: { exceeded: 1, active: 1 },
      consumption: { avg_today_gb: 2, avg_week_gb: 2, avg_month_gb: 4, avg_total_gb: 4 },
    });
    api.clock.set('2025-12-12T00:00:00Z');
    expect(await detail(profile)).toMatchObject({
      as_of: '2025-12-12T00:00:00Z',
      users: { exceeded: 0, active: 2 },
      consumption: { avg_today_gb: 0, avg_week_gb: 2 },
    });
  });

  it('shows a change at once where there are few users', async () => {
    const { db } = getDatabase();
    const profile = await addProfile(db, 'Étudiant');
    const names = async () => {
      const { all_profiles: all } = await get('profiles/statistics/');
      return all;
    };
    expect(await names()).toMatchObject([{ profile_name: 'Étudiant', total_users: 0 }]);
    await addUser(db, { username: 'ann', profile_id: profile });
    await db.knex('profiles').where('id', profile).update({ name: 'Student' });
    expect(await names()).toMatchObject([{ profile_name: 'Student', total_users: 1 }]);
  });

  it('names the five profiles with the most users, by name where they have as many', async () => {
    const { db } = getDatabase();
    for (const name of ['f', 'e', 'd', 'c', 'b', 'a']) await addProfile(db, name);
    const { id } = await db.knex('profiles').where('name', 'f').first('id');
    await addUser(db, { username: 'ann', profile_id: id });
    const { top_profiles: top, all_profiles: all } = await get('profiles/statistics/');
    const order = ['f', 'a', 'b', 'c', 'd', 'e'].map((name) => ({ profile_name: name }));
    expect(all).toMatchObject(order);
    expect(top).toMatchObject(order.slice(0, 5));
    expect(top).toHaveLength(5);
  });

  it('adds up octets beyond what the databases count in whole numbers', async () => {
    const { db } = getDatabase();
    const profile = await addProfile(db, 'Étudiant');
    const most = Number.MAX_SAFE_INTEGER - 1;
    for (const username of ['ann', 'bob']) await addUser(db, { username, profile_id: profile }, used(most));
    expect(await detail(profile)).toMatchObject({
      consumption: { total_consumed_gb: 16_777_216, avg_total_gb: 8_388_608 },
    });
  });

  describe('is for those who read everything:', () => {
    const paths = ['profiles/statistics', 'profiles/1/statistics_detail'];

    it.each(paths)('%s refuses users', async (path) => {
      expect(await api.as('user', 'GET', path)).toEqual({
        status: 403,
        body: { detail: 'Access denied: Administrator privileges required.' },
      });
    });

    it.each(paths)('%s refuses strangers', async (path) => {
      const { statusCode } = await api.app.inject({ url: `/api/core/${path}` });
      expect(statusCode).toBe(401);
    });

    it.each(['admin', 'viewer'] as const)('%s may read it', async (role) => {
      const profile = await addProfile(getDatabase().db, 'Étudiant');
      for (const path of ['statistics', `${profile}/statistics_detail`]) {
        expect((await api.as(role, 'GET', `profiles/${path}`)).status).toBe(200);
      }
    });

    it.each(paths)('%s cannot be written', async (path) => {
      expect((await api.as('admin', 'POST', path, {})).status).toBe(405);
    });
  });

  it.each(['999', '0', 'abc', '-1', '1.5', '9'.repeat(40)])('knows no profile %s', async (id) => {
    expect(await api.as('admin', 'GET', `profiles/${id}/statistics_detail/`)).toEqual({
      status: 404,
      body: { detail: 'Not found.' },
    });
  });

  /** Three profiles; of Étudiant's users only ann and bob belong to the population. */
  async function fill() {
    const { db } = getDatabase();
    const etudiant = await addProfile(db, 'Étudiant');
    const libre = await addProfile(db, 'Libre', { quota_type: 'unlimited' });
    const vide = await addProfile(db, 'Vide', { is_active: false });
    const promotion = await addPromotion(db, 'L3', etudiant);
    const ann = { used_today: GIB, used_week: 2 * GIB, used_month: 3 * GIB, used_total: 4 * GIB };
    await addUser(db, { username: 'ann', profile_id: etudiant }, ann);
    const bob = { used_today: 3 * GIB, used_week: 6 * GIB, used_month: 9 * GIB, used_total: 12 * GIB };
    await addUser(db, { username: 'bob', promotion_id: promotion }, { ...bob, is_exceeded: true });
    const away = { ...used(99 * GIB), is_exceeded: true };
    await addUser(db, { username: 'inactive', profile_id: etudiant, is_active: false }, away);
    await addUser(db, { username: 'deactivated', profile_id: etudiant }, { ...away, is_active: false });
    await addUser(db, { username: 'new', profile_id: etudiant }, null);
    await addUser(
      db,
      { username: 'own', profile_id: libre, promotion_id: promotion },
      { used_total: 20 * GIB },
    );
    await addUser(db, { username: 'nobody' }, away);
    return { etudiant, libre, vide };
  }
});
