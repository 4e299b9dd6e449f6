import { beforeEach, expect, test } from 'vitest';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import {
  assignProfileToUser,
  createUser,
  deleteUser,
  removeProfileFromUser,
  updateUser,
} from '../../src/profiles/user-commands.ts';
import { getUser, listUsers } from '../../src/profiles/user-queries.ts';
import { userShape } from '../../src/profiles/user-shape.ts';
import { addUsage } from '../../src/usage/usage-commands.ts';
import { commandContext, historyOf, type TestContext, usageRowOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { plainJohn } from '../support/user-literal.ts';

describeEachDatabase('users', (getDatabase) => {
  let context: TestContext;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    await createProfile(context, { name: 'Étudiant' });
    await createPromotion(context, { name: 'L3 Info', profile: 'Étudiant' });
  });

  test('are shown in the contract’s shape, without any password', async () => {
    const id = await createUser(context, { username: 'john', promotion: 'L3 Info', firstName: 'John' });
    const user = await getUser(context.db, 'john');
    expect(userShape(user)).toEqual({
      ...plainJohn(),
      id,
      first_name: 'John',
      promotion: user.promotionId,
      promotion_name: 'L3 Info',
      effective_profile: {
        id: user.effectiveProfile?.id,
        name: 'Étudiant',
        quota_type: 'limited',
        data_volume_gb: 50,
        bandwidth_upload_mbps: 5,
        bandwidth_download_mbps: 10,
        validity_duration: 30,
      },
    });
  });

  test('are made with a password nobody can sign in with', async () => {
    await createUser(context, { username: 'john' });
    const row = await context.db.knex('users').where('username', 'john').first();
    expect(row).toMatchObject({ password: '!', cleartext_password: null, last_login: null });
  });

  test('are told apart by case, as RADIUS tells them apart', async () => {
    const ids = [
      await createUser(context, { username: 'john' }),
      await createUser(context, { username: 'John' }),
    ];
    const found = [await getUser(context.db, 'john'), await getUser(context.db, 'John')];
    expect(found.map((user) => user.id)).toEqual(ids);
    await expect(createUser(context, { username: 'john' })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('are listed newest first', async () => {
    await createUser(context, { username: 'older' });
    await createUser(context, { username: 'same-instant' });
    context.clock.set('2025-12-11T12:00:00.001Z');
    await createUser(context, { username: 'newer' });
    const names = (await listUsers(context.db)).map((user) => user.username);
    expect(names).toEqual(['newer', 'same-instant', 'older']);
  });

  test.each([
    ['staff', { isStaff: true }, '', 'admin'],
    ['a superuser', { isSuperuser: true }, 'user', 'admin'],
    ['an admin who is staff no more', { isStaff: false }, 'admin', 'user'],
    ['somebody without a role', {}, '', 'user'],
    ['a role of its own kind', {}, 'auditor', 'auditor'],
  ])('%s are saved with the role that follows', async (_name, fields, before, after) => {
    await createUser(context, { username: 'john' });
    await context.db.knex('users').update({ role: before });
    await updateUser(context, 'john', fields);
    expect((await getUser(context.db, 'john')).role).toBe(after);
  });

  test.each([
    ['an empty name', { username: '' }, 'username: expected a name of 1 to 150 characters'],
    ['a padded name', { username: 'john ' }, 'username: expected a name'],
    ['a name with a line break', { username: 'jo\nhn' }, 'username: expected a name'],
    [
      'no address',
      { ipAddress: '10.0.0.300' },
      'ip_address: expected an IPv4 or IPv6 address, or null, got "10.0.0.300"',
    ],
    [
      'a long phone number',
      { phoneNumber: '1'.repeat(21) },
      'phone_number: expected text of at most 20 characters',
    ],
  ])('refuse %s', async (_name, fields, message) => {
    await createUser(context, { username: 'john' });
    const refusal = { code: 'invalid', message: expect.stringContaining(message) };
    await expect(updateUser(context, 'john', fields)).rejects.toMatchObject(refusal);
  });

  test('with an own profile, a promotion or neither begin with the history and usage that follow', async () => {
    await createProfile(context, { name: 'Prof' });
    await createUser(context, { username: 'own', profile: 'Prof', promotion: 'L3 Info' });
    await createUser(context, { username: 'member', promotion: 'L3 Info' });
    await createUser(context, { username: 'alone' });
    expect(await historyOf(context.db, 'own')).toEqual(['assigned: - -> Prof']);
    expect(await historyOf(context.db, 'member')).toEqual(['assigned: - -> Étudiant']);
    expect(await historyOf(context.db, 'alone')).toEqual([]);
    const usage = await Promise.all(['own', 'member', 'alone'].map((name) => usageRowOf(context.db, name)));
    expect(usage.map((row) => row?.is_active)).toEqual([1, 1, undefined]);
  });

  test('cannot be given an inactive profile', async () => {
    await createProfile(context, { name: 'Fermé', isActive: false });
    await createUser(context, { username: 'john' });
    const refusal = {
      code: 'invalid',
      message: expect.stringContaining('profile: expected an active profile'),
    };
    await expect(assignProfileToUser(context, 'john', 'Fermé')).rejects.toMatchObject(refusal);
    await expect(createUser(context, { username: 'mary', profile: 'Fermé' })).rejects.toMatchObject(refusal);
  });

  test('deleted take everything of theirs along, and leave what the network reported', async () => {
    const id = await createUser(context, { username: 'john', profile: 'Étudiant' });
    await createUser(context, { username: 'mary', promotion: 'L3 Info' });
    for (const name of ['john', 'mary']) await addUsage(context, name, 5);
    const { knex } = context.db;
    await knex('usage_days').insert({ user_id: id, day: '2025-12-11', input_octets: 5, output_octets: 0 });
    await knex('radacct').insert({
      acctsessionid: 's',
      acctuniqueid: 'u',
      nasipaddress: '192.0.2.1',
      user_id: id,
    });
    await knex('radcheck').insert({
      username: 'john',
      attribute: 'Cleartext-Password',
      op: ':=',
      value: 'x',
    });
    await assignProfileToUser({ ...context, actor: { name: 'john', userId: id } }, 'mary', 'Étudiant');
    await removeProfileFromUser(context, 'mary');
    await knex('profile_history').update({ changed_by_id: id, changed_by_name: null });
    await deleteUser(context, 'john');
    for (const table of ['user_profile_usage', 'usage_days', 'usage_adjustments', 'profile_history']) {
      expect(await knex(table).where('user_id', id), table).toEqual([]);
    }
    expect(await knex('radcheck')).toEqual([]);
    expect(await knex('radacct').select('acctsessionid', 'user_id')).toEqual([
      { acctsessionid: 's', user_id: null },
    ]);
    expect(await knex('profile_history').first()).toMatchObject({
      changed_by_id: null,
      changed_by_name: 'john',
    });
    await expect(getUser(context.db, 'john')).rejects.toMatchObject({ code: 'not_found' });
    expect(await usageRowOf(context.db, 'mary')).toMatchObject({ used_total: 5 });
  });
});
