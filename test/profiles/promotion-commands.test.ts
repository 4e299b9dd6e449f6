import { beforeEach, expect, test } from 'vitest';
import { createProfile, updateProfile } from '../../src/profiles/profile-commands.ts';
import {
  assignProfileToPromotion,
  createPromotion,
  deletePromotion,
  updatePromotion,
} from '../../src/profiles/promotion-commands.ts';
import { getPromotion, listPromotions } from '../../src/profiles/promotion-queries.ts';
import { promotionShape } from '../../src/profiles/promotion-shape.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { getUser } from '../../src/profiles/user-queries.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('promotions', (getDatabase) => {
  let context: TestContext;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    await createProfile(context, { name: 'Étudiant' });
    await createProfile(context, { name: 'Fermé', isActive: false });
  });

  test('are shown in the contract’s shape', async () => {
    const id = await createPromotion(context, { name: 'L3 Info', profile: 'Étudiant' });
    await createUser(context, { username: 'john', promotion: 'L3 Info' });
    await createUser(context, { username: 'gone', promotion: 'L3 Info', isActive: false });
    const promotion = await getPromotion(context.db, 'L3 Info');
    expect(promotionShape(promotion)).toEqual({
      id,
      name: 'L3 Info',
      profile: promotion.profileId,
      profile_name: 'Étudiant',
      is_active: true,
      created_at: '2025-12-11T12:00:00Z',
      updated_at: '2025-12-11T12:00:00Z',
      user_count: 2,
      active_user_count: 1,
    });
  });

  test('are listed by name; without a profile its name is absent', async () => {
    for (const name of ['M1', 'L3']) await createPromotion(context, { name });
    const shapes = (await listPromotions(context.db)).map(promotionShape);
    expect(shapes.map((shape) => shape.name)).toEqual(['L3', 'M1']);
    expect(shapes[0]).toMatchObject({ profile: null });
    expect(shapes[0]).not.toHaveProperty('profile_name');
  });

  test('cannot be given an inactive profile, but keep one that became inactive', async () => {
    const inactive = { code: 'invalid', message: expect.stringContaining('"Fermé", which is inactive') };
    await expect(createPromotion(context, { name: 'L3', profile: 'Fermé' })).rejects.toMatchObject(inactive);
    await createPromotion(context, { name: 'L3', profile: 'Étudiant' });
    await expect(assignProfileToPromotion(context, 'L3', 'Fermé')).rejects.toMatchObject(inactive);
    await updateProfile(context, 'Étudiant', { isActive: false });
    await updatePromotion(context, 'L3', { name: 'L3 Info', profile: 'Étudiant', isActive: false });
    expect(await getPromotion(context.db, 'L3 Info')).toMatchObject({
      profileName: 'Étudiant',
      isActive: false,
    });
  });

  test('say for how many members a new profile is one', async () => {
    await createProfile(context, { name: 'Prof' });
    await createPromotion(context, { name: 'L3', profile: 'Étudiant' });
    for (const username of ['ann', 'bob']) await createUser(context, { username, promotion: 'L3' });
    await createUser(context, { username: 'own', promotion: 'L3', profile: 'Prof' });
    expect(await assignProfileToPromotion(context, 'L3', 'Prof')).toBe(2);
    expect(await assignProfileToPromotion(context, 'L3', 'Prof')).toBe(0);
    expect(await updatePromotion(context, 'L3', { isActive: false })).toBe(0);
    expect(await deletePromotion(context, 'L3')).toBe(2);
    expect(await getUser(context.db, 'ann')).toMatchObject({ promotionId: null, effectiveProfile: null });
    expect(await getUser(context.db, 'own')).toMatchObject({ effectiveProfile: { name: 'Prof' } });
  });

  test.each([
    ['a taken name', { name: 'M1' }, 'conflict', 'name: there is already a promotion "M1"'],
    ['an empty name', { name: ' ' }, 'invalid', 'name: expected a name of 1 to 100 characters'],
    ['an unknown profile', { profile: 'None such' }, 'not_found', 'there is no profile "None such"'],
  ] as const)('refuse %s', async (_name, changes, code, message) => {
    for (const name of ['L3', 'M1']) await createPromotion(context, { name });
    await expect(updatePromotion(context, 'L3', changes)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
