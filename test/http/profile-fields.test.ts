/** What the fields of a profile may hold over HTTP: what may not be is a 400 by the field's name, never a 500. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { profileRoutes } from '../../src/http/profile-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('the fields of a profile', (getDatabase) => {
  let context: TestContext;
  let api: CoreApi;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    api = await coreApi(context.db, (parts) => [profileRoutes(parts)]);
  });
  afterEach(() => api.app.close());

  test.each([
    ['name', '', /must NOT have fewer than 1 characters/],
    ['name', '   ', /expected a name of 1 to 100 characters/],
    ['name', 'x'.repeat(101), /must NOT have more than 100 characters/],
    ['name', 'a\0b', /must match pattern/],
    ['name', 'half an emoji \ud83d', /must match pattern/],
    ['name', 7, /must be string/],
    ['name', null, /must be string/],
    ['name', ['A'], /must be string/],
    ['description', 'a\0b', /must match pattern/],
    ['description', '\udc00', /must match pattern/],
    ['description', {}, /must be string,null/],
    ['is_active', 'true', /must be boolean/],
    ['is_active', null, /must be boolean/],
    ['bandwidth_upload', 0, /must be >= 1/],
    ['bandwidth_upload', -1, /must be >= 1/],
    ['bandwidth_download', 2 ** 31, /must be <= 2147483647/],
    ['bandwidth_download', '5120', /must be integer/],
    ['quota_type', 'some', /must be equal to one of the allowed values: unlimited,limited/],
    ['data_volume', 2 ** 53, /must be <= 9007199254740991/],
    ['data_volume', 1.5, /must be integer/],
    ['data_volume', null, /must be integer/],
    ['daily_limit', -1, /must be >= 0/],
    ['weekly_limit', 1e300, /must be <= 9007199254740991/],
    ['monthly_limit', true, /must be integer,null/],
    ['validity_duration', 31, /must be equal to one of the allowed values: 7,14,30,60,90,180,365/],
    ['validity_duration', '30', /must be integer/],
    ['session_timeout', -1, /must be >= 0/],
    ['idle_timeout', 2 ** 31, /must be <= 2147483647/],
    ['simultaneous_use', 0, /must be >= 1/],
    ['over_quota_action', 'explode', /must be equal to one of the allowed values/],
    ['throttle_upload', 0, /must be >= 1/],
    ['colour', 'red', /is not known/],
    ['__proto', 1, /is not known/],
  ])('refuse %s %j, by its name', async (field, value, message) => {
    const id = await createProfile(context, { name: 'A' });
    for (const [method, path] of [
      ['POST', 'profiles/'],
      ['PUT', `profiles/${id}/`],
      ['PATCH', `profiles/${id}/`],
    ] as const) {
      const answer = await api.as('admin', method, path, { name: 'B', [field]: value });
      expect(answer.status).toBe(400);
      expect(Object.keys(Object(answer.body))).toEqual([field]);
      expect(JSON.stringify(answer.body)).toMatch(message);
    }
    expect(await context.db.knex('profiles').pluck('name')).toEqual(['A']);
  });

  test('take emoji, the longest name and the largest numbers as they are', async () => {
    const large = {
      name: `${'😀'.repeat(99)}é`,
      description: 'two\nlines 😀',
      data_volume: 2 ** 53 - 1,
      daily_limit: 0,
      bandwidth_upload: 2 ** 31 - 1,
      session_timeout: 0,
    };
    const answer = await api.as('admin', 'POST', 'profiles/', large);
    expect(answer).toMatchObject({ status: 201, body: large });
  });
});
