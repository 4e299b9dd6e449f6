/** Giving and taking profiles over HTTP (contract §6, §12). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { profileHolderRoutes } from '../../src/http/profile-holder-routes.ts';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, historyOf, type TestContext } from '../support/command-context.ts';
import { type CoreApi, coreApi } from '../support/core-api.ts';
import { describeEachDatabase } from '../support/databases.ts';

const NOT_FOUND = { status: 404, body: { detail: 'Not found.' } };
const ADMINS_ONLY = {
  status: 403,
  body: { detail: 'Access denied: Administrator privileges required for this action.' },
};

describeEachDatabase('a profile', (getDatabase) => {
  let context: TestContext;
  let api: CoreApi;
  let id: number;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    api = await coreApi(context.db, (parts) => [profileHolderRoutes(parts)]);
    id = await createProfile(context, { name: 'Étudiant' });
  });
  afterEach(() => api.app.close());

  describe('is given', () => {
    test('to a user, with the reason in the history', async () => {
      const userId = await createUser(context, { username: 'john' });
      const body = { user_id: userId, reason: 'paid' };
      const answer = await api.as('admin', 'POST', `profiles/${id}/assign_to_user/`, body);
      expect(answer).toMatchObject({
        status: 200,
        body: {
          status: 'success',
          message: "Profil 'Étudiant' assigné à john",
          user: { id: userId, username: 'john', profile: id, profile_name: 'Étudiant' },
        },
      });
      expect(Object.keys(Object(answer.body))).toEqual(['status', 'message', 'user']);
      expect(await context.db.knex('profile_history').select('reason', 'changed_by_name')).toEqual([
        { reason: 'paid', changed_by_name: 'token:admin' },
      ]);
    });

    test('to a promotion, and says for how many members that changes anything', async () => {
      const promotionId = await createPromotion(context, { name: 'L3' });
      await createProfile(context, { name: 'Prof' });
      await createUser(context, { username: 'john', promotion: 'L3' });
      await createUser(context, { username: 'mary', promotion: 'L3', profile: 'Prof' });
      const answer = await api.as('admin', 'POST', `profiles/${id}/assign_to_promotion/`, {
        promotion_id: promotionId,
      });
      expect(answer).toMatchObject({
        status: 200,
        body: {
          status: 'success',
          message: "Profil 'Étudiant' assigné à la promotion L3",
          promotion: { id: promotionId, profile: id, user_count: 2 },
          users_changed: 1,
        },
      });
      expect(await historyOf(context.db, 'john')).toEqual(['assigned: - -> Étudiant']);
    });
  });

  describe('is taken', () => {
    test("from a user, to whom their promotion's applies again", async () => {
      await createProfile(context, { name: 'Prof' });
      await createPromotion(context, { name: 'L3', profile: 'Prof' });
      const userId = await createUser(context, { username: 'john', promotion: 'L3', profile: 'Étudiant' });
      const answer = await api.as('admin', 'POST', `profiles/${id}/remove_from_user/`, { user_id: userId });
      expect(answer).toMatchObject({
        status: 200,
        body: {
          status: 'success',
          message: "Profil 'Étudiant' retiré de john",
          user: { profile: null, effective_profile: { name: 'Prof' } },
        },
      });
      expect(await historyOf(context.db, 'john')).toEqual([
        'assigned: - -> Étudiant',
        'updated: Étudiant -> Prof',
      ]);
    });

    test('from nobody who has another one, or it from their promotion', async () => {
      await createPromotion(context, { name: 'L3', profile: 'Étudiant' });
      const userId = await createUser(context, { username: 'john', promotion: 'L3' });
      await expect(
        api.as('admin', 'POST', `profiles/${id}/remove_from_user/`, { user_id: userId }),
      ).resolves.toEqual({
        status: 400,
        body: { error: 'profile_mismatch', detail: "Cet utilisateur n'a pas ce profil assigné." },
      });
    });
  });

  describe.each([
    ['assign_to_user', 'user_id'],
    ['remove_from_user', 'user_id'],
    ['assign_to_promotion', 'promotion_id'],
  ])('%s', (action, field) => {
    test.each(['viewer', 'user'] as const)('is nothing for %s', async (role) => {
      await expect(api.as(role, 'POST', `profiles/${id}/${action}/`, { [field]: 1 })).resolves.toEqual(
        ADMINS_ONLY,
      );
    });

    test('is a 404 where there is no profile, and a 405 by GET', async () => {
      const path = `profiles/${id + 1}/${action}/`;
      await expect(api.as('admin', 'POST', path, { [field]: 1 })).resolves.toEqual(NOT_FOUND);
      await expect(api.as('admin', 'GET', path)).resolves.toEqual({
        status: 405,
        body: { detail: 'Method "GET" not allowed.' },
      });
    });

    test.each([
      [{}, { [field]: ['This field is required.'] }],
      [{ [field]: 999999 }, { [field]: ['Invalid pk "999999" - object does not exist.'] }],
      [{ [field]: '1' }, { [field]: ['Expected a whole number from 1 to 9007199254740991, got "1".'] }],
      [{ [field]: null }, { [field]: ['Expected a whole number from 1 to 9007199254740991, got null.'] }],
      [{ [field]: 0 }, { [field]: ['Expected a whole number from 1 to 9007199254740991, got 0.'] }],
      [
        { [field]: 2 ** 60 },
        { [field]: ['Expected a whole number from 1 to 9007199254740991, got 1152921504606847000.'] },
      ],
      [{ [field]: 1, reason: 'a\0' }, { reason: [expect.stringContaining('without NUL characters')] }],
      [{ [field]: 1, reason: '\ud83d' }, { reason: [expect.stringContaining('without NUL characters')] }],
      [{ [field]: 1, why: 'x' }, { why: ['This field is not known.'] }],
      [[], { non_field_errors: ['Expected an object, got a list.'] }],
    ])('refuses %j', async (body, errors) => {
      await expect(api.as('admin', 'POST', `profiles/${id}/${action}/`, body)).resolves.toEqual({
        status: 400,
        body: errors,
      });
    });
  });

  test('that is inactive is given to nobody', async () => {
    const closed = await createProfile(context, { name: 'Closed', isActive: false });
    const userId = await createUser(context, { username: 'john' });
    await expect(
      api.as('admin', 'POST', `profiles/${closed}/assign_to_user/`, { user_id: userId }),
    ).resolves.toEqual({
      status: 400,
      body: { profile: [expect.stringContaining('Expected an active profile, got "Closed"')] },
    });
  });
});
