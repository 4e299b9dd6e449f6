/** `disconnection-logs/`: who was cut off, for whom it was, and letting them in again. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { disconnectionLogRoutes } from '../../src/http/disconnection-log-routes.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { allowEntries, auditEntries, refuseEntries } from '../support/audit-entries.ts';
import { commandContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

const NOT_FOUND = { status: 404, body: { detail: 'Not found.' } };
const FORBIDDEN = { status: 403, body: { detail: 'Access denied: Administrator privileges required.' } };
const NOT_DISCONNECTED = {
  status: 200,
  body: { is_disconnected: false, message: 'Aucune déconnexion active' },
};

describeEachDatabase('disconnections over HTTP', (getDatabase) => {
  let api: CoreApi;
  let john: number;
  let jane: number;
  /** John's, the older one over; then Jane's. */
  let logs: { past: number; current: number; janes: number };

  const log = async (columns: object): Promise<number> => {
    const [id = 0] = await getDatabase().db.knex('user_disconnection_logs').insert(columns);
    return id;
  };
  const radcheck = () => getDatabase().db.knex('radcheck').orderBy('id').select('username', 'statut');
  const listed = async (query: string) => {
    const { body } = await api.as('viewer', 'GET', `disconnection-logs/${query}`);
    const { count, results } = body as { count: number; results: { id: number }[] };
    return { count, ids: results.map(({ id }) => id) };
  };

  beforeEach(async () => {
    const { db } = getDatabase();
    api = await coreApi(db, (given) => [disconnectionLogRoutes(given)]);
    const context = commandContext(db);
    john = await createUser(context, { username: 'john', firstName: 'John', lastName: 'Doe' });
    jane = await createUser(context, { username: 'jane' });
    await db.knex('audit_log').delete();
    logs = {
      past: await log({
        ...{ user_id: john, reason: 'simultaneous_use', disconnected_at: '2025-12-10 08:00:00' },
        ...{ reconnected_at: '2025-12-10 09:00:00', is_active: false, reconnected_by_id: jane },
      }),
      current: await log({
        ...{ user_id: john, reason: 'quota_exceeded', disconnected_at: '2025-12-11 08:00:00.123456' },
        ...{ description: 'Quota dépassé: 52.25 Go / 50 Go', quota_used: 56_103_010_304 },
        ...{ quota_limit: 53_687_091_200, session_duration: 3_905, is_active: true },
      }),
      janes: await log({
        user_id: jane,
        reason: 'manual',
        disconnected_at: '2025-12-09 08:00:00',
        is_active: true,
      }),
    };
    for (const [
      username,
      statut,
    ] of [['john', false], ['john', true], ['John', false], ['jane', false]] as const) // biome-ignore format: one table
      await db.knex('radcheck').insert({ username, attribute: 'Cleartext-Password', value: 'x', statut });
  });
  afterEach(async () => {
    await allowEntries(getDatabase().db);
    await api.app.close();
  });

  const current = () => ({
    id: logs.current,
    user: john,
    user_username: 'john',
    user_full_name: 'John Doe',
    reason: 'quota_exceeded',
    reason_display: 'Quota de données dépassé',
    description: 'Quota dépassé: 52.25 Go / 50 Go',
    disconnected_at: '2025-12-11T08:00:00.123456Z',
    reconnected_at: null,
    is_active: true,
    reconnected_by: null,
    quota_used: 56_103_010_304,
    quota_limit: 53_687_091_200,
    quota_used_gb: 52.25,
    quota_limit_gb: 50,
    session_duration: 3_905,
    duration_formatted: '1h05m',
  });

  it('are listed, the newest first, in the shape that clients know', async () => {
    const { status, body } = await api.as('admin', 'GET', 'disconnection-logs/');
    expect([status, body]).toMatchObject([200, { count: 3, next: null, previous: null }]);
    const { results } = body as { results: object[] };
    expect(results[0]).toEqual(current());
    expect(results[1]).toEqual({
      ...{ ...current(), id: logs.past, reason: 'simultaneous_use', reason_display: 'simultaneous_use' },
      ...{ description: '', disconnected_at: '2025-12-10T08:00:00Z', reconnected_at: '2025-12-10T09:00:00Z' },
      ...{ is_active: false, reconnected_by: jane, reconnected_by_username: 'jane', quota_used: null },
      ...{ quota_limit: null, quota_used_gb: null, quota_limit_gb: null, session_duration: null },
      duration_formatted: null,
    });
    expect(results[2]).toMatchObject({
      user_full_name: '',
      reason_display: 'Désactivation manuelle par admin',
    });
  });

  it('are filtered by user, by whether they last, and by reason', async () => {
    expect(await listed(`?user=${john}`)).toEqual({ count: 2, ids: [logs.current, logs.past] });
    expect(await listed('?is_active=true')).toEqual({ count: 2, ids: [logs.current, logs.janes] });
    expect(await listed(`?is_active=False&user=${john}`)).toEqual({ count: 1, ids: [logs.past] });
    expect(await listed('?reason=manual')).toEqual({ count: 1, ids: [logs.janes] });
    expect(await listed('?user=&is_active=&reason=&x=1')).toMatchObject({ count: 3 });
    expect(await listed('?user=999999')).toEqual({ count: 0, ids: [] });
    expect(await listed('?page=last&page_size=2')).toEqual({ count: 3, ids: [logs.janes] });
    for (const [name, value] of [
      ['user', 'abc'],
      ['is_active', '1'],
    ] as const) {
      // biome-ignore format: one table
      const { status, body } = await api.as('admin', 'GET', `disconnection-logs/?${name}=${value}`);
      expect([status, Object.keys(body as object)]).toEqual([400, [name]]);
    }
  });

  it('are read one by one', async () => {
    expect(await api.as('viewer', 'GET', `disconnection-logs/${logs.current}/`)).toEqual({
      status: 200,
      body: current(),
    });
    for (const id of ['999999', 'abc', '1%27'])
      expect(await api.as('admin', 'GET', `disconnection-logs/${id}/`)).toEqual(NOT_FOUND);
  });

  it('are told to whoever they are about, and to nobody else', async () => {
    const asJohn = () => api.as({ userId: john }, 'GET', 'disconnection-logs/current/');
    expect(await asJohn()).toEqual({ status: 200, body: current() });
    await getDatabase()
      .db.knex('user_disconnection_logs')
      .where('id', logs.current)
      .update({ is_active: false });
    expect(await asJohn()).toEqual(NOT_DISCONNECTED);
    expect(await api.as('admin', 'GET', 'disconnection-logs/current/')).toEqual(NOT_DISCONNECTED);
    expect(await api.as({ userId: john }, 'GET', 'disconnection-logs/')).toEqual(FORBIDDEN);
    expect(await api.as({ userId: john }, 'GET', `disconnection-logs/${logs.past}/`)).toEqual(FORBIDDEN);
  });

  const reactivate = () => api.as('admin', 'POST', `disconnection-logs/${logs.current}/reactivate/`);

  it('end by an admin, who puts the rows of radcheck in force again', async () => {
    expect(await reactivate()).toEqual({
      status: 200,
      body: {
        message: 'Utilisateur john réactivé avec succès',
        radcheck_updated: 2,
        reconnected_at: '2025-12-11T12:00:00Z',
        reconnected_by: 'token:admin',
      },
    });
    expect((await api.as('admin', 'GET', `disconnection-logs/${logs.current}/`)).body).toEqual({
      ...current(),
      is_active: false,
      reconnected_at: '2025-12-11T12:00:00Z',
    });
    expect(await radcheck()).toEqual([
      { username: 'john', statut: 1 },
      { username: 'john', statut: 1 },
      { username: 'John', statut: 0 },
      { username: 'jane', statut: 0 },
    ]);
    expect(await auditEntries(getDatabase().db)).toEqual([
      {
        ...{ who: 'token:admin', from: '127.0.0.1', what: 'reactivate disconnection_log' },
        id: String(logs.current),
        before: { is_active: true, reconnected_at: null, reconnected_by_id: null },
        after: {
          ...{ is_active: false, reconnected_at: '2025-12-11 12:00:00', reconnected_by_id: null },
          radcheck_updated: 2,
        },
      },
    ]);
  });

  it('end once', async () => {
    const answers = await Promise.all([reactivate(), reactivate()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400]);
    expect(await reactivate()).toEqual({
      status: 400,
      body: { error: 'Cette déconnexion a déjà été résolue', detail: '"john" was let in again already' },
    });
    expect(await auditEntries(getDatabase().db)).toHaveLength(1);
  });

  it('last where the entry of who ends them cannot be written', async () => {
    await refuseEntries(getDatabase().db);
    expect(await reactivate()).toEqual({ status: 500, body: { detail: 'Internal error' } });
    expect(await listed('?is_active=true')).toEqual({ count: 2, ids: [logs.current, logs.janes] });
    expect((await radcheck())[0]).toMatchObject({ statut: 0 });
  });

  it('end by nobody but admins, and where they are', async () => {
    const path = `disconnection-logs/${logs.current}/reactivate/`;
    expect(await api.as('viewer', 'POST', path)).toEqual(FORBIDDEN);
    expect(await api.as({ userId: john }, 'POST', path)).toEqual(FORBIDDEN);
    expect(await api.as('admin', 'POST', 'disconnection-logs/999999/reactivate/')).toEqual(NOT_FOUND);
    expect((await api.as('admin', 'GET', path)).status).toBe(405);
    expect((await api.as('admin', 'DELETE', `disconnection-logs/${logs.current}/`)).status).toBe(405);
    expect(await listed('?is_active=true')).toMatchObject({ count: 2 });
  });
});
