/** How the databases find the users a profile concerns: by indexes, however many other users there are. */
import { beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { type Dialect, instantToText } from '../../src/db/dialect.ts';
import { createProfile, deleteProfile, updateProfile } from '../../src/profiles/profile-commands.ts';
import {
  assignProfileToPromotion,
  createPromotion,
  deletePromotion,
} from '../../src/profiles/promotion-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { commandContext, type TestContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const OTHERS = 4_000;
const ROWS_PER_INSERT = 100;
const EVERYBODY = ['users', 'heirs', 'user_profile_usage', 'target'];

interface Statement {
  readonly sql: string;
  readonly bindings: readonly (string | number | null)[];
}

/** Returns the tables of everybody that a statement reads from end to end. */
const scannedBy: Record<Dialect, (db: Database, statement: Statement) => Promise<string[]>> = {
  async mysql({ knex }, { sql, bindings }) {
    const [rows]: { table: string | null; type: string | null; key: string | null }[][] = await knex.raw(
      `EXPLAIN ${sql}`,
      [...bindings],
    );
    return (rows ?? []).flatMap(({ table, type, key }) => {
      const isWhole = type === 'ALL' || (type === 'index' && key !== null);
      return isWhole && EVERYBODY.includes(table ?? '') ? [table ?? ''] : [];
    });
  },
  async sqlite({ knex }, { sql, bindings }) {
    const rows: { detail: string }[] = await knex.raw(`EXPLAIN QUERY PLAN ${sql}`, [...bindings]);
    return rows.flatMap(({ detail }) => {
      const table = /^SCAN (\w+)/.exec(detail)?.[1] ?? '';
      return EVERYBODY.includes(table) ? [table] : [];
    });
  },
};

describeEachDatabase('among thousands of other users', (getDatabase) => {
  let context: TestContext;

  beforeEach(async () => {
    context = commandContext(getDatabase().db);
    const others = await createProfile(context, { name: 'Others' });
    const cohort = await createPromotion(context, { name: 'Cohort', profile: 'Others' });
    await createProfile(context, { name: 'Étudiant' });
    await createPromotion(context, { name: 'L3 Info', profile: 'Étudiant' });
    await createUser(context, { username: 'john', profile: 'Étudiant' });
    await createUser(context, { username: 'jane', promotion: 'L3 Info' });
    await addOthers(context, others, cohort);
  });

  /** Returns what was read from end to end on the way, with the statements that did. */
  async function scansOf(work: () => Promise<unknown>): Promise<string[]> {
    const statements: Statement[] = [];
    const listen = (statement: Statement) => statements.push(statement);
    context.db.knex.on('query', listen);
    await work();
    context.db.knex.removeListener('query', listen);
    const explainer = openDatabase(getDatabase().url);
    const scans: string[] = [];
    for (const statement of statements) {
      if (!/^(select|insert|update|delete)/i.test(statement.sql)) continue;
      for (const table of await scannedBy[explainer.dialect](explainer, statement)) {
        scans.push(`${table}: ${statement.sql}`);
      }
    }
    await explainer.close();
    expect(statements.length).toBeGreaterThan(5);
    return scans;
  }

  test.each<[string, () => Promise<unknown>]>([
    ['an edit of limits', () => updateProfile(context, 'Étudiant', { dailyLimit: 70 })],
    ['the deletion of a profile', () => deleteProfile(context, 'Étudiant', { force: true })],
    ['another profile for a promotion', () => assignProfileToPromotion(context, 'L3 Info', 'Others')],
    ['the deletion of a promotion', () => deletePromotion(context, 'L3 Info')],
  ])('%s does not look at all of them', async (_, work) => {
    expect(await scansOf(work)).toEqual([]);
  });
});

/** Half of them with a profile of their own, half with their promotion's, all with usage. */
async function addOthers({ db, clock }: TestContext, profile: number, promotion: number): Promise<void> {
  const at = instantToText(clock.now());
  const users = Array.from({ length: OTHERS }, (_, index) => ({
    username: `other-${index}`,
    password: '!',
    profile_id: index % 2 === 0 ? profile : null,
    promotion_id: index % 2 === 0 ? null : promotion,
    ...{ date_joined: at, created_at: at, updated_at: at },
  }));
  await db.knex.batchInsert('users', users, ROWS_PER_INSERT);
  const ids: number[] = await db.knex('users').where('username', 'like', 'other-%').pluck('id');
  const usage = ids.map((id) => ({
    user_id: id,
    ...{ last_daily_reset: at, last_weekly_reset: at, last_monthly_reset: at },
    ...{ activation_date: at, created_at: at, updated_at: at },
  }));
  await db.knex.batchInsert('user_profile_usage', usage, ROWS_PER_INSERT);
}
