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
    ['name', '', /Expected text of 1 to \d+ characters/],
    ['name', '   ', /Expected a name of 1 to 100 characters/],
    ['name', 'x'.repeat(101), /Expected text of (at most|1 to) 100 characters/],
    ['name', 'a\0b', /Expected text .*without (control|NUL) characters/],
    ['name', 'half an emoji \ud83d', /Expected text .*without (control|NUL) characters/],
    ['name', 7, /Expected text.*, got /],
    ['name', null, /Expected text.*, got /],
    ['name', ['A'], /Expected text.*, got /],
    ['description', 'a\0b', /Expected text .*without (control|NUL) characters/],
    ['description', '\udc00', /Expected text .*without (control|NUL) characters/],
    ['description', {}, /Expected text.*, or null, got /],
    ['is_active', 'true', /Expected true or false, got /],
    ['is_active', null, /Expected true or false, got /],
    ['bandwidth_upload', 0, /Expected a whole number from 1 to /],
    ['bandwidth_upload', -1, /Expected a whole number from 1 to /],
    ['bandwidth_download', 2 ** 31, /Expected a whole number from \d+ to 2147483647/],
    ['bandwidth_download', '5120', /Expected (a whole number|one of) /],
    ['quota_type', 'some', /Expected one of unlimited, limited, got /],
    ['data_volume', 2 ** 53, /Expected a whole number from \d+ to 9007199254740991/],
    ['data_volume', 1.5, /Expected (a whole number|one of) /],
    ['data_volume', null, /Expected (a whole number|one of) /],
    ['daily_limit', -1, /Expected a whole number from 0 to /],
    ['weekly_limit', 1e300, /Expected a whole number from \d+ to 9007199254740991/],
    ['monthly_limit', true, /Expected a whole number.*, or null, got /],
    ['validity_duration', 31, /Expected one of 7, 14, 30, 60, 90, 180, 365, got 31/],
    ['validity_duration', '30', /Expected (a whole number|one of) /],
    ['session_timeout', -1, /Expected a whole number from 0 to /],
    ['idle_timeout', 2 ** 31, /Expected a whole number from \d+ to 2147483647/],
    ['simultaneous_use', 0, /Expected a whole number from 1 to /],
    ['over_quota_action', 'explode', /Expected one of .*, got /],
    ['throttle_upload', 0, /Expected a whole number from 1 to /],
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
