/** `/api/freeradius/` over real HTTP: who is answered, and in which words; what a FreeRADIUS makes of it is shown by a real one. */
import { afterEach, expect, it } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { addLogin, PASSWORD } from '../support/logins.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

const SECRET = 'of both, and of nobody else';
const PATHS = ['authorize', 'post-auth', 'accounting'];
const basic = (password: string) => `Basic ${Buffer.from(`freeradius:${password}`).toString('base64')}`;

describeEachDatabase('/api/freeradius', (getDatabase) => {
  let radmeter: TestDaemon | undefined;
  afterEach(async () => {
    await radmeter?.close();
    radmeter = undefined;
  });
  const start = async (flags: Record<string, unknown> = {}) => {
    radmeter = await startTestDaemon(getDatabase().url, {
      'freeradius-secret': SECRET,
      language: 'en',
      ...flags,
    });
  };
  const post = (path: string, body: string, authorization: string | undefined = basic(SECRET)) =>
    fetch(`${radmeter?.url()}/api/freeradius/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization === undefined || authorization === '' ? {} : { authorization }),
      },
      body,
    });
  const attributes = (values: Record<string, string>) =>
    JSON.stringify(
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, { type: 'string', value: [value] }]),
      ),
    );
  const john = attributes({ 'User-Name': 'john', 'User-Password': PASSWORD });

  it('answers whoever knows the secret, as Basic or Bearer, and nobody else', async () => {
    await addLogin(getDatabase().db, 'john');
    await start();
    for (const path of PATHS) {
      for (const wrong of ['', basic('another'), basic(''), 'Bearer another', 'Basic', SECRET]) {
        const answer = await post(path, john, wrong);
        expect([path, wrong, answer.status]).toEqual([path, wrong, 401]);
        expect(await answer.json()).not.toHaveProperty('control:Auth-Type');
      }
    }
    expect((await post('authorize', attributes({ 'User-Name': 'nobody' }))).status).toBe(404);
    expect((await post('authorize', attributes({ 'User-Name': 'john' }), `Bearer ${SECRET}`)).status).toBe(
      200,
    );
  });

  it('is not there without a secret', async () => {
    await start({ 'freeradius-secret': 'none' });
    for (const path of PATHS) expect((await post(path, john)).status).toBe(404);
  });

  it('says of a password what it is worth, and takes a place only after authentication', async () => {
    await addLogin(getDatabase().db, 'john');
    await start();
    // As FreeRADIUS writes it: each octet by itself.
    const octets = john.replace('ä', '\\u00c3\\u00a4');
    const right = await post('authorize', octets);
    expect([right.status, await right.json()]).toEqual([
      200,
      { 'control:Auth-Type': { value: ['Accept'], op: ':=', do_xlat: false } },
    ]);
    const wrong = await post('authorize', attributes({ 'User-Name': 'john', 'User-Password': 'no' }));
    expect([wrong.status, await wrong.json()]).toEqual([
      401,
      { 'reply:Reply-Message': { value: ['Wrong user name or password.'], op: ':=', do_xlat: false } },
    ]);
    expect(await getDatabase().db.knex('access_reservations').pluck('id')).toEqual([]);
    const accepted = await post('post-auth', attributes({ 'User-Name': 'john' }));
    expect([accepted.status, await accepted.json()]).toMatchObject([
      200,
      { 'reply:Session-Timeout': { value: ['28800'] }, 'reply:Class': { op: ':=' } },
    ]);
    expect(await getDatabase().db.knex('access_reservations').pluck('id')).toHaveLength(1);
  });

  it('acknowledges what it cannot count and keeps it, and takes anything for a body', async () => {
    await start();
    expect((await post('accounting', attributes({ 'User-Name': 'john' }))).status).toBe(204);
    expect(await getDatabase().db.knex('set_aside').pluck('reason')).toEqual(['no-status-type']);
    expect((await post('authorize', '[1, {"a": null}]')).status).toBe(404);
    expect((await post('post-auth', '{"User-Name": 5}')).status).toBe(404);
    expect((await post('authorize', '{')).status).toBe(400);
    expect((await post('authorize', '')).status).toBe(400);
  });
});
