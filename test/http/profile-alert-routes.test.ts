/** `profile-alerts/` by literals of contract §6 and §7, for each role. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { profileAlertRoutes } from '../../src/http/profile-alert-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('alerts over HTTP', (getDatabase) => {
  let api: CoreApi;
  let profile: number;

  beforeEach(async () => {
    const { db } = getDatabase();
    profile = await createProfile(commandContext(db), { name: 'Étudiant' });
    api = await coreApi(db, (core) => [profileAlertRoutes(core)]);
  });
  afterEach(() => api.app.close());

  const create = async (fields: object = {}): Promise<number> => {
    const body = { profile, alert_type: 'quota_warning', ...fields };
    const answer = await api.as('admin', 'POST', 'profile-alerts/', body);
    expect(answer).toMatchObject({ status: 201, body: { id: expect.any(Number) } });
    return Number(Reflect.get(Object(answer.body), 'id'));
  };

  it('creates one with the defaults of the contract', async () => {
    const answer = await api.as('admin', 'POST', 'profile-alerts/', { profile, alert_type: 'quota_warning' });
    expect(answer).toEqual({
      status: 201,
      body: {
        id: expect.any(Number),
        profile,
        profile_name: 'Étudiant',
        alert_type: 'quota_warning',
        threshold_percent: 80,
        threshold_days: null,
        period: 'total',
        notification_method: 'system',
        is_active: true,
        message_template: null,
        created_by: null,
        created_at: '2025-12-11T12:00:00Z',
        updated_at: '2025-12-11T12:00:00Z',
      },
    });
  });

  it('names who made it, and takes nobody else’s word for it', async () => {
    const { db } = getDatabase();
    const { app } = api;
    const userId = await createUser(commandContext(db), { username: 'root', isStaff: true });
    const body = JSON.stringify({
      profile,
      alert_type: 'quota_warning',
      created_by: 1,
      id: 7,
      profile_name: 'x',
    });
    const answer = await app.inject({
      method: 'POST',
      url: '/api/core/profile-alerts/',
      headers: { authorization: `Bearer admin:${userId}`, 'content-type': 'application/json' },
      payload: body,
    });
    expect(answer.json()).toMatchObject({ created_by: userId, created_by_username: 'root' });
  });

  it('takes everything an alert has', async () => {
    const fields = {
      alert_type: 'expiry_warning',
      threshold_percent: 150,
      threshold_days: 3,
      period: 'daily',
      notification_method: 'all',
      is_active: false,
      message_template: '{username}, {{plus}} que {days_remaining} j',
    };
    const id = await create(fields);
    expect((await api.as('viewer', 'GET', `profile-alerts/${id}/`)).body).toMatchObject({ id, ...fields });
  });

  it.each<[string, object, object]>([
    ['no profile', { profile: undefined }, { profile: ['This field is required.'] }],
    ['no type', { alert_type: undefined }, { alert_type: ['This field is required.'] }],
    ['an unknown type', { alert_type: 'foo' }, { alert_type: ['"foo" is not a valid choice.'] }],
    ['an unknown method', { notification_method: 'pigeon' }, { notification_method: ['"pigeon" is not a valid choice.'] }], // biome-ignore format: one line per case
    ['an unknown period', { period: 'hourly' }, { period: ['"hourly" is not a valid choice.'] }],
    [
      'an unknown profile',
      { profile: 999_999 },
      { profile: ['Invalid pk "999999" - object does not exist.'] },
    ],
    [
      'a profile by name',
      { profile: 'Étudiant' },
      { profile: [expect.stringMatching(/^Expected a whole number from 1.*, got "Étudiant"\.$/)] },
    ],
    [
      '-1 %',
      { threshold_percent: -1 },
      { threshold_percent: ['Expected a whole number from 0 to 1000, got -1.'] },
    ],
    [
      '1001 %',
      { threshold_percent: 1001 },
      { threshold_percent: ['Expected a whole number from 0 to 1000, got 1001.'] },
    ],
    [
      'half a percent',
      { threshold_percent: 0.5 },
      { threshold_percent: ['Expected a whole number from 0 to 1000, got 0.5.'] },
    ],
    [
      'no percentage',
      { threshold_percent: null },
      { threshold_percent: ['Expected a whole number from 0 to 1000, got null.'] },
    ],
    [
      '0 days',
      { threshold_days: 0 },
      { threshold_days: ['Expected a whole number from 1 to 3650, or null, got 0.'] },
    ],
    ['an expiry without days', { alert_type: 'expiry_imminent' }, { threshold_days: ['This field is required for alert_type expiry_imminent.'] }], // biome-ignore format: one line per case
    ['an unknown placeholder', { message_template: '{foo}' }, { message_template: [expect.stringContaining('{foo}')] }], // biome-ignore format: one line per case
    ['a NUL', { message_template: 'a\0b' }, { message_template: [expect.stringContaining('NUL')] }],
    ['half a character', { message_template: 'a\ud800' }, { message_template: [expect.stringContaining('surrogates')] }], // biome-ignore format: one line per case
    ['a long template', { message_template: 'x'.repeat(10_001) }, { message_template: [expect.stringContaining('10000')] }], // biome-ignore format: one line per case
    ['an unknown field', { color: 'red' }, { color: ['This field is not known.'] }],
  ])('refuses %s and creates nothing', async (_name, fields, errors) => {
    const body = { profile, alert_type: 'quota_warning', ...fields };
    expect(await api.as('admin', 'POST', 'profile-alerts/', body)).toEqual({ status: 400, body: errors });
    expect((await api.as('admin', 'GET', 'profile-alerts/')).body).toMatchObject({ count: 0 });
  });

  const TAKEN = {
    non_field_errors: ['The fields profile, alert_type, threshold_percent must make a unique set.'],
  };

  it('refuses a second one of the same profile, type and percentage', async () => {
    await create({ period: 'daily' });
    const other = await create({ threshold_percent: 90 });
    const body = { profile, alert_type: 'quota_warning' };
    expect(await api.as('admin', 'POST', 'profile-alerts/', body)).toEqual({ status: 400, body: TAKEN });
    const patch = { threshold_percent: 80 };
    expect(await api.as('admin', 'PATCH', `profile-alerts/${other}/`, patch)).toEqual({
      status: 400,
      body: TAKEN,
    });
  });

  it('changes what is given, by PUT and by PATCH, and writes down what it was', async () => {
    const id = await create();
    const put = { profile, alert_type: 'quota_critical', threshold_percent: 95 };
    expect(await api.as('admin', 'PUT', `profile-alerts/${id}/`, put)).toMatchObject({
      status: 200,
      body: { alert_type: 'quota_critical', threshold_percent: 95, notification_method: 'system' },
    });
    const shown = (await api.as('admin', 'GET', `profile-alerts/${id}/`)).body;
    const back = await api.as('admin', 'PUT', `profile-alerts/${id}/`, {
      ...Object(shown),
      is_active: false,
    });
    expect(back).toMatchObject({ status: 200, body: { is_active: false } });
    expect(
      await api.as('admin', 'PATCH', `profile-alerts/${id}/`, { message_template: '{percent}' }),
    ).toMatchObject({
      status: 200,
      body: { message_template: '{percent}', is_active: false },
    });
    const entries = await getDatabase().db.knex('audit_log').where('object_type', 'alert').orderBy('id');
    expect(entries.map(({ action, object_id, before_json, after_json }) => [action, object_id, before_json, after_json])).toEqual([
      ['create', String(id), null, expect.stringContaining('"threshold_percent":80')],
      ['update', String(id), '{"alert_type":"quota_warning","threshold_percent":80}', expect.any(String)],
      ['update', String(id), '{"is_active":true}', '{"is_active":false}'],
      ['update', String(id), '{"message_template":null}', '{"message_template":"{percent}"}'],
    ]); // biome-ignore format: one entry per line
  });

  it('turns an expiry alert off that another program left without days, but not on again', async () => {
    const id = await create({ alert_type: 'expiry_warning', threshold_days: 3 });
    await getDatabase().db.knex('profile_alerts').update({ threshold_days: null });
    const patch = (body: object) => api.as('admin', 'PATCH', `profile-alerts/${id}/`, body);
    expect(await patch({ is_active: false })).toMatchObject({ status: 200 });
    expect(await patch({ is_active: true })).toMatchObject({
      status: 400,
      body: { threshold_days: [expect.any(String)] },
    });
  });

  it('deletes one with its deliveries, and keeps what users were told', async () => {
    const { knex } = getDatabase().db;
    const id = await create();
    await knex('notices').insert({ user_id: 1, alert_id: id, message: 'Attention', created_at: 1 });
    await knex('alert_deliveries').insert({
      alert_id: id,
      user_id: 1,
      arm_key: 'k',
      method: 'system',
      status: 'x',
      created_at: 1,
    });
    expect(await api.as('admin', 'DELETE', `profile-alerts/${id}/`)).toEqual({
      status: 204,
      body: undefined,
    });
    expect(await knex('notices').select('alert_id', 'message')).toEqual([
      { alert_id: null, message: 'Attention' },
    ]);
    expect(await knex('alert_deliveries')).toEqual([]);
    expect(await api.as('admin', 'GET', `profile-alerts/${id}/`)).toEqual({
      status: 404,
      body: { detail: 'Not found.' },
    });
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'] as const)(
    '%s of one that is not there is a 404',
    async (method) => {
      const body =
        method === 'PUT' || method === 'PATCH' ? { profile, alert_type: 'quota_warning' } : undefined;
      for (const id of ['999999', 'abc', '-1', '1e3', '9'.repeat(40)]) {
        expect(await api.as('admin', method, `profile-alerts/${id}/`, body)).toEqual({
          status: 404,
          body: { detail: 'Not found.' },
        });
      }
    },
  );

  it('lists the newest first, in pages, by profile and by whether they are active', async () => {
    const first = await create();
    api.clock.set('2025-12-11T13:00:00Z');
    const second = await create({ threshold_percent: 90, is_active: false });
    const other = await createProfile(commandContext(getDatabase().db), { name: 'Personnel' });
    const third = await create({ profile: other });
    const listed = async (query: string) => {
      const { status, body } = await api.as('viewer', 'GET', `profile-alerts/${query}`);
      const results: { id: number }[] = Reflect.get(Object(body), 'results') ?? [];
      return status === 200 ? results.map(({ id }) => id) : body;
    };
    expect(await listed('')).toEqual([third, second, first]);
    expect(await listed('?page=2&page_size=2')).toEqual([first]);
    expect(await listed(`?profile=${profile}`)).toEqual([second, first]);
    expect(await listed('?profile=999999')).toEqual([]);
    expect(await listed('?profile=&is_active=&color=red')).toEqual([third, second, first]);
    expect(await listed('?is_active=TRUE')).toEqual([third, first]);
    expect(await listed(`?is_active=false&profile=${profile}`)).toEqual([second]);
    expect(await listed('?profile=abc')).toEqual({ profile: [expect.stringContaining('"abc"')] });
    expect(await listed('?is_active=1')).toEqual({ is_active: [expect.stringContaining('"1"')] });
    expect(await listed('?page=9')).toEqual({ detail: 'Invalid page.' });
  });

  it('shows what is due, from one check for all who ask, and anew to whoever has changed an alert', async () => {
    const { db } = getDatabase();
    await api.app.close();
    api = await coreApi(db, (core) => [profileAlertRoutes(core, { maxAgeMs: () => 60_000 })]);
    const john = await createUser(commandContext(db), { username: 'john', profile });
    await db.knex('user_profile_usage').update({ used_total: 45 * 1024 ** 3 });
    const id = await create();
    const check = async () => (await api.as('viewer', 'POST', 'profile-alerts/check_alerts/')).body;
    const due = { triggered_count: 1, has_all_alerts: true, as_of: '2025-12-11T12:00:00Z' };
    expect(await check()).toMatchObject({ ...due, alerts: [{ alert_id: id, user_id: john }] });
    await db.knex('user_profile_usage').update({ used_total: 46 * 1024 ** 3 });
    api.clock.set('2025-12-11T12:00:30Z');
    expect(await check()).toMatchObject({ ...due, alerts: [{ current_usage_percent: 90 }] });
    const later = { as_of: '2025-12-11T12:00:30Z' };
    await api.as('admin', 'PATCH', `profile-alerts/${id}/`, { threshold_percent: 91 });
    expect(await check()).toMatchObject({ ...later, alerts: [{ threshold: 91, current_usage_percent: 92 }] });
    await api.as('admin', 'DELETE', `profile-alerts/${id}/`);
    expect(await check()).toEqual({ ...later, triggered_count: 0, alerts: [], has_all_alerts: true });
  });

  describe('by role', () => {
    const DENIED = { status: 403, body: { detail: 'Access denied: Administrator privileges required.' } };

    it.each([
      ['GET', '', 200, 403],
      ['GET', 'ID/', 200, 403],
      ['POST', 'check_alerts/', 200, 403],
      ['POST', '', 403, 403],
      ['PUT', 'ID/', 403, 403],
      ['PATCH', 'ID/', 403, 403],
      ['DELETE', 'ID/', 403, 403],
    ] as const)(
      '%s profile-alerts/%s is %i for a viewer and %i for a user',
      async (method, path, viewer, user) => {
        const at = `profile-alerts/${path.replace('ID', String(await create()))}`;
        const asViewer = await api.as('viewer', method, at);
        expect(viewer === 403 ? asViewer : asViewer.status).toEqual(viewer === 403 ? DENIED : 200);
        expect((await api.as({ userId: 1 }, method, at)).status).toBe(user);
      },
    );
  });

  it('has no GET for check_alerts', async () => {
    expect(await api.as('admin', 'GET', 'profile-alerts/check_alerts/')).toMatchObject({ status: 405 });
  });
});
