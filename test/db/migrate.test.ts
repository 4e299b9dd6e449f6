/** Migrating: a fresh database, again, from several processes, after a crash, and beside a newer version. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MIGRATION_NAMES } from '../../migrations/index.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { migrateToLatest, migrationStatus } from '../../src/db/migrate.ts';
import { type BlankDatabase, describeEachBlankDatabase } from '../support/databases.ts';
import { LineProcess } from '../support/line-process.ts';
import { readSchema } from '../support/schema.ts';

const MIGRATE_PROCESS = new URL('../support/migrate-process.ts', import.meta.url).pathname;

const TABLES = [
  ...[
    'profiles',
    'promotions',
    'users',
    'user_profile_usage',
    'profile_history',
    'profile_alerts',
    'user_quotas',
  ],
  ...[
    'radacct',
    'nas',
    'radpostauth',
    'radcheck',
    'radreply',
    'radgroupcheck',
    'radgroupreply',
    'radusergroup',
  ],
  ...[
    'usage_days',
    'usage_adjustments',
    'access_reservations',
    'enforcement_intents',
    'user_disconnection_logs',
  ],
  ...['set_aside', 'unknown_nas', 'alert_deliveries', 'notices', 'mail_queue', 'job_runs', 'api_tokens'],
  ...['user_secrets', 'audit_log', 'settings', 'instances', 'nas_senders'],
];

const AT = '2025-11-22 16:00:00.123000';
const TIMES = { created_at: AT, updated_at: AT };
const RESETS = { last_daily_reset: AT, last_weekly_reset: AT, last_monthly_reset: AT, activation_date: AT };

describeEachBlankDatabase('migrating', (newDatabase, dialect) => {
  let blank: BlankDatabase;
  let db: Database;
  const processes: LineProcess[] = [];

  beforeEach(async () => {
    blank = await newDatabase();
    db = openDatabase(blank.url);
  });
  afterEach(async () => {
    for (const each of processes.splice(0)) await each.kill();
    await db.close();
    await blank.remove();
  });

  /** Starts processes that wait for a word to begin. */
  async function startProcesses(what: 'migrate' | 'hold', count: number): Promise<LineProcess[]> {
    const started = Array.from({ length: count }, () => new LineProcess(MIGRATE_PROCESS, blank.url, what));
    processes.push(...started);
    for (const each of started) expect(await each.nextLine()).toBe('ready');
    return started;
  }

  async function addUser(username: string): Promise<number> {
    const [id = 0] = await db.knex('users').insert({ username, password: '!', date_joined: AT, ...TIMES });
    return id;
  }

  describe('a fresh database', () => {
    test('gets every table', async () => {
      expect(await migrateToLatest(db)).toEqual(MIGRATION_NAMES);
      expect(Object.keys(await readSchema(db))).toEqual(expect.arrayContaining(TABLES));
    });

    test('is pending before and applied after, and looking changes nothing', async () => {
      expect(await migrationStatus(db)).toEqual({ applied: [], pending: MIGRATION_NAMES });
      expect(await readSchema(db)).toEqual({});
      await migrateToLatest(db);
      expect(await migrationStatus(db)).toEqual({ applied: MIGRATION_NAMES, pending: [] });
    });

    test('tells user names apart by case, and refuses one twice', async () => {
      await migrateToLatest(db);
      await addUser('john');
      await addUser('John');
      await expect(addUser('john')).rejects.toThrow();
    });

    test('lets go of a deleted profile and takes away what a deleted user owned', async () => {
      await migrateToLatest(db);
      const [profile] = await db.knex('profiles').insert({ name: 'Étudiant', ...TIMES });
      const user = await addUser('john');
      await db.knex('users').update({ profile_id: profile });
      await db.knex('user_profile_usage').insert({ user_id: user, ...RESETS, ...TIMES });
      await db.knex('profiles').delete();
      expect(await db.knex('users').select('profile_id')).toEqual([{ profile_id: null }]);
      await db.knex('users').delete();
      expect(await db.knex('user_profile_usage')).toEqual([]);
    });

    test('never gives the number of a deleted row again', async () => {
      await migrateToLatest(db);
      const first = await addUser('john');
      await db.knex('users').delete();
      expect(await addUser('jane')).toBeGreaterThan(first);
    });

    test('keeps octets past 2^32, raw octets and text outside the basic plane as they are', async () => {
      await migrateToLatest(db);
      const row = {
        runkey: Buffer.from('00ff80c3280a27225c00000000000001', 'hex'),
        session_id_raw: Buffer.from([0, 0xff, 0xc3, 0x28]),
        username: 'jürgen 🛜',
        acctinputoctets: Number.MAX_SAFE_INTEGER,
      };
      await db.knex('radacct').insert(row);
      expect(await db.knex('radacct').first(Object.keys(row))).toEqual(row);
    });

    test('refuses a second row of one run of a session', async () => {
      await migrateToLatest(db);
      const runkey = Buffer.alloc(16, 7);
      await db.knex('radacct').insert([
        { runkey, run_number: 0 },
        { runkey, run_number: 1 },
      ]);
      await expect(db.knex('radacct').insert({ runkey, run_number: 1 })).rejects.toThrow();
    });
  });

  describe('a migrated database', () => {
    beforeEach(() => migrateToLatest(db));

    test('is left as it is the second time', async () => {
      const before = await readSchema(db);
      expect(await migrateToLatest(db)).toEqual([]);
      expect(await readSchema(db)).toEqual(before);
    });

    test('is left as it is when the record of the migrations is lost', async () => {
      const before = await readSchema(db);
      await addUser('john');
      await db.knex('radmeter_migrations').delete();
      expect(await migrateToLatest(db)).toEqual(MIGRATION_NAMES);
      expect(await readSchema(db)).toEqual(before);
      expect(await db.knex('users').select('username')).toEqual([{ username: 'john' }]);
    });

    test('is finished where a process was killed in the middle', async () => {
      const before = await readSchema(db);
      const undone = MIGRATION_NAMES.slice(MIGRATION_NAMES.indexOf('009-nas-senders'));
      await db.knex('radmeter_migrations').whereIn('name', undone).delete();
      await db.knex('radmeter_migrations_lock').update({ is_locked: 1 });
      await db.knex.schema.dropTable('nas_senders');
      expect(await migrateToLatest(db)).toEqual(undone);
      expect(await readSchema(db)).toEqual(before);
    });

    test('is refused to a version older than itself', async () => {
      await db.knex('radmeter_migrations').insert({ name: '999-of-tomorrow', batch: 2 });
      const refusal = { code: 'conflict', message: expect.stringContaining('999-of-tomorrow') };
      await expect(migrateToLatest(db)).rejects.toMatchObject(refusal);
      await expect(migrationStatus(db)).rejects.toMatchObject(refusal);
    });
  });

  describe('several processes', () => {
    test('that begin together migrate once', async () => {
      const together = await startProcesses('migrate', 3);
      for (const each of together) each.say('go');
      const said = await Promise.all(together.map((each) => each.nextLine()));
      expect(said.toSorted()).toEqual(['applied 0', 'applied 0', `applied ${MIGRATION_NAMES.length}`]);
      expect((await db.knex('radmeter_migrations')).length).toBe(MIGRATION_NAMES.length);
    });

    test('wait no longer than they are told for one that holds the lock, and name it', async () => {
      const [holder] = await startProcesses('hold', 1);
      holder?.say('go');
      expect(await holder?.nextLine()).toBe('holding');
      const named =
        dialect === 'mysql' ? /connection \d+ holds the lock "migrate\.test_/ : /write lock.*fuser/;
      await expect(migrateToLatest(db, { lockWaitSeconds: 0 })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(named),
      });
    });

    test('need nobody to clear the lock of one that was killed', async () => {
      const [holder] = await startProcesses('hold', 1);
      holder?.say('go');
      expect(await holder?.nextLine()).toBe('holding');
      const migrating = migrateToLatest(db);
      await holder?.kill();
      expect(await migrating).toEqual(MIGRATION_NAMES);
    });
  });
});
