/** Legacy rows that cannot be brought over as they stand, and an import that is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { importLegacy } from '../../src/import/import-legacy.ts';
import type { ImportReport } from '../../src/import/import-report.ts';
import { openSource } from '../../src/import/source-database.ts';
import { commandContext } from '../support/command-context.ts';
import { type BlankDatabase, describeEachBlankDatabase } from '../support/databases.ts';
import {
  createLegacy,
  legacyAlert,
  legacyHistory,
  legacyProfile,
  legacyPromotion,
  legacyQuota,
  legacyUsage,
  legacyUser,
} from '../support/legacy-database.ts';
import { fillLegacyUsers } from '../support/legacy-users.ts';
import { differencesOf } from '../support/verified.ts';

type Values = Readonly<Record<string, unknown>>;

describeEachBlankDatabase('importing what is not as it should be', (newDatabase, dialect) => {
  let blanks: BlankDatabase[];
  let legacy: Database;
  let db: Database;
  let urls: { from: string; to: string };
  beforeEach(async () => {
    blanks = [await newDatabase(), await newDatabase()];
    const [from, to] = blanks.map(({ url }) => url);
    if (from === undefined || to === undefined) throw new Error('there are no databases');
    urls = { from, to };
    legacy = await createLegacy(from, dialect);
    db = openDatabase(to);
    await migrateToLatest(db);
  });
  afterEach(async () => {
    await legacy.close();
    await db.close();
    for (const blank of blanks) await blank.remove();
  });

  async function imported(): Promise<ImportReport> {
    const source = openSource(urls.from);
    try {
      return await importLegacy(commandContext(db), { source, isDryRun: false, bandwidthUnit: 'kbps' });
    } finally {
      await source.close();
    }
  }

  /** Rows that a sound database would refuse are what broken ones hold. */
  async function insertUnchecked(table: string, row: Values): Promise<void> {
    if (dialect === 'sqlite') await legacy.knex.raw('PRAGMA foreign_keys = OFF');
    const columns = Object.keys(row);
    const marks = columns.map(() => '?').join(', ');
    await legacy.knex.transaction(async (trx) => {
      if (dialect === 'mysql') await trx.raw('SET foreign_key_checks = 0');
      await trx.raw(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`,
        Object.values(row) as string[],
      );
      if (dialect === 'mysql') await trx.raw('SET foreign_key_checks = 1');
    });
  }

  const BAD_ROWS: readonly [what: string, table: string, row: Values, reason: string, outcome?: string][] = [
    [
      'no bandwidth',
      'profiles',
      legacyProfile(9, { bandwidth_upload: 0 }),
      'bandwidth_upload: expected a whole number from 1, got "0"',
    ],
    [
      'a negative limit',
      'profiles',
      legacyProfile(9, { daily_limit: -1 }),
      'daily_limit: expected a whole number from 0, got "-1"',
    ],
    [
      'an unknown validity',
      'profiles',
      legacyProfile(9, { validity_duration: 31 }),
      'validity_duration: expected one of 7, 14, 30, 60, 90, 180, 365, got 31',
    ],
    [
      'an unknown kind of quota',
      'profiles',
      legacyProfile(9, { quota_type: 'some' }),
      'quota_type: expected limited or unlimited, got "some"',
    ],
    [
      'a limit no double holds',
      'profiles',
      legacyProfile(9, { data_volume: '9223372036854775807' }),
      'data_volume: expected a whole number from 0',
    ],
    [
      'blanks around a name',
      'promotions',
      legacyPromotion(9, { name: ' L3 ' }),
      'name: expected a name of 1 to 100 characters',
    ],
    [
      'an unknown profile',
      'promotions',
      legacyPromotion(9, { profile_id: 77 }),
      'profile_id 77 is unknown or was not imported; imported without one',
      'created',
    ],
    [
      'no username',
      'users',
      legacyUser(9, { username: '' }),
      'username: expected a name of 1 to 150 characters',
    ],
    [
      'a username that reads like a token',
      'users',
      legacyUser(9, { username: 'token:portal' }),
      'username: expected a name that does not begin with token:, cli: or user:',
    ],
    [
      'an address that is none',
      'users',
      legacyUser(9, { ip_address: 'hall' }),
      'ip_address: expected an IPv4 or IPv6 address, or null, got "hall"; imported without one',
      'created',
    ],
    [
      'a negative counter',
      'user_quotas',
      legacyQuota(9, 1, { used_month: -3 }),
      'used_month: expected a whole number from 0, got "-3"',
    ],
    [
      'usage of nobody',
      'user_profile_usage',
      legacyUsage(9, 99),
      'user_id 99 is unknown or was not imported',
    ],
    [
      'an alert beyond a thousand percent',
      'profile_alerts',
      legacyAlert(9, 1, { threshold_percent: 1500 }),
      'threshold_percent: expected a whole number from 0 to 1000',
    ],
    [
      'an alert with an unknown placeholder',
      'profile_alerts',
      legacyAlert(9, 1, { message_template: '{user.password}' }),
      'imported inactive: message_template: Expected text with the placeholders',
      'created',
    ],
    [
      'history of nobody',
      'profile_history',
      legacyHistory(9, 99),
      'user_id 99 is unknown or was not imported',
    ],
  ];

  it.each(BAD_ROWS)(
    'reports %s in %s and brings the rest over',
    async (_, table, row, reason, outcome = 'skipped') => {
      await legacy.knex('profiles').insert(legacyProfile(1));
      await legacy.knex('users').insert(legacyUser(1, { profile_id: 1 }));
      await insertUnchecked(table, row);
      const { problems } = await imported();
      expect(problems).toMatchObject([{ table, id: 9, outcome }]);
      expect(problems[0]?.reason).toContain(reason);
      expect(await db.knex('users').where('username', 'user1')).toHaveLength(1);
      expect(await differencesOf(db)).toEqual([]);
    },
  );

  it('leaves an alert inactive whose template would not be taken', async () => {
    await legacy.knex('profiles').insert(legacyProfile(1));
    await legacy.knex('profile_alerts').insert(legacyAlert(1, 1, { message_template: '{percent:.1f}' }));
    await imported();
    expect(await db.knex('profile_alerts').select('is_active', 'message_template')).toEqual([
      { is_active: 0, message_template: '{percent:.1f}' },
    ]);
  });

  it('leaves out the second of two users of one name', async () => {
    await legacy.knex('users').insert(legacyUser(1, { username: 'john' }));
    const drop = {
      mysql: 'ALTER TABLE users DROP INDEX username',
      sqlite: 'ALTER TABLE users RENAME TO old_users',
    };
    await legacy.knex.raw(drop[dialect]);
    if (dialect === 'sqlite') await legacy.knex.raw('CREATE TABLE users AS SELECT * FROM old_users');
    await legacy.knex('users').insert(legacyUser(2, { username: 'john', email: 'second@campus.example' }));
    for (const run of ['first', 'again']) {
      const { problems } = await imported();
      expect(problems, run).toMatchObject([
        { table: 'users', id: 2, name: 'john', reason: 'it is called as row 1 is, which was imported' },
      ]);
    }
    expect(await db.knex('users').select('email')).toEqual([{ email: 'user1@campus.example' }]);
  });

  it('goes on where it was killed, with nothing twice and nothing missing', { timeout: 90_000 }, async () => {
    const users = 2_000;
    await fillLegacyUsers(legacy, users);
    const main = join(import.meta.dirname, '../../src/main.ts');
    const child = spawn(process.execPath, [main, 'import-legacy', '--from', urls.from], {
      env: { ...process.env, RADMETER_DATABASE_URL: urls.to, RADMETER_TIMEZONE: 'UTC' },
      stdio: 'ignore',
    });
    const exit = once(child, 'exit');
    await untilRows(500, child);
    child.kill('SIGKILL');
    await exit;
    expect(await rowsIn('users')).toBeLessThan(users);
    const report = await imported();
    expect(report.problems).toEqual([]);
    expect(await rowsIn('users')).toBe(users);
    expect(await rowsIn('user_profile_usage')).toBe(users);
    expect(await rowsIn('usage_adjustments')).toBe(users);
    expect(await differencesOf(db, { chunkUsers: 1_000 })).toEqual([]);
  });

  async function rowsIn(table: string): Promise<number> {
    const [row]: { rows: number }[] = await db.knex(table).count('* as rows');
    return row?.rows ?? 0;
  }

  /** Returns as soon as so many users are there, or the process has ended without. */
  async function untilRows(count: number, child: { readonly exitCode: number | null }): Promise<void> {
    while (child.exitCode === null && (await rowsIn('users')) < count) await db.knex.raw('SELECT 1');
  }
});
