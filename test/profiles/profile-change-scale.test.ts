import { expect, test } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { instantToText } from '../../src/db/dialect.ts';
import { createProfile, deleteProfile, updateProfile } from '../../src/profiles/profile-commands.ts';
import { assignProfileToPromotion, createPromotion } from '../../src/profiles/promotion-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const MEMBERS = 5_000;
const ROWS_PER_INSERT = 100;

describeEachDatabase('a promotion of 5,000 members', (getDatabase) => {
  test('changes its profile in as many statements as a promotion of two', async () => {
    const context = commandContext(getDatabase().db);
    await createProfile(context, { name: 'Étudiant' });
    await createProfile(context, { name: 'Prof', dailyLimit: 0 });
    const large = await counted(context, 'L3 Info', MEMBERS);
    const small = await counted(context, 'M1 Info', 2);
    expect(large.statements).toEqual(small.statements);
    expect(large.concerned).toEqual([MEMBERS, MEMBERS]);
    await expectEveryMemberChanged(context.db, MEMBERS + 2);
  });

  test('follows an edit of its limits, and the deletion of its profile', async () => {
    const context = commandContext(getDatabase().db);
    await createProfile(context, { name: 'Étudiant' });
    await createPromotion(context, { name: 'L3 Info', profile: 'Étudiant' });
    await addMembers(context, 'L3 Info', MEMBERS);
    await assignProfileToPromotion(context, 'L3 Info', null);
    await assignProfileToPromotion(context, 'L3 Info', 'Étudiant');
    await updateProfile(context, 'Étudiant', { monthlyLimit: 0 });
    expect(await usageCount(context.db, { is_exceeded: true, is_active: true })).toBe(MEMBERS);
    await updateProfile(context, 'Étudiant', { monthlyLimit: 1 });
    expect(await usageCount(context.db, { is_exceeded: false, is_active: true })).toBe(MEMBERS);
    await expect(deleteProfile(context, 'Étudiant', { force: true })).resolves.toEqual({
      userCount: MEMBERS,
      promotionCount: 1,
    });
    expect(await usageCount(context.db, { is_active: false })).toBe(MEMBERS);
  });
});

/** Gives a new promotion one profile and then another, and returns the statements that took and how many it concerned. */
async function counted(context: TestContext, promotion: string, members: number) {
  await createPromotion(context, { name: promotion });
  await addMembers(context, promotion, members);
  const statements: string[] = [];
  const listen = ({ sql }: { sql: string }) => statements.push(sql);
  context.db.knex.on('query', listen);
  const first = await assignProfileToPromotion(context, promotion, 'Étudiant');
  const second = await assignProfileToPromotion(context, promotion, 'Prof');
  context.db.knex.removeListener('query', listen);
  return { statements, concerned: [first, second] };
}

async function addMembers({ db, clock }: TestContext, promotion: string, members: number): Promise<void> {
  const { id } = await db.knex('promotions').where('name', promotion).first('id');
  const at = instantToText(clock.now());
  const rows = Array.from({ length: members }, (_, index) => ({
    username: `${promotion}-${index}`,
    password: '!',
    promotion_id: id,
    date_joined: at,
    created_at: at,
    updated_at: at,
  }));
  await db.knex.batchInsert('users', rows, ROWS_PER_INSERT);
}

async function expectEveryMemberChanged({ knex }: Database, members: number): Promise<void> {
  const history = await knex('profile_history')
    .groupBy('change_type', 'old_profile_name', 'new_profile_name', 'changed_by_name')
    .orderBy('change_type')
    .select('change_type', 'old_profile_name', 'new_profile_name', 'changed_by_name')
    .countDistinct('user_id as users');
  expect(history.map((row) => ({ ...row }))).toEqual([
    change('assigned', null, 'Étudiant', members),
    change('updated', 'Étudiant', 'Prof', members),
  ]);
  const usage = await knex('user_profile_usage')
    .where({ is_active: true, is_exceeded: true, used_total: 0 })
    .count('* as rows');
  expect(usage).toEqual([{ rows: members }]);
}

function change(type: string, from: string | null, to: string, users: number) {
  return {
    change_type: type,
    old_profile_name: from,
    new_profile_name: to,
    changed_by_name: 'cli:tester',
    users,
  };
}

async function usageCount({ knex }: Database, where: Record<string, boolean>): Promise<number> {
  const [row]: { rows: number }[] = await knex('user_profile_usage').where(where).count('* as rows');
  return row?.rows ?? 0;
}
