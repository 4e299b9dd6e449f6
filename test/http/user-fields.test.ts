/** What the fields of a user may hold over HTTP: what may not be is a 400 by the field's name, never a 500. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { userRoutes } from '../../src/http/user-routes.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { signInContext } from '../support/signed-in-api.ts';

describeEachDatabase('the fields of a user', (getDatabase) => {
  let context: TestContext;
  let api: CoreApi;
  let id: number;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    const signIn = signInContext(context.db, context.clock);
    api = await coreApi(context.db, (parts) => [userRoutes(parts, signIn)]);
    id = await createUser(context, { username: 'john' });
  });
  afterEach(() => api.app.close());

  test.each([
    ['username', '', /Expected text of 1 to \d+ characters/],
    ['username', ' \t', /Expected (text|a name) /],
    ['username', 'a'.repeat(151), /Expected text of (at most|1 to) 150 characters/],
    ['username', 'jo\nhn', /Expected text .*without (control|NUL) characters/],
    ['username', '\ud83d', /Expected text .*without (control|NUL) characters/],
    ['username', 'token:portal', /does not begin with token:, cli: or user:.*token:portal/],
    ['username', 'CLI:root', /does not begin with token:, cli: or user:/],
    ['username', 'user:token:portal', /does not begin with token:, cli: or user:/],
    ['email', 'a\0@x.org', /Expected text .*without (control|NUL) characters/],
    ['email', `${'a'.repeat(255)}`, /Expected text of (at most|1 to) 254 characters/],
    ['email', 'not-an-email', /Expected an e-mail address.*got .*not-an-email/],
    ['email', 'a@x.org, b@x.org', /Expected an e-mail address/],
    ['email', null, /Expected text.*, got /],
    ['first_name', 7, /Expected text.*, got /],
    ['matricule', 'x'.repeat(51), /Expected text of (at most|1 to) 50 characters/],
    ['phone_number', [], /Expected text.*, or null, got /],
    ['mac_address', 'x'.repeat(18), /Expected text of (at most|1 to) 17 characters/],
    ['mac_address', 'zz', /Expected a MAC address such as .*got .*zz/],
    ['mac_address', 'AA:BB-CC:DD-EE:FF', /Expected a MAC address/],
    ['mac_address', '', /Expected a MAC address/],
    ['ip_address', '10.0.0.300', /Expected an IPv4 or IPv6 address/],
    ['ip_address', 'fe80::1%eth0', /Expected an IPv4 or IPv6 address/],
    [
      'ip_address',
      '0000:0000:0000:0000:0000:ffff:192.168.100.200',
      /Expected text of (at most|1 to) 39 characters/,
    ],
    ['voucher_code', 'x'.repeat(51), /Expected text of (at most|1 to) 50 characters/],
    ['is_voucher_user', 'yes', /Expected true or false, got /],
    ['is_active', null, /Expected true or false, got /],
    ['is_staff', 1, /Expected true or false, got /],
    ['is_superuser', 'true', /Expected true or false, got /],
    ['is_radius_enabled', {}, /Expected true or false, got /],
    ['profile', '7', /Expected a whole number.*, or null, got /],
    ['promotion', 2 ** 53, /Expected a whole number from \d+ to 9007199254740991/],
    ['promotion', -1, /Expected a whole number from 1 to /],
    ['password', ['long enough'], /Expected text.*, got /],
    ['colour', 'red', /is not known/],
  ])('are refused: %s %j', async (field, value, message) => {
    for (const [method, path] of [
      ['POST', 'users/'],
      ['PUT', `users/${id}/`],
      ['PATCH', `users/${id}/`],
    ] as const) {
      const answer = await api.as('admin', method, path, { username: 'new', [field]: value });
      expect([answer.status, Object.keys(Object(answer.body))]).toEqual([400, [field]]);
      expect(JSON.stringify(answer.body)).toMatch(message);
    }
    expect(await context.db.knex('users').pluck('username')).toEqual(['john']);
  });

  test('take the longest texts, emoji and addresses', async () => {
    const change = {
      username: '😀'.repeat(150),
      email: `${'é'.repeat(249)}@é.fr`,
      first_name: '😀'.repeat(150),
      ip_address: '2001:db8:1111:2222:3333:4444:5555:6666',
      mac_address: 'AA:BB:CC:DD:EE:FF',
    };
    await expect(api.as('admin', 'PATCH', `users/${id}/`, change)).resolves.toMatchObject({
      status: 200,
      body: change,
    });
  });

  test.each(['aabb.ccdd.eeff', 'aabbcc-ddeeff', 'aabbccddeeff', 'aa bb cc dd ee ff'])(
    'keep a MAC address as it was written: %s',
    async (mac_address) => {
      await expect(api.as('admin', 'PATCH', `users/${id}/`, { mac_address })).resolves.toMatchObject({
        body: { mac_address },
      });
    },
  );

  test('may be sent back as another program had filled them, but not be changed to such', async () => {
    const odd = { email: 'nobody', mac_address: 'unknown' };
    await context.db.knex('users').where({ id }).update(odd);
    await expect(
      api.as('admin', 'PUT', `users/${id}/`, { username: 'john', first_name: 'John', ...odd }),
    ).resolves.toMatchObject({ status: 200, body: { first_name: 'John', ...odd } });
    await expect(api.as('admin', 'PATCH', `users/${id}/`, { email: 'noone' })).resolves.toMatchObject({
      status: 400,
    });
  });
});
