import { expect, test } from 'vitest';
import { instantToText } from '../../src/db/dialect.ts';
import { countLists, countNow, headCounts } from '../../src/profiles/head-counts.ts';
import { createPromotion } from '../../src/profiles/promotion-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const HEADS = { table: 'users', column: 'promotion_id' } as const;
/** The last count that is exact whoever remembers. */
const FEW = 500;

describeEachDatabase('heads', (getDatabase) => {
  test('are counted exactly up to 500, and remembered beyond', async () => {
    const context = commandContext(getDatabase().db);
    const { knex } = context.db;
    const [small, large, empty] = [
      await createPromotion(context, { name: 'small' }),
      await createPromotion(context, { name: 'large' }),
      await createPromotion(context, { name: 'empty' }),
    ];
    await addMembers(context, small, FEW);
    await addMembers(context, large, FEW + 1);
    const asked: string[] = [];
    const remember = async (list: string, count: () => Promise<number>) => {
      asked.push(`${list}: ${await count()}`);
      return 7;
    };
    const ids = [small, large, empty];
    const counts = await headCounts(knex, { ...HEADS, onlyActive: false }, ids, remember);
    expect(ids.map((id) => counts.get(id))).toEqual([FEW, 7, 0]);
    expect(asked).toEqual([`users of promotion_id ${large}: ${FEW + 1}`]);
    const active = await headCounts(knex, { ...HEADS, onlyActive: true }, ids, countNow);
    expect(ids.map((id) => active.get(id))).toEqual([FEW / 2, FEW / 2 + 1, 0]);
  });

  test('of several lists are counted together', async () => {
    const context = commandContext(getDatabase().db);
    const { knex } = context.db;
    const id = await createPromotion(context, { name: 'small' });
    await addMembers(context, id, 5);
    const lists = [true, false].map((isActive) =>
      knex('users').where({ promotion_id: id, is_active: isActive }),
    );
    expect(await countLists(knex, lists, 'members', countNow)).toBe(5);
    expect(await countLists(knex, [], 'nobody', countNow)).toBe(0);
  });

  test('of more promotions than one statement counts are counted', async () => {
    const { knex } = getDatabase().db;
    const ids = Array.from({ length: 501 }, (_, index) => index + 1);
    const counts = await headCounts(knex, { ...HEADS, onlyActive: false }, ids, countNow);
    expect([...counts.values()]).toEqual(ids.map(() => 0));
  });
});

/** Inserts members, every second one inactive. */
async function addMembers({ db, clock }: TestContext, promotionId: number, count: number): Promise<void> {
  const at = instantToText(clock.now());
  const rows = Array.from({ length: count }, (_, index) => ({
    username: `${promotionId}-${index}`,
    password: '!',
    promotion_id: promotionId,
    is_active: index % 2 === 0,
    date_joined: at,
    created_at: at,
    updated_at: at,
  }));
  await db.knex.batchInsert('users', rows, 100);
}
