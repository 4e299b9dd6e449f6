/** `audit-log/`: who changed what, for admins. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { auditLogRoutes } from '../../src/http/audit-log-routes.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

const AT = Date.parse('2025-12-11T12:00:00Z');

describeEachDatabase('the audit log over HTTP', (getDatabase) => {
  let api: CoreApi;

  const entry = (columns: object) => ({
    ...{ at: AT, actor: 'ada', action: 'update', object_type: 'profile', object_id: '1', ...columns },
  });
  const found = async (query: string) => {
    const { body } = await api.as('admin', 'GET', `audit-log/${query}`);
    const { count, results } = body as { count: number; results: { actor: string }[] };
    return { count, actors: results.map(({ actor }) => actor) };
  };

  beforeEach(async () => {
    const { db } = getDatabase();
    api = await coreApi(db, (given) => [auditLogRoutes(given)]);
    await db.knex('audit_log').insert([
      entry({ actor: 'first', at: AT - 2, object_id: '2' }),
      entry({
        actor: 'second',
        action: 'create',
        at: AT + 123,
        before_json: null,
        after_json: '{"name":"A"}',
      }),
      entry({
        actor: 'third',
        object_type: 'user',
        actor_address: '192.0.2.7',
        at: AT - 1,
        object_id: null,
      }),
      entry({ actor: 'fourth', at: AT - 1, before_json: '{"name":"A"}', after_json: 'damaged' }),
    ]);
  });
  afterEach(() => api.app.close());

  it('shows the newest first, each with who, from where and what', async () => {
    const { status, body } = await api.as('admin', 'GET', 'audit-log/');
    expect(status).toBe(200);
    expect(body).toMatchObject({ count: 4, next: null, previous: null });
    const { results } = body as { results: object[] };
    const common = { id: expect.any(Number), actor_address: null, object_type: 'profile' };
    expect(results).toEqual([
      {
        ...{ ...common, at: '2025-12-11T12:00:00.123Z', actor: 'second', action: 'create', object_id: '1' },
        ...{ before: null, after: { name: 'A' } },
      },
      {
        ...{ ...common, at: '2025-12-11T11:59:59.999Z', actor: 'fourth', action: 'update', object_id: '1' },
        ...{ before: { name: 'A' }, after: 'damaged' },
      },
      {
        ...{ ...common, at: '2025-12-11T11:59:59.999Z', actor: 'third', action: 'update', object_id: null },
        ...{ object_type: 'user', actor_address: '192.0.2.7', before: null, after: null },
      },
      {
        ...{ ...common, at: '2025-12-11T11:59:59.998Z', actor: 'first', action: 'update', object_id: '2' },
        ...{ before: null, after: null },
      },
    ]);
  });

  it.each([
    ['?object_type=user', ['third']],
    ['?object_type=profile&object_id=1', ['second', 'fourth']],
    ['?actor=third', ['third']],
    ['?action=create', ['second']],
    ['?since=2025-12-11T12:00:00Z', ['second']],
    ['?until=2025-12-11T12:00:00Z', ['fourth', 'third', 'first']],
    ['?since=2025-12-11T11:59:59.999Z&until=2025-12-11T12:00:00Z&action=update', ['fourth', 'third']],
    ['?since=&actor=&object_type=', ['second', 'fourth', 'third', 'first']],
    ['?actor=nobody', []],
    ['?actor=third%27%20OR%201=1', []],
    ['?unknown=1', ['second', 'fourth', 'third', 'first']],
  ])('is filtered by %s', async (query, actors) => {
    expect(await found(query)).toEqual({ count: actors.length, actors });
  });

  it('comes in pages that keep the filters', async () => {
    const { body } = await api.as('admin', 'GET', 'audit-log/?page_size=1&action=update&page=2');
    expect(body).toMatchObject({
      count: 3,
      next: expect.stringContaining('action=update&page=3'),
      previous: expect.not.stringContaining('&page='),
      results: [{ actor: 'third' }],
    });
    expect(await found('?page=last&page_size=3')).toEqual({ count: 4, actors: ['first'] });
    expect(await api.as('admin', 'GET', 'audit-log/?page=9')).toEqual({
      status: 404,
      body: { detail: 'Invalid page.' },
    });
  });

  it.each(['since', 'until'])('refuses a %s that is no time', async (name) => {
    expect(await api.as('admin', 'GET', `audit-log/?${name}=yesterday`)).toEqual({
      status: 400,
      body: { [name]: [expect.stringContaining('got "yesterday"')] },
    });
  });

  it('is read by a viewer', async () => {
    expect((await api.as('viewer', 'GET', 'audit-log/')).status).toBe(200);
  });

  it('is not for a user', async () => {
    expect(await api.as('user', 'GET', 'audit-log/')).toEqual({
      status: 403,
      body: { detail: 'Access denied: Administrator privileges required.' },
    });
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('cannot be changed by %s', async (method) => {
    expect((await api.as('admin', method, 'audit-log/')).status).toBe(405);
  });
});
