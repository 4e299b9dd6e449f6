/** Signing in, going on and signing out with curl and its cookie jar, as the seed's clients do (contract §0.20, §4). */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type CurlAnswer, type CurlRig, sending, useCurl } from '../support/curl.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { describeWithPeer } from '../support/real-clients.ts';
import { INSTANT } from '../support/seed-answers.ts';
import { type TokenPair, tokensIn } from '../support/signed-in-api.ts';
import { plainJohn } from '../support/user-literal.ts';

/** A process for each request, on a busy machine. */
const story = { timeout: 120_000 };

const CREDENTIALS = { username: 'john', password: 'correct horse' };
const FROM_A_PROGRAM = ['--header', 'X-Requested-With: curl'];
const TOKEN = expect.stringMatching(/^radmeter_(access|refresh)_[\w-]{43}$/);
const NOT_PROVIDED = { status: 401, body: { detail: 'Authentication credentials were not provided.' } };
const NOT_VALID = { status: 401, body: { code: 'token_not_valid' } };

describeWithPeer('curl', 'somebody with a cookie jar', () => {
  describeEachDatabase('and a password', (getDatabase) => {
    const rig = useCurl(getDatabase);

    it('signs in, acts and signs out', story, async () => {
      const { john, login } = await johnAt(rig);
      const wrong = { ...CREDENTIALS, password: 'wrong horse' };
      expect(await login(wrong)).toEqual({ status: 401, body: { error: 'Invalid credentials' } });
      expect(await login({ username: 'john' })).toEqual({
        status: 400,
        body: { error: 'Please provide both username and password' },
      });
      expect(await john('users/me/')).toEqual(NOT_PROVIDED);

      const { status, body } = await login(CREDENTIALS);
      const user = { id: Object(body).user.id, ...plainJohn(INSTANT) };
      const tokens = { refresh: TOKEN, access: TOKEN };
      expect([status, body]).toEqual([
        200,
        { user, tokens, message: 'Login successful', auth_method: 'cookie' },
      ]);
      // Netscape's format, as curl marks what scripts of a page cannot read.
      expect(readFileSync(rig.jar('john'), 'utf8')).toMatch(/^#HttpOnly_127\.0\.0\.1\t.*\taccess_token\t/m);
      for (const path of ['users/me/', 'users/me', 'auth/profile/', 'auth/profile']) {
        expect(await john(path)).toEqual({ status: 200, body: user });
      }

      const name = sending('PATCH', { first_name: 'John' });
      expect(await john('auth/profile/update/', ...name)).toMatchObject({
        status: 403,
        body: { detail: expect.stringMatching(/^CSRF Failed: send X-Requested-With beside the cookie/) },
      });
      expect(await john('auth/profile/update/', ...name, ...FROM_A_PROGRAM)).toEqual({
        status: 200,
        body: { ...user, first_name: 'John' },
      });

      const logout = ['--request', 'POST', ...FROM_A_PROGRAM];
      expect(await john('auth/logout/', ...logout)).toEqual({
        status: 200,
        body: { message: 'Logout successful' },
      });
      expect(readFileSync(rig.jar('john'), 'utf8')).not.toContain('access_token');
      expect(await john('users/me/')).toEqual(NOT_PROVIDED);
      expect(await asBearer(rig, tokensIn({ body }).access)).toMatchObject(NOT_VALID);
    });

    it('stays signed in by a refresh token, once by each', story, async () => {
      const { john, login } = await johnAt(rig);
      const first = tokensIn(await login(CREDENTIALS));
      const refresh = ({ refresh }: TokenPair) =>
        john('auth/token/refresh/', ...sending('POST', { refresh }));
      const renewed = await refresh(first);
      expect(renewed).toEqual({ status: 200, body: { access: TOKEN, refresh: TOKEN } });
      const second = tokensIn(renewed);
      expect(readFileSync(rig.jar('john'), 'utf8')).toContain(second.access);
      expect(await john('users/me/')).toMatchObject({ status: 200, body: { username: 'john' } });

      expect(await refresh(first)).toEqual({
        status: 401,
        body: { detail: 'Token is blacklisted', code: 'token_not_valid' },
      });
      // Who shows one again may have stolen it: the whole sign-in is over.
      expect(await john('users/me/')).toMatchObject(NOT_VALID);
      expect(await refresh(second)).toMatchObject(NOT_VALID);
      expect(await login(CREDENTIALS)).toMatchObject({ status: 200 });
      expect(await john('users/me/')).toMatchObject({ status: 200 });
    });
  });
});

/** Makes john and returns curl with his jar. */
async function johnAt(rig: CurlRig) {
  await rig.command(['user', 'create', '--username', 'john']);
  await rig.command(['user', 'set-password', 'john'], `${CREDENTIALS.password}\n`);
  const john = rig.with('--cookie-jar', rig.jar('john'), '--cookie', rig.jar('john'));
  const login = (credentials: object) => john('auth/login/', ...sending('POST', credentials));
  return { john, login };
}

function asBearer(rig: CurlRig, token: string): Promise<CurlAnswer> {
  return rig.with('--header', `Authorization: Bearer ${token}`)('users/me/');
}
