/** `intents/`: what is decided about sessions, over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { intentRoutes } from '../../src/http/intent-routes.ts';
import { sessionRoutes } from '../../src/http/session-routes.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { insertSession, type SessionColumns } from '../support/session-rows.ts';

const [STOPPED, PRESUMED] = [1, 2];
const DENIED = { status: 403, body: { detail: 'Access denied: Administrator privileges required.' } };

describeEachDatabase('intents over HTTP', (getDatabase) => {
  let api: CoreApi;
  let john: number;
  let jane: number;

  beforeEach(async () => {
    const { db } = getDatabase();
    api = await coreApi(db, (core) => [sessionRoutes(core), intentRoutes(core)]);
    john = await createUser(commandContext(db), { username: 'john' });
    jane = await createUser(commandContext(db), { username: 'jane' });
  });
  afterEach(() => api.app.close());

  const insert = (columns: SessionColumns = {}) => insertSession(getDatabase().db, columns);
  const get = (path: string, as: 'admin' | 'viewer' | { userId: number } = 'viewer') =>
    api.as(as, 'GET', path);

  describe('to disconnect', () => {
    const disconnect = (id: number, as: 'admin' | 'viewer' | { userId: number } = 'admin') =>
      api.as(as, 'POST', `sessions/${id}/disconnect/`);

    it('are one for a session, with an entry in the audit log', async () => {
      const { knex } = getDatabase().db;
      const id = await insert({ user_id: john });
      const first = await disconnect(id);
      const intent = {
        id: expect.any(Number),
        session: id,
        user: john,
        user_username: 'john',
        kind: 'disconnect',
        reason: 'manual',
        status: 'pending',
        is_live: true,
        attempts: 0,
        due_at: '2025-12-11T12:00:00Z',
        detail: null,
        outcome: null,
        created_at: '2025-12-11T12:00:00Z',
        finished_at: null,
      };
      expect(first).toEqual({ status: 202, body: intent });
      api.clock.set('2025-12-11T12:00:05Z');
      expect(await disconnect(id)).toEqual({ status: 200, body: first.body });
      expect((await get(`sessions/${id}/`, { userId: john })).body).toMatchObject({
        live_intent: first.body,
      });
      expect(await get(`sessions/${id}/intents/`, { userId: john })).toEqual({ status: 200, body: [intent] });
      expect(await knex('audit_log').select('actor', 'action', 'object_type', 'object_id')).toMatchObject([
        {},
        {},
        { actor: 'token:admin', action: 'disconnect', object_type: 'session', object_id: String(id) },
      ]);
    });

    it('are one where several people ask at once', async () => {
      const id = await insert({ user_id: john });
      const answers = await Promise.all([disconnect(id), disconnect(id), disconnect(id)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 202]);
      expect(await getDatabase().db.knex('enforcement_intents')).toHaveLength(1);
    });

    it('are decided anew once the one before is finished', async () => {
      const { knex } = getDatabase().db;
      const id = await insert({ user_id: john });
      await disconnect(id);
      await knex('enforcement_intents').update({ live_key: null, status: 'failed', finished_at: 1 });
      expect((await disconnect(id)).status).toBe(202);
      const { body } = await get(`sessions/${id}/intents/`);
      expect(body).toMatchObject([{ is_live: true }, { is_live: false, status: 'failed' }]);
    });

    it('take the place of a change that is still to be made', async () => {
      const id = await insert({ user_id: john });
      await disconnect(id);
      await getDatabase().db.knex('enforcement_intents').update({ kind: 'coa' });
      expect(await disconnect(id)).toMatchObject({
        status: 202,
        body: { kind: 'disconnect', is_live: true },
      });
      expect((await get(`sessions/${id}/intents/`)).body).toMatchObject([
        { kind: 'disconnect', is_live: true },
        { kind: 'coa', is_live: false, status: 'superseded', finished_at: '2025-12-11T12:00:00Z' },
      ]);
    });

    it('are made for a session that is nobody’s', async () => {
      const { body } = await disconnect(await insert({ user_id: null }));
      expect(body).toMatchObject({ user: null, is_live: true });
      expect(body).not.toHaveProperty('user_username');
    });

    it.each([
      [STOPPED, 'it has ended'],
      [PRESUMED, 'it is presumed to have ended'],
    ])('are refused for one that is over (%i), and nothing changes', async (closeKind, why) => {
      const id = await insert({ user_id: john, close_kind: closeKind });
      expect(await disconnect(id)).toEqual({
        status: 400,
        body: { error: 'session_closed', detail: `session ${id} cannot be disconnected: ${why}` },
      });
      expect(await getDatabase().db.knex('enforcement_intents')).toEqual([]);
    });

    it('are for admins alone', async () => {
      const id = await insert({ user_id: john });
      expect([await disconnect(id, 'viewer'), await disconnect(id, { userId: john })]).toEqual([
        DENIED,
        DENIED,
      ]);
    });
  });

  it('are listed, the newest first, for whoever reads everything', async () => {
    const sessions = [await insert({ user_id: john }), await insert({ user_id: jane })];
    for (const id of sessions) await api.as('admin', 'POST', `sessions/${id}/disconnect/`);
    await getDatabase()
      .db.knex('enforcement_intents')
      .where('radacctid', sessions[0])
      .update({ live_key: null });
    const of = async (query: string) => {
      const { body } = await get(`intents/${query}`);
      const results: { session: number }[] = Reflect.get(Object(body), 'results') ?? [];
      return results.map(({ session }) => session);
    };
    expect(await of('')).toEqual([sessions[1], sessions[0]]);
    expect([await of('?is_live=true'), await of('?is_live=false')]).toEqual([[sessions[1]], [sessions[0]]]);
    expect(await get('intents/?is_live=2')).toMatchObject({ status: 400 });
    expect(await get('intents/', { userId: john })).toEqual(DENIED);
  });
});
