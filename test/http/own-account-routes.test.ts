/** Whoever is signed in, about themselves: what they may see and change, and what not (contract §0.16, §4, §9). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { type SignedInApi, signedInApi } from '../support/signed-in-api.ts';
import { plainJohn } from '../support/user-literal.ts';

const AT = '2025-12-11 12:00:00';
const JOHN = {
  ...plainJohn(),
  email: 'john@example.org',
  first_name: 'John',
  last_name: 'Doe',
};

describeEachDatabase('whoever is signed in', (getDatabase) => {
  let api: SignedInApi;
  let john: number;
  const users = () => getDatabase().db.knex('users');

  beforeEach(async () => {
    api = await signedInApi(getDatabase().db);
    const [id = 0] = await users().insert({
      username: 'john',
      email: 'john@example.org',
      first_name: 'John',
      last_name: 'Doe',
      password: await api.signIn.passwords.hash('correct horse'),
      cleartext_password: 'correct horse',
      date_joined: AT,
      created_at: AT,
      updated_at: AT,
    });
    john = id;
  });
  afterEach(() => api.close());

  const login = async (password: string) => {
    const answer = await api.send('POST', 'auth/login/', { body: { username: 'john', password } });
    const { access = '', refresh = '' } = Object(answer.body).tokens ?? {};
    return { status: answer.status, access: String(access), refresh: String(refresh) };
  };
  const withToken = (token: string, method: 'GET' | 'POST', path: string, body?: unknown) =>
    api.send(method, path, { headers: { authorization: `Bearer ${token}` }, body });

  it.each(['auth/profile/', 'users/me/'])('reads themselves at %s', async (path) => {
    const { status, body } = await api.as({ userId: john }, 'GET', path);
    expect([status, body]).toEqual([200, { id: john, ...JOHN }]);
  });

  it.each(['auth/profile/', 'users/me/'])('is nobody at %s with a token of nobody', async (path) => {
    expect(await api.as('admin', 'GET', path)).toMatchObject({ status: 404, body: { detail: 'Not found.' } });
  });

  describe.each([
    ['PATCH', 'auth/profile/'],
    ['PUT', 'auth/profile/'],
    ['PATCH', 'auth/profile/update/'],
    ['PUT', 'auth/profile/update/'],
  ] as const)('by %s %s', (method, path) => {
    const change = (body: unknown) => api.as({ userId: john }, method, path, body);

    it('changes name, email and phone number', async () => {
      const changes = { email: 'j@example.org', first_name: 'J', last_name: 'D', phone_number: '123' };
      expect(await change(changes)).toMatchObject({
        status: 200,
        body: { ...JOHN, ...changes, updated_at: expect.any(String) },
      });
    });

    it('changes nothing that decides what they may do or are charged for', async () => {
      const before = await users().where('id', john).first();
      const answer = await change({
        id: 999,
        username: 'root',
        is_staff: true,
        is_superuser: true,
        is_active: false,
        is_radius_enabled: false,
        role: 'admin',
        profile: 1,
        promotion: 1,
        matricule: 'x',
        mac_address: '00:11:22:33:44:55',
        ip_address: '192.0.2.1',
        voucher_code: 'x',
      });
      expect([answer.status, answer.body]).toEqual([
        200,
        { id: john, ...JOHN, updated_at: expect.any(String) },
      ]);
      const { updated_at: _, ...after } = await users().where('id', john).first();
      expect(before).toMatchObject(after);
    });

    it('may send back what was read', async () => {
      const { body } = await api.as({ userId: john }, 'GET', 'users/me/');
      expect((await change(body)).status).toBe(200);
    });

    it.each([
      [{ email: 7 }, 'email'],
      [{ email: 'not-an-email' }, 'email'],
      [{ first_name: 'x'.repeat(151) }, 'first_name'],
      [{ last_name: null }, 'last_name'],
      [{ phone_number: 'a\u0000b' }, 'phone_number'],
      [{ password: 'correct horse' }, 'password'],
      [{ cleartext_password: 'x' }, 'cleartext_password'],
      [[], 'non_field_errors'],
    ])('refuses %j by the field', async (body, field) => {
      const answer = await change(body);
      expect([answer.status, answer.body]).toEqual([400, { [field]: expect.any(Array) }]);
    });
  });

  describe('changing their password', () => {
    const NEW = {
      current_password: 'correct horse',
      new_password: 'battery staple',
      confirm_password: 'battery staple',
    };
    const path = 'auth/password/change/';

    it('signs in with the new one from then on, and ends every other sign-in', async () => {
      const [here, there] = [await login('correct horse'), await login('correct horse')];
      expect(await withToken(here.access, 'POST', path, NEW)).toMatchObject({
        status: 200,
        body: { message: 'Password changed successfully' },
      });
      expect((await withToken(here.access, 'GET', 'users/me/')).status).toBe(200);
      expect((await withToken(there.access, 'GET', 'users/me/')).status).toBe(401);
      const refresh = (token: string) =>
        api.send('POST', 'auth/token/refresh/', { body: { refresh: token } });
      expect((await refresh(there.refresh)).status).toBe(401);
      expect((await refresh(here.refresh)).status).toBe(200);
      expect((await login('correct horse')).status).toBe(401);
      expect((await login('battery staple')).status).toBe(200);
    });

    it('leaves no clear text behind, and writes down that it happened', async () => {
      const { access } = await login('correct horse');
      await withToken(access, 'POST', path, NEW);
      expect((await users().where('id', john).first()).cleartext_password).toBeNull();
      const audit = await getDatabase().db.knex('audit_log').where('action', 'change_password');
      expect(audit).toMatchObject([
        { actor: 'john', actor_address: '127.0.0.1', object_type: 'user', object_id: String(john) },
      ]);
      expect(JSON.stringify(await getDatabase().db.knex('audit_log'))).not.toMatch(/battery|horse|scrypt/);
    });

    it.each([
      [{ ...NEW, current_password: 'wrong horse' }, { current_password: ['Expected the current password.'] }],
      [
        { ...NEW, new_password: 'short', confirm_password: 'short' },
        { new_password: ['Expected 8 to 256 characters, got 5.'] },
      ],
      [
        { ...NEW, new_password: 'x'.repeat(257), confirm_password: 'x'.repeat(257) },
        { new_password: ['Expected 8 to 256 characters, got 257.'] },
      ],
      [
        { ...NEW, confirm_password: 'battery stable' },
        { confirm_password: ['Expected the new password once more.'] },
      ],
      [
        {},
        {
          current_password: ['This field is required.'],
          new_password: ['This field is required.'],
          confirm_password: ['This field is required.'],
        },
      ],
      [{ ...NEW, username: 'root' }, { username: ['This field is not known.'] }],
    ])('refuses %j', async (body, errors) => {
      const { access } = await login('correct horse');
      const answer = await withToken(access, 'POST', path, body);
      expect([answer.status, answer.body]).toEqual([400, errors]);
      expect((await login('correct horse')).status).toBe(200);
    });

    it('asks for a credential, and is nothing for a token of nobody', async () => {
      expect((await api.send('POST', path, { body: NEW })).status).toBe(401);
      expect((await api.as('admin', 'POST', path, NEW)).status).toBe(404);
    });
  });
});
