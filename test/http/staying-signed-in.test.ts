/** Staying signed in and signing out, through a listening server, by literals of contract §4. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { userRoutes } from '../../src/http/user-routes.ts';
import { allowEntries, refuseEntries } from '../support/audit-entries.ts';
import { describeEachDatabase } from '../support/databases.ts';
import {
  type FullAnswer,
  type SignedInApi,
  signedInApi,
  type TokenPair,
  tokensIn,
} from '../support/signed-in-api.ts';

const AT = '2025-12-11 12:00:00';
const BLACKLISTED = { detail: 'Token is blacklisted', code: 'token_not_valid' };
const NOT_VALID = { detail: expect.any(String), code: 'token_not_valid', messages: expect.any(Array) };

describeEachDatabase('staying signed in', (getDatabase) => {
  let api: SignedInApi;

  beforeEach(async () => {
    const { db } = getDatabase();
    api = await signedInApi(db, (parts, signIn) => [userRoutes(parts, signIn)]);
    const password = await api.signIn.passwords.hash('correct horse');
    await db
      .knex('users')
      .insert({ username: 'john', password, date_joined: AT, created_at: AT, updated_at: AT });
  });
  afterEach(async () => {
    await allowEntries(getDatabase().db);
    await api.close();
  });

  const refresh = (token: string) => api.send('POST', 'auth/token/refresh/', { body: { refresh: token } });
  const me = (token: string) =>
    api.send('GET', 'users/me/', { headers: { authorization: `Bearer ${token}` } });
  const status = async (answer: Promise<FullAnswer>) => (await answer).status;
  const signedIn = async () =>
    tokensIn(
      await api.send('POST', 'auth/login/', { body: { username: 'john', password: 'correct horse' } }),
    );

  describe('a refresh token', () => {
    it('gives two new tokens once, and the cookie anew', async () => {
      const first = await signedIn();
      const answer = await refresh(first.refresh);
      const second = tokensIn({ body: { tokens: answer.body } });
      expect([answer.status, answer.body]).toEqual([
        200,
        { access: expect.any(String), refresh: expect.any(String) },
      ]);
      expect(answer.cookie[0]).toBe(`access_token=${second.access}`);
      expect(await status(me(second.access))).toBe(200);
      // Requests under way still carry the one before.
      expect(await status(me(first.access))).toBe(200);
    });

    it('that was used already ends the whole sign-in, and no other', async () => {
      const other = await signedIn();
      const first = await signedIn();
      const second = tokensIn({ body: { tokens: (await refresh(first.refresh)).body } });
      expect(await refresh(first.refresh)).toMatchObject({ status: 401, body: BLACKLISTED });
      expect(await status(me(second.access))).toBe(401);
      expect(await status(me(first.access))).toBe(401);
      expect(await refresh(second.refresh)).toMatchObject({ status: 401, body: BLACKLISTED });
      expect(await status(me(other.access))).toBe(200);
      expect(await status(refresh(other.refresh))).toBe(200);
    });

    it('shown twice at once is taken once', async () => {
      const { refresh: token } = await signedIn();
      const answers = await Promise.all([refresh(token), refresh(token)]);
      expect(answers.map((answer) => answer.status).sort()).toEqual([200, 401]);
    });

    it('lives for a day', async () => {
      const { refresh: token } = await signedIn();
      api.clock.set('2025-12-12T12:00:00Z');
      expect(await refresh(token)).toMatchObject({
        status: 401,
        body: { detail: 'Token is invalid or expired', code: 'token_not_valid' },
      });
    });

    it.each([
      [{}, { refresh: ['This field is required.'] }],
      [{ refresh: 7 }, { refresh: ['Expected text of at most 256 characters, got none.'] }],
      [undefined, { refresh: ['This field is required.'] }],
    ])('is asked for where the body is %j', async (body, errors) => {
      const answer = await api.send('POST', 'auth/token/refresh/', { body });
      expect([answer.status, answer.body]).toEqual([400, errors]);
    });
  });

  describe('of a user who', () => {
    const INACTIVE = { detail: 'User is inactive', code: 'user_inactive' };
    const johnsId = async () =>
      (await getDatabase().db.knex('users').where('username', 'john').pluck('id'))[0];
    const unrevoked = () => getDatabase().db.knex('api_tokens').whereNull('revoked_at').pluck('kind');

    it('is deactivated ends for good; active again, they sign in anew', async () => {
      const id = await johnsId();
      const tokens = await signedIn();
      expect(await status(api.as({ userId: id }, 'GET', 'users/me/'))).toBe(200);
      const set = (isActive: boolean) => api.as('admin', 'PATCH', `users/${id}/`, { is_active: isActive });
      expect(await status(set(false))).toBe(200);
      expect(await unrevoked()).toEqual(['api', 'api']);
      expect(await me(tokens.access)).toMatchObject({ status: 401, body: INACTIVE });
      expect(await refresh(tokens.refresh)).toMatchObject({ status: 401, body: INACTIVE });
      expect(await status(api.as({ userId: id }, 'GET', 'users/me/'))).toBe(401);
      expect(await status(set(true))).toBe(200);
      expect(await me(tokens.access)).toMatchObject({ status: 401, body: NOT_VALID });
      expect(await refresh(tokens.refresh)).toMatchObject({ status: 401, body: BLACKLISTED });
      expect(await status(me((await signedIn()).access))).toBe(200);
      expect(await status(api.as({ userId: id }, 'GET', 'users/me/'))).toBe(200);
    });

    it('another program deactivated ends when they are active again', async () => {
      const { access } = await signedIn();
      const id = await johnsId();
      await getDatabase().db.knex('users').update({ is_active: false });
      await api.as('admin', 'PATCH', `users/${id}/`, { is_active: true });
      expect(await status(me(access))).toBe(401);
    });

    it('is changed otherwise goes on', async () => {
      const { access } = await signedIn();
      const body = { username: 'john', is_active: true, email: 'john@example.org' };
      expect(await status(api.as('admin', 'PUT', `users/${await johnsId()}/`, body))).toBe(200);
      expect(await status(me(access))).toBe(200);
    });

    it('is deleted ends with them, and with nothing where the deletion fails', async () => {
      const { db } = getDatabase();
      const { access, refresh: token } = await signedIn();
      const path = `users/${await johnsId()}/`;
      await api.tokenOf('admin');
      await refuseEntries(db);
      expect(await status(api.as('admin', 'PATCH', path, { is_active: false }))).toBe(500);
      expect(await status(api.as('admin', 'DELETE', path))).toBe(500);
      await allowEntries(db);
      expect(await status(me(access))).toBe(200);
      expect(await status(api.as('admin', 'DELETE', path))).toBe(204);
      expect(await unrevoked()).toEqual(['api']);
      expect(await status(me(access))).toBe(401);
      expect(await status(refresh(token))).toBe(401);
    });
  });

  describe('signing out', () => {
    const logout = (headers: Record<string, string>, body?: object) =>
      api.send('POST', 'auth/logout/', { headers, body });

    it.each([
      ['the refresh token', (given: TokenPair) => [{}, { refresh_token: given.refresh }] as const],
      ['the header', (given: TokenPair) => [{ authorization: `Bearer ${given.access}` }, undefined] as const],
      [
        'the cookie',
        (given: TokenPair) =>
          [{ cookie: `access_token=${given.access}`, 'sec-fetch-site': 'same-origin' }, undefined] as const,
      ],
    ])('by %s ends the sign-in and takes the cookie away', async (_, show) => {
      const other = await signedIn();
      const given = await signedIn();
      const [headers, body] = show(given);
      const answer = await logout(headers, body);
      expect([answer.status, answer.body]).toEqual([200, { message: 'Logout successful' }]);
      expect(answer.cookie.slice(0, 2)).toEqual(['access_token=', 'Max-Age=0']);
      expect(await me(given.access)).toMatchObject({ status: 401, body: NOT_VALID });
      expect(await refresh(given.refresh)).toMatchObject({ status: 401, body: BLACKLISTED });
      expect(await status(me(other.access))).toBe(200);
    });

    it('without any token, or with one that is none, is a 400', async () => {
      expect(await logout({})).toMatchObject({ status: 400, body: { error: 'Refresh token is required' } });
      expect(await logout({}, { refresh_token: 'x' })).toMatchObject({
        status: 400,
        body: { error: 'Token is invalid or expired' },
      });
    });

    it('does not revoke an API token', async () => {
      expect(await api.as('admin', 'POST', 'auth/logout/')).toMatchObject({ status: 400 });
      expect(await status(api.as('admin', 'GET', 'tokens/'))).toBe(200);
    });
  });
});
