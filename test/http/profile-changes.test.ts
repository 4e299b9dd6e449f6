/** Changing and deleting profiles over HTTP: shapes and refusals by literals of contract §4 and §6. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { profileRoutes } from '../../src/http/profile-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, historyOf, type TestContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { ETUDIANT, ETUDIANT_ANSWER } from '../support/profile-literals.ts';

const NOT_FOUND = { status: 404, body: { detail: 'Not found.' } };
const FORBIDDEN = {
  status: 403,
  body: { detail: 'Access denied: Administrator privileges required for this action.' },
};

describeEachDatabase('profiles', (getDatabase) => {
  let context: TestContext;
  let api: CoreApi;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    api = await coreApi(context.db, (parts) => [profileRoutes(parts)]);
  });
  afterEach(() => api.app.close());

  describe('are changed', () => {
    let id: number;
    beforeEach(async () => {
      await api.as('admin', 'POST', 'profiles/', ETUDIANT);
      [id = 0] = await idsOf(context);
      context.clock.set('2025-12-11T13:00:00Z');
      api.clock.set('2025-12-11T13:00:00Z');
    });

    test('by PUT, which needs a name only: what is not given keeps its value', async () => {
      const answer = await api.as('admin', 'PUT', `profiles/${id}/`, {
        name: 'Étudiants',
        daily_limit: null,
      });
      expect(answer).toEqual({
        status: 200,
        body: {
          ...ETUDIANT_ANSWER,
          name: 'Étudiants',
          daily_limit: null,
          daily_limit_gb: null,
          updated_at: '2025-12-11T13:00:00Z',
        },
      });
      await expect(api.as('admin', 'PUT', `profiles/${id}/`, { daily_limit: 0 })).resolves.toEqual({
        status: 400,
        body: { name: ['This field is required.'] },
      });
    });

    test('by PATCH', async () => {
      const answer = await api.as('admin', 'PATCH', `profiles/${id}/`, { quota_type: 'unlimited' });
      expect(answer).toMatchObject({ status: 200, body: { quota_type: 'unlimited', name: 'Étudiant' } });
    });

    test('with everything sent back that was read, of which the derived is ignored', async () => {
      const read = await api.as('admin', 'GET', `profiles/${id}/`);
      const sent = { ...Object(read.body), users_count: 7, created_by: 7, data_volume_gb: 'much' };
      const answer = await api.as('admin', 'PUT', `profiles/${id}/`, sent);
      expect(answer).toEqual({
        status: 200,
        body: { ...ETUDIANT_ANSWER, updated_at: '2025-12-11T13:00:00Z' },
      });
    });

    test('so that throttling says to what', async () => {
      const change = { over_quota_action: 'throttle', throttle_upload: 64 };
      await expect(api.as('admin', 'PATCH', `profiles/${id}/`, change)).resolves.toEqual({
        status: 400,
        body: { throttle_download: [expect.stringContaining('because over_quota_action is throttle')] },
      });
    });

    test('with limits in force at once', async () => {
      await createUser(context, { username: 'john', profile: 'Étudiant' });
      await api.as('admin', 'PATCH', `profiles/${id}/`, { daily_limit: 0 });
      const [usage] = await context.db.knex('user_profile_usage').select('is_exceeded');
      expect(Boolean(usage?.is_exceeded)).toBe(true);
    });

    test.each(['viewer', 'user'] as const)('not by %s', async (role) => {
      for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
        const body = method === 'DELETE' ? undefined : { name: 'Mine' };
        await expect(api.as(role, method, `profiles/${id}/`, body)).resolves.toEqual(FORBIDDEN);
      }
      await expect(api.as('admin', 'GET', `profiles/${id}/`)).resolves.toMatchObject({ status: 200 });
    });

    test.each(['PUT', 'PATCH', 'DELETE'] as const)('not by %s where there is none', async (method) => {
      const body = method === 'DELETE' ? undefined : { name: 'Mine' };
      await expect(api.as('admin', method, `profiles/${id + 1}/`, body)).resolves.toEqual(NOT_FOUND);
    });
  });

  describe('are deleted', () => {
    test('where nobody has them', async () => {
      const id = await createProfile(context, { name: 'A' });
      await expect(api.as('admin', 'DELETE', `profiles/${id}/`)).resolves.toEqual({
        status: 204,
        body: undefined,
      });
      await expect(api.as('admin', 'GET', `profiles/${id}/`)).resolves.toEqual(NOT_FOUND);
    });

    test('only by force where somebody has them, and history says so', async () => {
      const id = await createProfile(context, { name: 'A' });
      await createPromotion(context, { name: 'L3', profile: 'A' });
      await createUser(context, { username: 'mary', promotion: 'L3' });
      for (const path of [`profiles/${id}/`, `profiles/${id}/?force=false`, `profiles/${id}/?force=`]) {
        await expect(api.as('admin', 'DELETE', path)).resolves.toEqual({
          status: 400,
          body: {
            error: 'profile_in_use',
            detail:
              'profile "A" is in use by 1 user and 1 promotion; give them another one first, or force the deletion (?force=true)',
          },
        });
      }
      await expect(api.as('admin', 'DELETE', `profiles/${id}/?force=1`)).resolves.toEqual({
        status: 400,
        body: { force: ['Expected true or false, got "1".'] },
      });
      const answer = await api.as('admin', 'DELETE', `profiles/${id}?force=true`);
      expect(answer).toEqual({ status: 204, body: undefined });
      expect(await historyOf(context.db, 'mary')).toEqual(['assigned: - -> A', 'removed: A -> -']);
    });
  });
});

async function idsOf({ db }: TestContext): Promise<number[]> {
  const rows: { id: number }[] = await db.knex('profiles').orderBy('id').select('id');
  return rows.map(({ id }) => id);
}
