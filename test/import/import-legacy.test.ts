/** Everything of the seed's system brought over, from a database with its own column types, and repeated. */
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
  GIB,
  legacyAlert,
  legacyHistory,
  legacyProfile,
  legacyPromotion,
  legacyQuota,
  legacyUsage,
  legacyUser,
} from '../support/legacy-database.ts';
import { differencesOf } from '../support/verified.ts';

describeEachBlankDatabase('importing the old system', (newDatabase, dialect) => {
  let blanks: BlankDatabase[];
  let legacy: Database;
  let db: Database;
  let legacyUrl: string;
  beforeEach(async () => {
    blanks = [await newDatabase(), await newDatabase()];
    const [theirs, ours] = blanks;
    if (theirs === undefined || ours === undefined) throw new Error('there are no databases');
    legacyUrl = theirs.url;
    legacy = await createLegacy(theirs.url, dialect);
    db = openDatabase(ours.url);
    await migrateToLatest(db);
    // Other ids than there.
    const at = '2025-01-01 00:00:00';
    await db
      .knex('users')
      .insert({ username: 'admin', password: '!', date_joined: at, created_at: at, updated_at: at });
  });
  afterEach(async () => {
    await legacy.close();
    await db.close();
    for (const blank of blanks) await blank.remove();
  });

  async function imported(
    options: { isDryRun?: boolean; bandwidthUnit?: 'kbps' | 'mbps' } = {},
  ): Promise<ImportReport> {
    const source = openSource(legacyUrl);
    try {
      const { isDryRun = false, bandwidthUnit } = options;
      return await importLegacy(commandContext(db), { source, isDryRun, bandwidthUnit });
    } finally {
      await source.close();
    }
  }

  async function fill(): Promise<void> {
    await legacy
      .knex('profiles')
      .insert([legacyProfile(1, { name: 'Étudiant' }), legacyProfile(2, { name: 'Staff' })]);
    await legacy.knex('promotions').insert(legacyPromotion(4, { name: 'L3 Info', profile_id: 1 }));
    await legacy
      .knex('users')
      .insert([
        legacyUser(7, { username: 'john', profile_id: 2, is_staff: true, role: 'admin' }),
        legacyUser(8, { username: 'Élodie', promotion_id: 4 }),
        legacyUser(9, { username: 'sam' }),
      ]);
    await legacy.knex('profiles').where('id', 2).update({ created_by_id: 7 });
    await legacy.knex('user_profile_usage').insert(legacyUsage(1, 7));
    await legacy.knex('user_quotas').insert([legacyQuota(1, 7, { used_today: 9 }), legacyQuota(2, 9)]);
    await legacy.knex('profile_alerts').insert(legacyAlert(1, 2, { created_by_id: 7 }));
    await legacy.knex('profile_history').insert(legacyHistory(1, 7, { new_profile_id: 2, changed_by_id: 7 }));
  }

  function countsOf(report: ImportReport): Record<string, string> {
    return Object.fromEntries(
      [...report.counts].map(([kind, counts]) => [
        kind,
        Object.entries(counts)
          .filter(([, count]) => count > 0)
          .map(([outcome, count]) => `${count} ${outcome}`)
          .join(', '),
      ]),
    );
  }

  async function userNamed(username: string) {
    const [row] = await db.knex('users').where({ username }).select('*');
    return row;
  }

  it('brings every kind over, under ids of its own, and verifies clean', async () => {
    await fill();
    const report = await imported();
    expect(countsOf(report)).toEqual({
      profiles: '2 created',
      promotions: '1 created',
      users: '3 created',
      user_profile_usage: '1 created',
      user_quotas: '1 created, 1 unchanged',
      'usage begun': '1 created',
      profile_alerts: '1 created',
      profile_history: '1 created',
    });
    expect(report.problems).toEqual([]);
    const john = await userNamed('john');
    const [staff] = await db.knex('profiles').where('name', 'Staff').select('*');
    const [history] = await db.knex('profile_history').select('*');
    const [alert] = await db.knex('profile_alerts').select('*');
    expect(john).toMatchObject({ profile_id: staff.id, role: 'admin', cleartext_password: null });
    expect(john.password).toMatch(/^pbkdf2_sha256\$600000\$/);
    expect(staff).toMatchObject({ bandwidth_upload: 5120, monthly_limit: null, created_by_id: john.id });
    expect(history).toMatchObject({ user_id: john.id, new_profile_id: staff.id, new_profile_name: 'Staff' });
    expect(alert).toMatchObject({ profile_id: staff.id, created_by_id: john.id, period: 'total' });
    expect(await differencesOf(db)).toEqual([]);
  });

  it('takes the counters of usage before those of a quota, and begins usage for whoever has a profile alone', async () => {
    await fill();
    await imported();
    const rows = await db
      .knex('user_profile_usage')
      .join('users', 'users.id', 'user_profile_usage.user_id')
      .orderBy('username')
      .select('username', 'used_today', 'used_month', 'used_total', 'activation_date');
    expect(rows.map((row) => ({ ...row, activation_date: row.activation_date.slice(0, 10) }))).toEqual([
      {
        username: 'john',
        used_today: GIB,
        used_month: 3 * GIB,
        used_total: 10 * GIB,
        activation_date: '2025-12-02',
      },
      {
        username: 'sam',
        used_today: GIB,
        used_month: 3 * GIB,
        used_total: 3 * GIB,
        activation_date: '2025-12-01',
      },
      { username: 'Élodie', used_today: 0, used_month: 0, used_total: 0, activation_date: '2025-12-11' },
    ]);
  });

  it('changes nothing the second time', async () => {
    await fill();
    await imported();
    const before = await everythingIn(db);
    const report = await imported();
    expect(report.hasChanged).toBe(false);
    expect(await everythingIn(db)).toEqual(before);
  });

  it('changes nothing when it is dry, and says what it would', async () => {
    await fill();
    const before = await everythingIn(db);
    expect(countsOf(await imported({ isDryRun: true }))).toMatchObject({
      users: '3 created',
      profile_alerts: '1 created',
      profile_history: '1 created',
    });
    expect(await everythingIn(db)).toEqual(before);
    expect(await db.knex('audit_log')).toEqual([]);
  });

  it('brings over what changed there, and keeps what was changed here', async () => {
    await fill();
    await imported();
    await legacy.knex('users').where('id', 8).update({ email: 'new@campus.example' });
    await legacy.knex('users').where('id', 9).update({ email: 'theirs@campus.example' });
    await legacy.knex('profiles').where('id', 2).update({ daily_limit: GIB });
    await db.knex('users').where('username', 'sam').update({ email: 'ours@campus.example' });
    const report = await imported();
    expect(countsOf(report)).toMatchObject({
      users: '1 updated, 1 unchanged, 1 kept',
      profiles: '1 updated, 1 unchanged',
    });
    expect(report.problems.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      'sam: was changed here since it was imported, and differs in email',
    ]);
    expect((await userNamed('Élodie')).email).toBe('new@campus.example');
    expect((await userNamed('sam')).email).toBe('ours@campus.example');
    // john has used 1 GiB today, which is all of the new limit.
    const [usage] = await db
      .knex('user_profile_usage')
      .where('user_id', (await userNamed('john')).id)
      .select('*');
    expect(usage.is_exceeded).toBe(1);
  });

  it('keeps a row that was here before under its name, and uses it', async () => {
    await fill();
    await db.knex('profiles').insert({ ...legacyProfile(50, { name: 'Staff', session_timeout: 60 }) });
    const report = await imported();
    expect(report.problems).toMatchObject([
      {
        table: 'profiles',
        id: 2,
        name: 'Staff',
        outcome: 'kept',
        reason: 'is here already, and differs in session_timeout',
      },
    ]);
    expect((await userNamed('john')).profile_id).toBe(50);
  });

  it('asks for the unit of small bandwidths, and takes Mbit/s when told', async () => {
    await legacy.knex('profiles').insert(legacyProfile(1, { bandwidth_upload: 5, bandwidth_download: 10 }));
    await expect(imported()).rejects.toThrow(
      /"Profile 1": 5 up, 10 down.*--bandwidth-unit kbps or --bandwidth-unit mbps/,
    );
    expect(await db.knex('profiles')).toEqual([]);
    await imported({ bandwidthUnit: 'mbps' });
    const [profile] = await db.knex('profiles').select('*');
    expect(profile).toMatchObject({ bandwidth_upload: 5120, bandwidth_download: 10_240 });
  });

  it('refuses the database that is imported into', async () => {
    const source = openSource(String(blanks[1]?.url));
    try {
      const options = { source, isDryRun: false, bandwidthUnit: undefined };
      await expect(importLegacy(commandContext(db), options)).rejects.toThrow(
        'is the database that is imported into',
      );
    } finally {
      await source.close();
    }
  });
});

/** Every row that an import may touch. */
async function everythingIn(db: Database): Promise<unknown[]> {
  const tables = [
    'profiles',
    'promotions',
    'users',
    'user_profile_usage',
    'usage_adjustments',
    'profile_alerts',
  ];
  const rows = tables.map((table) => db.knex(table).orderBy('id').select('*'));
  return Promise.all([...rows, db.knex('profile_history').orderBy('id').select('*')]);
}
