/** API tokens over HTTP: who may make, see and revoke them, and what they are good for (contract §0.20). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { type SignedInApi, signedInApi } from '../support/signed-in-api.ts';

const AT = '2025-12-11 12:00:00';
const FORBIDDEN = { detail: 'Access denied: Administrator privileges required.' };
const TOKEN = /^radmeter_api_[A-Za-z0-9_-]{43}$/;

describeEachDatabase('tokens', (getDatabase) => {
  let api: SignedInApi;
  let john: number;
  let root: number;
  const tables = () => getDatabase().db.knex;

  beforeEach(async () => {
    api = await signedInApi(getDatabase().db);
    const common = { password: '!', date_joined: AT, created_at: AT, updated_at: AT };
    [john = 0] = await tables()('users').insert({ username: 'john', ...common });
    [root = 0] = await tables()('users').insert({ username: 'root', is_staff: true, ...common });
  });
  afterEach(() => api.close());

  const create = (body: unknown) => api.as('admin', 'POST', 'tokens/', body);
  const status = async (token: string, method: 'GET' | 'POST', path: string, body?: unknown) =>
    (await api.send(method, path, { headers: { authorization: `Bearer ${token}` }, body })).status;

  async function made(body: unknown): Promise<{ id: number; token: string }> {
    const answer = await create(body);
    expect(answer).toMatchObject({
      status: 201,
      body: { id: expect.any(Number), token: expect.stringMatching(TOKEN) },
    });
    const { id, token } = Object(answer.body);
    return { id, token };
  }

  it('are made by admins and show their secret once', async () => {
    const expires_at = '2026-01-01T00:00:00Z';
    const answer = await create({ name: 'grafana', role: 'viewer', expires_at });
    const shape = {
      id: expect.any(Number),
      name: 'grafana',
      role: 'viewer',
      user: null,
      created_at: '2025-12-11T12:00:00Z',
      expires_at,
      last_used_at: null,
      revoked_at: null,
    };
    expect([answer.status, answer.body]).toEqual([201, { ...shape, token: expect.stringMatching(TOKEN) }]);
    const { id } = Object(answer.body);
    const one = await api.as('viewer', 'GET', `tokens/${id}/`);
    expect([one.status, one.body]).toEqual([200, shape]);
    const list = await api.as('viewer', 'GET', 'tokens/');
    expect(list).toMatchObject({ status: 200, body: { count: 3, next: null, previous: null } });
    expect(Object(list.body).results[1]).toEqual(shape);
    expect(JSON.stringify([one.body, list.body])).not.toContain('radmeter_api_');
  });

  it('are good for what their role says, until they end', async () => {
    const viewer = await made({ name: 'a', role: 'viewer', expires_at: '2025-12-12T12:00:00+00:00' });
    const admin = await made({ name: 'b', role: 'admin' });
    const body = { name: 'c', role: 'viewer' };
    expect(await status(viewer.token, 'GET', 'tokens/')).toBe(200);
    expect(await status(viewer.token, 'POST', 'tokens/', body)).toBe(403);
    expect(await status(admin.token, 'POST', 'tokens/', body)).toBe(201);
    api.clock.set('2025-12-12T12:00:00Z');
    expect(await status(viewer.token, 'GET', 'tokens/')).toBe(401);
    expect(await status(admin.token, 'GET', 'tokens/')).toBe(200);
  });

  it('of a user are good for no more than the user is', async () => {
    const { token } = await made({ name: 'a', role: 'admin', user: root });
    expect(await status(token, 'GET', 'tokens/')).toBe(200);
    expect(await status(token, 'GET', 'users/me/')).toBe(200);
    await tables()('users').where('id', root).update({ is_staff: false });
    expect(await status(token, 'GET', 'tokens/')).toBe(403);
    expect(await status(token, 'GET', 'users/me/')).toBe(200);
    await tables()('users').where('id', root).update({ is_active: false });
    expect(await status(token, 'GET', 'users/me/')).toBe(401);
  });

  it('of a user may be less than the user is', async () => {
    const { token } = await made({ name: 'a', role: 'user', user: root });
    expect(await status(token, 'GET', 'tokens/')).toBe(403);
  });

  it('are revoked at once and for good, stay listed, and are written down without a secret', async () => {
    const { id, token } = await made({ name: 'a', role: 'viewer' });
    expect(await api.as('admin', 'DELETE', `tokens/${id}/`)).toMatchObject({ status: 204, body: undefined });
    expect(await status(token, 'GET', 'tokens/')).toBe(401);
    expect((await api.as('admin', 'DELETE', `tokens/${id}/`)).status).toBe(204);
    const { body } = await api.as('admin', 'GET', `tokens/${id}/`);
    expect(body).toMatchObject({ name: 'a', revoked_at: '2025-12-11T12:00:00Z' });
    const audit = await tables()('audit_log')
      .where({ object_type: 'token', object_id: String(id) })
      .orderBy('id');
    expect(audit).toMatchObject([
      { action: 'create', actor: 'token:admin', actor_address: '127.0.0.1' },
      { action: 'revoke', actor: 'token:admin', actor_address: '127.0.0.1' },
    ]);
    expect(JSON.stringify(audit)).not.toContain(token.slice(-20));
    // The name is free again.
    await made({ name: 'a', role: 'viewer' });
  });

  describe.each(['GET', 'DELETE'] as const)('%s of a token', (method) => {
    it.each(['999999', 'abc', '1e3', '-1', '%00'])('%s that is not there is a 404', async (id) => {
      expect(await api.as('admin', method, `tokens/${id}/`)).toMatchObject({
        status: 404,
        body: { detail: 'Not found.' },
      });
    });

    it('that came of a sign-in is a 404', async () => {
      const password = await api.signIn.passwords.hash('correct horse');
      await tables()('users').where('id', john).update({ password });
      await api.send('POST', 'auth/login/', { body: { username: 'john', password: 'correct horse' } });
      const { id } = await tables()('api_tokens').where('kind', 'access').first();
      expect((await api.as('admin', method, `tokens/${id}/`)).status).toBe(404);
    });
  });

  it.each([
    ['GET', 'tokens/', 200],
    ['GET', 'tokens/1/', 404],
    ['POST', 'tokens/', 403],
    ['DELETE', 'tokens/1/', 403],
  ] as const)('a viewer who asks %s %s gets %i', async (method, path, expected) => {
    const body = method === 'POST' ? { name: 'x', role: 'admin' } : undefined;
    expect(
      (await api.as('viewer', method, path === 'tokens/1/' ? 'tokens/999999/' : path, body)).status,
    ).toBe(expected);
  });

  it.each([
    ['GET', 'tokens/'],
    ['GET', 'tokens/1/'],
    ['POST', 'tokens/'],
    ['DELETE', 'tokens/1/'],
  ] as const)(
    'a user who asks %s %s is refused, and nobody at all is asked who they are',
    async (method, path) => {
      const body = method === 'POST' ? { name: 'x', role: 'admin' } : undefined;
      expect(await api.as({ userId: john }, method, path, body)).toMatchObject({
        status: 403,
        body: FORBIDDEN,
      });
      expect((await api.send(method, path, { body })).status).toBe(401);
    },
  );

  it.each([
    [{}, { name: ['This field is required.'], role: ['This field is required.'] }],
    [{ name: '', role: 'admin' }, { name: expect.any(Array) }],
    [{ name: ' a', role: 'admin' }, { name: expect.any(Array) }],
    [{ name: 'x'.repeat(101), role: 'admin' }, { name: expect.any(Array) }],
    [{ name: 'a', role: 'root' }, { role: expect.any(Array) }],
    [{ name: 'a', role: 'user' }, { role: expect.any(Array) }],
    [{ name: 'admin', role: 'admin' }, { name: ['There is already a token "admin".'] }],
    [{ name: 'a', role: 'admin', user: 'john' }, { user: expect.any(Array) }],
    [{ name: 'a', role: 'admin', user: 1.5 }, { user: expect.any(Array) }],
    [{ name: 'a', role: 'admin', expires_at: 'tomorrow' }, { expires_at: expect.any(Array) }],
    [{ name: 'a', role: 'admin', expires_at: '' }, { expires_at: expect.any(Array) }],
    [{ name: 'a', role: 'admin', expires_at: 5 }, { expires_at: expect.any(Array) }],
    [{ name: 'a', role: 'admin', expires_at: '2025-12-11T12:00:00Z' }, { expires_at: expect.any(Array) }],
    [{ name: 'a', role: 'admin', token: 'radmeter_api_x' }, { token: ['This field is not known.'] }],
  ])('are not made of %j', async (body, errors) => {
    const answer = await create(body);
    expect([answer.status, answer.body]).toEqual([400, errors]);
    expect(await tables()('api_tokens').count({ count: '*' }).first()).toEqual({ count: 1 });
  });

  it('are not made for a role above the user, nor for a user who is not there', async () => {
    expect(await create({ name: 'a', role: 'viewer', user: john })).toMatchObject({
      status: 400,
      body: { role: ['Expected no more than john is, user; got "viewer".'] },
    });
    const answer = await create({ name: 'a', role: 'user', user: 999_999 });
    expect([answer.status, answer.body]).toEqual([
      400,
      { user: ['Invalid pk "999999" - object does not exist.'] },
    ]);
  });
});
