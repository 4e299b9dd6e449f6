/** What a cookie may do, and which requests with one are taken for another site's (contract §0.20). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { type SignedInApi, signedInApi } from '../support/signed-in-api.ts';

const AT = '2025-12-11 12:00:00';
const FORGED = { detail: 'CSRF Failed: the request comes from a page of another site.' };
const UNPROVEN = {
  detail: 'CSRF Failed: send X-Requested-With beside the cookie, or an Authorization header in its place.',
};

describeEachDatabase('a request with the cookie', (getDatabase) => {
  let api: SignedInApi;
  let cookie: string;
  const users = () => getDatabase().db.knex('users');

  beforeEach(async () => {
    api = await signedInApi(getDatabase().db);
    const password = await api.signIn.passwords.hash('correct horse');
    await users().insert({ username: 'john', password, date_joined: AT, created_at: AT, updated_at: AT });
    const body = { username: 'john', password: 'correct horse' };
    cookie = (await api.send('POST', 'auth/login/', { body })).cookie[0] ?? '';
  });
  afterEach(() => api.close());

  const change = (headers: Record<string, string>) =>
    api.send('PATCH', 'auth/profile/', {
      headers: { cookie, ...headers },
      body: { first_name: 'Changed' },
    });
  const firstName = async () => (await users().where('username', 'john').first()).first_name;

  describe('that changes something', () => {
    it.each([
      ['a page of this site', { 'sec-fetch-site': 'same-origin' }],
      ['a person, not a page', { 'sec-fetch-site': 'none' }],
      [
        'a page of this site, by its Origin',
        { host: 'radmeter.example:8080', origin: 'http://radmeter.example:8080' },
      ],
      ['this site behind TLS of a proxy', { host: 'radmeter.example', origin: 'https://radmeter.example' }],
      ['a program that says so', { 'x-requested-with': 'portal' }],
    ])('is obeyed from %s', async (_, headers) => {
      expect((await change(headers)).status).toBe(200);
      expect(await firstName()).toBe('Changed');
    });

    it.each([
      ['another site', { 'sec-fetch-site': 'cross-site' }, FORGED],
      ['another host of the same site', { 'sec-fetch-site': 'same-site' }, FORGED],
      ['a browser that writes what nobody knows', { 'sec-fetch-site': 'x' }, FORGED],
      ['another site, by its Origin', { origin: 'https://evil.example' }, FORGED],
      [
        'another port, by its Origin',
        { host: 'radmeter.example', origin: 'http://radmeter.example:81' },
        FORGED,
      ],
      ['a page without an origin', { origin: 'null' }, FORGED],
      ['an Origin that is none', { origin: 'radmeter.example', host: 'radmeter.example' }, FORGED],
      [
        'another site with the header of programs',
        { 'sec-fetch-site': 'cross-site', 'x-requested-with': 'x' },
        FORGED,
      ],
      [
        'an Origin of this site that the browser contradicts',
        { host: 'a.example', origin: 'http://a.example', 'sec-fetch-site': 'cross-site' },
        FORGED,
      ],
      ['nobody knows where', {}, UNPROVEN],
      ['a program with an empty header', { 'x-requested-with': '' }, UNPROVEN],
    ])('is refused from %s, and changes nothing', async (_, headers, body) => {
      const answer = await change(headers);
      expect([answer.status, answer.body]).toEqual([403, body]);
      expect(await firstName()).toBe('');
    });

    it('is refused before its token is looked at', async () => {
      const answer = await change({ cookie: 'access_token=forged', 'sec-fetch-site': 'cross-site' });
      expect(answer).toMatchObject({ status: 403, body: FORGED });
    });
  });

  it('that only reads needs no proof', async () => {
    expect((await api.send('GET', 'users/me/', { headers: { cookie } })).status).toBe(200);
  });

  it('does not count an API token or a refresh token in it', async () => {
    const body = { username: 'john', password: 'correct horse' };
    const { body: given } = await api.send('POST', 'auth/login/', { body });
    const refresh = Object(given).tokens.refresh;
    const headers = { cookie: `access_token=${refresh}` };
    expect(await api.send('GET', 'users/me/', { headers })).toMatchObject({ status: 401 });
  });

  it('does not sign somebody out from another site', async () => {
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    expect(await api.send('POST', 'auth/logout/', { headers })).toMatchObject({ status: 403 });
    expect((await api.send('GET', 'users/me/', { headers: { cookie } })).status).toBe(200);
  });

  it.each([{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }])(
    'is not needed for another site to be refused a sign-in: %j',
    async (headers) => {
      const body = { username: 'john', password: 'correct horse' };
      const answer = await api.send('POST', 'auth/login/', { headers, body });
      expect(answer).toMatchObject({ status: 403, body: FORGED, cookie: [] });
    },
  );

  it.each(['text/plain', 'text/plain; charset=utf-8', 'application/octet-stream', ''])(
    'and a body as %j is not read',
    async (type) => {
      const headers = { 'content-type': type };
      const body = { username: 'john', password: 'correct horse' };
      expect((await api.send('POST', 'auth/login/', { headers, body })).status).toBe(415);
    },
  );

  // What a page of any site can have a browser send without asking first (Fetch Standard, CORS-safelisted types).
  describe.each([
    ['urlencoded', (fields: Fields) => new URLSearchParams(fields)],
    ['in parts', (fields: Fields) => partsOf(fields)],
  ])('and a form %s', (_, formOf) => {
    const send = async (path: string, headers: Record<string, string>, fields: Fields, method = 'POST') => {
      const answer = await fetch(`${api.url}/api/core/${path}`, { method, headers, body: formOf(fields) });
      return { status: answer.status, body: await answer.json(), cookie: answer.headers.getSetCookie() };
    };
    const changed = { first_name: 'Changed' };

    it.each([
      ['another site', { 'sec-fetch-site': 'cross-site' }, FORGED],
      ['another host of the same site', { 'sec-fetch-site': 'same-site' }, FORGED],
      ['another site, by its Origin', { origin: 'https://evil.example' }, FORGED],
      ['a page without an origin', { origin: 'null' }, FORGED],
      [
        'another site with the header of programs',
        { 'sec-fetch-site': 'cross-site', 'x-requested-with': 'x' },
        FORGED,
      ],
      ['nobody knows where', {}, UNPROVEN],
    ])('is refused from %s, and changes nothing', async (__, headers, body) => {
      const before = await users();
      const shown = { cookie, ...headers };
      for (const [method, path] of [
        ['PATCH', 'auth/profile/'],
        ['PUT', 'auth/profile/update/'],
      ] as const) {
        expect(await send(path, shown, changed, method)).toEqual({ status: 403, body, cookie: [] });
      }
      const passwords = { current_password: 'correct horse', new_password: 'x'.repeat(8) };
      const change = { ...passwords, confirm_password: 'x'.repeat(8) };
      expect(await send('auth/password/change/', shown, change)).toEqual({ status: 403, body, cookie: [] });
      expect(await send('auth/logout/', shown, {})).toMatchObject({ status: 403, body });
      expect(await users()).toEqual(before);
      expect((await api.send('GET', 'users/me/', { headers: { cookie } })).status).toBe(200);
    });

    it.each([
      ['a page of this site', { 'sec-fetch-site': 'same-origin' }],
      ['a program that says so', { 'x-requested-with': 'portal' }],
    ])('is obeyed from %s', async (__, headers) => {
      const answer = await send('auth/profile/', { cookie, ...headers }, changed, 'PATCH');
      expect(answer).toMatchObject({ status: 200, body: changed });
      expect(await firstName()).toBe('Changed');
    });

    it('signs nobody in from another site, and whoever asks from this one or a program', async () => {
      const fields = { username: 'john', password: 'correct horse' };
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
        expect(await send('auth/login/', headers, fields)).toEqual({ status: 403, body: FORGED, cookie: [] });
      }
      for (const headers of [{ 'sec-fetch-site': 'same-origin' }, {}]) {
        const answer = await send('auth/login/', headers, fields);
        expect(answer).toMatchObject({ status: 200, body: { message: 'Login successful' } });
        expect(answer.cookie).toEqual([expect.stringMatching(/^access_token=radmeter_access_/)]);
      }
    });
  });
});

type Fields = Record<string, string>;

function partsOf(fields: Fields): FormData {
  const form = new FormData();
  for (const [name, text] of Object.entries(fields)) form.set(name, text);
  return form;
}
