/** Legacy rows that are not there, not whole, there twice, or of consequence. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { importLegacy } from '../../src/import/import-legacy.ts';
import type { ImportReport } from '../../src/import/import-report.ts';
import { openSource } from '../../src/import/source-database.ts';
import { commandContext, usageRowOf } from '../support/command-context.ts';
import { type BlankDatabase, describeEachBlankDatabase } from '../support/databases.ts';
import {
  legacyAlert,
  legacyHistory,
  legacyProfile,
  legacyPromotion,
  legacyQuota,
  legacyUsage,
  legacyUser,
} from '../support/legacy-database.ts';
import { seedTables } from '../support/seed-tables.ts';
import { differencesOf } from '../support/verified.ts';

describeEachBlankDatabase('importing from tables that check nothing', (newDatabase, dialect) => {
  let blanks: BlankDatabase[];
  let legacy: Database;
  let db: Database;
  let legacyUrl: string;
  beforeEach(async () => {
    const [theirs, ours] = [await newDatabase(), await newDatabase()];
    blanks = [theirs, ours];
    legacyUrl = theirs.url;
    legacy = openDatabase(theirs.url);
    for (const statement of seedTables(dialect)) {
      await legacy.knex.raw(statement.replaceAll(/ NOT NULL| UNIQUE(?! [(I])/g, ''));
    }
    db = openDatabase(ours.url);
    await migrateToLatest(db);
  });
  afterEach(async () => {
    await legacy.close();
    await db.close();
    for (const blank of blanks) await blank.remove();
  });

  async function imported(isDryRun = false): Promise<ImportReport> {
    const source = openSource(legacyUrl);
    try {
      return await importLegacy(commandContext(db), { source, isDryRun, bandwidthUnit: 'kbps' });
    } finally {
      await source.close();
    }
  }

  const NULLS: readonly [
    table: string,
    column: string,
    row: Readonly<Record<string, unknown>>,
    expected: string,
  ][] = [
    ['profiles', 'name', legacyProfile(9), 'text'],
    ['profiles', 'is_active', legacyProfile(9), '0 or 1'],
    ['profiles', 'bandwidth_upload', legacyProfile(9), 'a whole number from 1'],
    ['profiles', 'quota_type', legacyProfile(9), 'text'],
    ['profiles', 'data_volume', legacyProfile(9), 'a whole number from 0'],
    ['promotions', 'is_active', legacyPromotion(9), '0 or 1'],
    ['promotions', 'created_at', legacyPromotion(9), 'a date and time'],
    ['users', 'username', legacyUser(9), 'text'],
    ['users', 'email', legacyUser(9), 'text'],
    ['users', 'password', legacyUser(9), 'text'],
    ['users', 'is_superuser', legacyUser(9), '0 or 1'],
    ['users', 'date_joined', legacyUser(9), 'a date and time'],
    ['user_quotas', 'used_today', legacyQuota(9, 1), 'a whole number from 0'],
    ['user_quotas', 'user_id', legacyQuota(9, 1), 'a whole number from 1'],
    ['user_profile_usage', 'last_daily_reset', legacyUsage(9, 1), 'a date and time'],
    ['user_profile_usage', 'is_active', legacyUsage(9, 1), '0 or 1'],
    ['profile_alerts', 'threshold_percent', legacyAlert(9, 1), 'a whole number'],
    ['profile_alerts', 'profile_id', legacyAlert(9, 1), 'a whole number from 1'],
    ['profile_history', 'changed_at', legacyHistory(9, 1), 'a date and time'],
    ['profile_history', 'change_type', legacyHistory(9, 1), 'text'],
  ];

  it.each(NULLS)(
    'reports nothing in %s.%s and brings the rest over',
    async (table, column, row, expected) => {
      await legacy.knex('profiles').insert(legacyProfile(1));
      await legacy.knex('users').insert(legacyUser(1, { profile_id: 1 }));
      await legacy.knex(table).insert({ ...row, [column]: null });
      const { problems } = await imported();
      const reason = `${column}: expected ${expected}, got nothing`;
      expect(problems).toMatchObject([{ table, id: 9, outcome: 'skipped', reason }]);
      expect(await db.knex('users').where('username', 'user1')).toHaveLength(1);
      expect(await differencesOf(db)).toEqual([]);
    },
  );

  it('takes no quota for usage that cannot be brought over', async () => {
    await legacy.knex('users').insert([legacyUser(1), legacyUser(2)]);
    await legacy.knex('user_profile_usage').insert(legacyUsage(1, 1, { used_week: -1 }));
    await legacy.knex('user_quotas').insert([legacyQuota(1, 1), legacyQuota(2, 2)]);
    const { problems } = await imported();
    expect(problems).toMatchObject([{ table: 'user_profile_usage', id: 1, outcome: 'skipped' }]);
    expect(await usageRowOf(db, 'user1')).toBeUndefined();
    expect(await usageRowOf(db, 'user2')).toBeDefined();
  });

  it('names who may change everything', async () => {
    await legacy.knex('users').insert([legacyUser(1, { is_superuser: true, is_staff: true }), legacyUser(2)]);
    expect((await imported()).problems).toMatchObject([
      { table: 'users', id: 1, name: 'user1', outcome: 'created' },
    ]);
    expect((await imported()).problems).toEqual([]);
  });

  it('leaves out the second of two of one name, however far behind the first, and says so before', async () => {
    for (let id = 1; id < 600; id++) await legacy.knex('users').insert(legacyUser(id));
    await legacy.knex('users').insert(legacyUser(600, { username: 'user1' }));
    const expected = [
      { table: 'users', id: 600, name: 'user1', reason: 'it is called as row 1 is, which was imported' },
    ];
    expect((await imported(true)).problems).toMatchObject(expected);
    expect((await imported()).problems).toMatchObject(expected);
    expect((await imported()).problems).toMatchObject(expected);
    expect(await db.knex('users')).toHaveLength(599);
  });

  it('lets no reset of the future keep a counter from being reset until then', async () => {
    await legacy.knex('users').insert(legacyUser(1));
    const future = { last_daily_reset: '2027-01-01 00:00:00', activation_date: '2027-01-01 00:00:00' };
    await legacy.knex('user_profile_usage').insert(legacyUsage(1, 1, future));
    await imported();
    const usage = await usageRowOf(db, 'user1');
    expect(usage?.last_daily_reset.slice(0, 10)).toBe('2025-12-11');
    expect(usage?.activation_date.slice(0, 10)).toBe('2025-12-11');
    expect(await differencesOf(db)).toEqual([]);
  });
});
