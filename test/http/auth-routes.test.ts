/** Signing in, and what an access token is good for, through a listening server, by literals of contract §4. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { type FullAnswer, type SignedInApi, signedInApi, tokensIn } from '../support/signed-in-api.ts';

const AT = '2025-12-11 12:00:00';
const PASSWORD = 'correct horse';
const NOT_VALID = {
  detail: 'Given token not valid for any token type',
  code: 'token_not_valid',
  messages: [{ token_class: 'AccessToken', token_type: 'access', message: 'Token is invalid or expired' }],
};
const NOT_PROVIDED = { detail: 'Authentication credentials were not provided.' };
const INACTIVE = { detail: 'User is inactive', code: 'user_inactive' };

describeEachDatabase('signing in over HTTP', (getDatabase) => {
  let api: SignedInApi;
  let john: number;

  beforeEach(async () => {
    api = await signedInApi(getDatabase().db);
    john = await addUser('john', PASSWORD);
  });
  afterEach(() => api.close());

  async function addUser(username: string, password?: string, more: object = {}): Promise<number> {
    const [id = 0] = await users().insert({
      username,
      password: password === undefined ? '!' : await api.signIn.passwords.hash(password),
      date_joined: AT,
      created_at: AT,
      updated_at: AT,
      ...more,
    });
    return id;
  }

  const users = () => getDatabase().db.knex('users');
  const tokens = () => getDatabase().db.knex('api_tokens');
  const login = (username: unknown = 'john', password: unknown = PASSWORD) =>
    api.send('POST', 'auth/login/', { body: { username, password } });
  const refresh = (token: string) => api.send('POST', 'auth/token/refresh/', { body: { refresh: token } });
  const me = (token: string) =>
    api.send('GET', 'users/me/', { headers: { authorization: `Bearer ${token}` } });
  const status = async (answer: Promise<FullAnswer>) => (await answer).status;

  async function signedIn(): Promise<{ access: string; refresh: string }> {
    return tokensIn(await login());
  }

  describe('with user name and password', () => {
    it('answers the user, both tokens and the one cookie', async () => {
      const answer = await login();
      expect([answer.status, answer.body]).toEqual([
        200,
        {
          user: expect.objectContaining({ id: john, username: 'john', role: 'user', is_active: true }),
          tokens: {
            access: expect.stringMatching(/^radmeter_access_[A-Za-z0-9_-]{43}$/),
            refresh: expect.stringMatching(/^radmeter_refresh_[A-Za-z0-9_-]{43}$/),
          },
          message: 'Login successful',
          auth_method: 'cookie',
        },
      ]);
      expect(answer.headers['set-cookie']).toHaveLength(1);
      expect(answer.cookie).toEqual([
        `access_token=${tokensIn(answer).access}`,
        'Max-Age=3600',
        'Path=/',
        'HttpOnly',
        'SameSite=Strict',
      ]);
      expect(JSON.stringify(answer.body)).not.toMatch(/password|scrypt/);
    });

    it('keeps hashes of tokens alone, and notes the sign-in', async () => {
      const given = await signedIn();
      const rows = await tokens().orderBy('id');
      expect(rows.map(({ kind, user_id, role }) => [kind, user_id, role])).toEqual([
        ['refresh', john, 'user'],
        ['access', john, 'user'],
      ]);
      const kept = JSON.stringify(rows) + rows.map(({ token_hash }) => String(token_hash)).join('');
      expect(kept).not.toContain(given.access.slice(-20));
      expect(kept).not.toContain(given.refresh.slice(-20));
      expect((await users().where('id', john).first()).last_login).toMatch(new RegExp(`^${AT}`));
    });

    it.each([
      ['another password', 'john', 'wrong horse'],
      ['a user who is not there', 'mary', PASSWORD],
      ['the name in other letters', 'John', PASSWORD],
      ['the id in place of the name', '', PASSWORD],
      ['a user without a usable password', 'guest', PASSWORD],
      ['a user who was deactivated', 'gone', PASSWORD],
    ])('refuses %s in the same words', async (_, username, password) => {
      await addUser('guest');
      await addUser('gone', PASSWORD, { is_active: false });
      const answer = await login(username === '' ? String(john) : username, password);
      expect([answer.status, answer.body]).toEqual([401, { error: 'Invalid credentials' }]);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="api"');
      expect(answer.cookie).toEqual([]);
      expect(await tokens()).toEqual([]);
    });

    it.each([
      [{}, { error: 'Please provide both username and password' }],
      [{ username: 'john' }, { error: 'Please provide both username and password' }],
      [{ username: '', password: '' }, { error: 'Please provide both username and password' }],
      [undefined, { error: 'Please provide both username and password' }],
      [
        { username: 7, password: PASSWORD },
        { username: ['Expected text of at most 150 characters, got 7.'] },
      ],
      [
        { username: 'john', password: 'x'.repeat(1025) },
        { password: ['Expected text of at most 1024 characters, got 1025 characters.'] },
      ],
      [{ username: 'john', password: PASSWORD, is_staff: true }, { is_staff: ['This field is not known.'] }],
      [[], { non_field_errors: ['Expected an object, got a list.'] }],
    ])('refuses the body %j', async (body, errors) => {
      const answer = await api.send('POST', 'auth/login/', { body });
      expect([answer.status, answer.body]).toEqual([400, errors]);
    });

    it("accepts Django's PBKDF2 hash, and hashes anew", async () => {
      const django = 'pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso=';
      await users().where('id', john).update({ password: django });
      expect(await status(login())).toBe(200);
      const { password } = await users().where('id', john).first();
      expect(password).toMatch(/^scrypt\$16384\$/);
      expect(await status(login())).toBe(200);
      expect(await status(login('john', 'wrong horse'))).toBe(401);
    });

    it('makes whoever is staff or superuser an admin', async () => {
      await addUser('root', PASSWORD, { is_superuser: true });
      const { access } = tokensIn(await login('root'));
      expect(await status(tokenList(access))).toBe(200);
      expect(await status(tokenList((await signedIn()).access))).toBe(403);
      await users().where('username', 'root').update({ is_superuser: false });
      expect(await status(tokenList(access))).toBe(403);
    });

    it('removes rows that have expired, and no others', async () => {
      await signedIn();
      api.clock.set('2025-12-11T13:30:00Z');
      await signedIn();
      expect(await tokens().count({ count: '*' }).first()).toEqual({ count: 3 });
      api.clock.set('2025-12-13T12:00:00Z');
      await signedIn();
      expect(await tokens().count({ count: '*' }).first()).toEqual({ count: 2 });
    });
  });

  const tokenList = (token: string) =>
    api.send('GET', 'tokens/', { headers: { authorization: `Bearer ${token}` } });

  describe('an access token', () => {
    it('proves who somebody is for an hour', async () => {
      const { access } = await signedIn();
      expect((await me(access)).body).toMatchObject({ id: john, username: 'john' });
      api.clock.set('2025-12-11T12:59:59Z');
      expect(await status(me(access))).toBe(200);
      api.clock.set('2025-12-11T13:00:00Z');
      expect(await me(access)).toMatchObject({ status: 401, body: NOT_VALID });
    });

    it('is worth nothing once its user is deactivated or deleted', async () => {
      const { access, refresh: token } = await signedIn();
      await users().where('id', john).update({ is_active: false });
      expect(await me(access)).toMatchObject({ status: 401, body: INACTIVE });
      expect(await refresh(token)).toMatchObject({ status: 401, body: INACTIVE });
      await users().where('id', john).delete();
      expect(await me(access)).toMatchObject({ status: 401, body: NOT_VALID });
      expect(await status(refresh(token))).toBe(401);
    });

    it('notes its use at most once a minute', async () => {
      const { access } = await signedIn();
      const lastUse = async () => (await tokens().where('kind', 'access').first()).last_used_at;
      await me(access);
      await expect.poll(lastUse).toBe(Date.parse('2025-12-11T12:00:00Z'));
      api.clock.set('2025-12-11T12:00:59Z');
      await me(access);
      expect(await lastUse()).toBe(Date.parse('2025-12-11T12:00:00Z'));
      api.clock.set('2025-12-11T12:01:00Z');
      await me(access);
      await expect.poll(lastUse).toBe(Date.parse('2025-12-11T12:01:00Z'));
    });

    it.each([
      ['nothing', {}, NOT_PROVIDED],
      ['another scheme', { authorization: 'Basic am9objpwdw==' }, NOT_PROVIDED],
      ['a scheme alone', { authorization: 'Bearer ' }, NOT_PROVIDED],
      ['two tokens', { authorization: 'Bearer a b' }, NOT_PROVIDED],
      ['an empty cookie', { cookie: 'access_token=' }, NOT_PROVIDED],
      ['another cookie', { cookie: 'sessionid=x' }, NOT_PROVIDED],
      ['no token of ours', { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.x' }, NOT_VALID],
      ['a forged token', { authorization: `Bearer radmeter_access_${'A'.repeat(43)}` }, NOT_VALID],
      ['a forged cookie', { cookie: `access_token=radmeter_access_${'A'.repeat(43)}` }, NOT_VALID],
      ['a broken cookie', { cookie: 'access_token=%E0%A4%A' }, NOT_VALID],
    ])('a request with %s is a 401', async (_, headers, body) => {
      const answer = await api.send('GET', 'users/me/', { headers });
      expect([answer.status, answer.body]).toEqual([401, body]);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="api"');
    });

    it('is not a refresh token, and a refresh token is none', async () => {
      const { access, refresh: token } = await signedIn();
      expect(await me(token)).toMatchObject({ status: 401, body: NOT_VALID });
      expect(await refresh(access)).toMatchObject({
        status: 401,
        body: { detail: 'Token is invalid or expired', code: 'token_not_valid' },
      });
    });

    it('in the header goes before the cookie', async () => {
      const { access } = await signedIn();
      const answer = await api.send('GET', 'users/me/', {
        headers: { authorization: 'Bearer wrong', cookie: `access_token=${access}` },
      });
      expect(answer.status).toBe(401);
    });
  });
});
