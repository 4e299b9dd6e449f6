/** Bodies as clients really send them: none, but with a type; some, where none is asked for; of a type that is not read. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import type { SignedInApi } from '../support/signed-in-api.ts';
import { wholeApi } from '../support/whole-api.ts';
import { seedEverything } from '../support/whole-seed.ts';

/** Actions that need no body (contract §6, §12), and what they answer. */
const ACTIONS: readonly (readonly [path: string, status: number])[] = [
  ['profile-usage/1/reset_daily/', 200],
  ['profile-usage/1/reset_weekly/', 200],
  ['profile-usage/1/reset_monthly/', 200],
  ['profile-usage/1/reset_all/', 200],
  ['profile-alerts/check_alerts/', 200],
  ['disconnection-logs/1/reactivate/', 200],
  ['sessions/1/disconnect/', 200],
  ['sessions/50/disconnect/', 202],
];

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=x';

describeEachDatabase('a body', (getDatabase) => {
  let api: SignedInApi;
  let authorization: string;

  beforeAll(async () => {
    api = await wholeApi(getDatabase().db);
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    await seedEverything(getDatabase().db);
    authorization = `Bearer ${await api.tokenOf('admin')}`;
  });

  /** Sends bytes as they are, under a type. */
  const send = async (
    path: string,
    { method = 'POST', type, body = '' }: { method?: string; type?: string; body?: string },
  ) => {
    const answer = await fetch(`${api.url}/api/core/${path}`, {
      method,
      headers: { authorization, ...(type === undefined ? {} : { 'content-type': type }) },
      body,
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  };

  it.each([
    ['empty, as application/json', { type: JSON_TYPE }],
    ['empty, as a form', { type: FORM }],
    ['empty, as a type that nobody knows', { type: 'x/y' }],
    ['of JSON', { type: JSON_TYPE, body: '{"a":1}' }],
    ['of broken JSON', { type: JSON_TYPE, body: '{"a":' }],
    ['empty, in parts', { type: MULTIPART }],
    ['of a form', { type: FORM, body: 'a=b' }],
    ['of a broken form', { type: FORM, body: '__proto__=%' }],
    ['of parts that are none', { type: MULTIPART, body: 'a=b' }],
    ['of parts without a boundary', { type: 'multipart/form-data', body: '--x--' }],
    ['of XML', { type: 'text/xml', body: '<a/>' }],
  ])('%s does not matter to an action that needs none', async (_, sent) => {
    for (const [path, status] of ACTIONS) {
      expect(await send(path, sent), path).toMatchObject({ status });
    }
  });

  it('is not needed to sign out, whatever type is named', async () => {
    for (const type of [JSON_TYPE, FORM, MULTIPART]) {
      // An API token does not sign out: that it was looked at is seen by the words.
      expect(await send('auth/logout/', { type })).toEqual({
        status: 400,
        body: { error: 'An API token does not sign out; it is revoked' },
      });
    }
  });

  it('does not matter to what is deleted', async () => {
    const gone = { status: 204, body: undefined };
    expect(await send('profile-alerts/1/', { method: 'DELETE', type: JSON_TYPE })).toEqual(gone);
    expect(await send('profile-alerts/2/', { method: 'DELETE', type: JSON_TYPE, body: '{' })).toEqual(gone);
  });

  it('too large is refused even where it does not matter', async () => {
    for (const type of [JSON_TYPE, FORM, MULTIPART]) {
      for (const path of ['profile-usage/1/reset_all/', 'profiles/']) {
        expect(await send(path, { type, body: 'x'.repeat(70_000) })).toEqual({
          status: 413,
          body: { detail: 'The body is too large.' },
        });
      }
    }
  });

  describe('that is empty has no fields', () => {
    it.each([{ type: JSON_TYPE }, { type: FORM }, { type: MULTIPART }])('as %o', async (sent) => {
      expect(await send('profiles/', sent)).toEqual({
        status: 400,
        body: { name: ['This field is required.'] },
      });
      expect(await send('profile-usage/1/add_usage/', sent)).toEqual({
        status: 400,
        body: { error: 'bytes_used must be positive' },
      });
      expect(await send('auth/login/', sent)).toEqual({
        status: 400,
        body: { error: 'Please provide both username and password' },
      });
      expect(await send('profiles/1/', { method: 'PATCH', ...sent })).toMatchObject({ status: 200 });
    });
  });

  it.each([
    'text/xml',
    'text/plain',
    'text/xml; charset=utf-8',
    'application/merge-patch+json',
    'json',
    'x/y/z',
  ])('of %s is refused where one is read', async (type) => {
    expect(await send('profiles/', { type, body: '{"name":"a"}' })).toEqual({
      status: 415,
      body: { detail: `Unsupported media type "${type}" in request.` },
    });
  });

  it('of a type that goes on for ever is refused in a few words', async () => {
    expect(await send('profiles/', { type: `x/${'y'.repeat(9_000)}`, body: 'a' })).toEqual({
      status: 415,
      body: { detail: `Unsupported media type "x/${'y'.repeat(98)}…" in request.` },
    });
  });

  it('is refused by the names of its fields, whatever those are', async () => {
    expect(await send('profiles/', { type: JSON_TYPE, body: '{"name":"a","b\\nc":1}' })).toEqual({
      status: 400,
      body: { 'b\nc': ['This field is not known.'] },
    });
  });

  it('may name the characters of its JSON', async () => {
    const body = JSON.stringify({ name: 'Été' });
    expect(await send('profiles/', { type: 'application/json; charset=utf-8', body })).toMatchObject({
      status: 201,
      body: { name: 'Été' },
    });
  });
});
