/** Adopting tables that are already there: FreeRADIUS 3.2's and the seed's, with their rows. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adoptTables } from '../../src/db/adopt.ts';
import { bigint, id, optional, required, type Table, unique, varchar } from '../../src/db/column.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { type BlankDatabase, describeEachBlankDatabase } from '../support/databases.ts';
import { freeradiusTables } from '../support/freeradius-tables.ts';
import { readColumnNames, readSchema } from '../support/schema.ts';
import { seedTables } from '../support/seed-tables.ts';

const AT = '2025-11-22 16:00:00.123456';
const TIMES = { created_at: AT, updated_at: AT };
const RESETS = { last_daily_reset: AT, last_weekly_reset: AT, last_monthly_reset: AT };
const USED = { used_today: 1, used_week: 2, used_month: 3 };

const FREERADIUS_ROWS = {
  radacct: {
    acctsessionid: '8001',
    acctuniqueid: '5f2b',
    username: 'john',
    realm: null,
    nasipaddress: '192.0.2.1',
    acctstarttime: '2025-11-22 17:00:00',
    acctinputoctets: 5_000_000_000,
    class: 'x',
  },
  nas: { nasname: '192.0.2.1', shortname: 'ap1', secret: 's3cret', ports: 1812 },
  radcheck: { username: 'john', attribute: 'Cleartext-Password', op: ':=', value: 'é' },
  radreply: { username: 'john', attribute: 'Session-Timeout', op: '=', value: '3600' },
  radusergroup: { username: 'john', groupname: 'user', priority: 7 },
  radpostauth: { username: 'john', pass: 'x', reply: 'Access-Accept', authdate: AT },
};

const PROFILE = {
  name: 'Étudiant',
  is_active: 1,
  bandwidth_upload: 5120,
  bandwidth_download: 10240,
  quota_type: 'limited',
  data_volume: 53_687_091_200,
  daily_limit: null,
  validity_duration: 30,
  session_timeout: 28800,
  idle_timeout: 600,
  simultaneous_use: 1,
  ...TIMES,
};
const USER = {
  password: 'pbkdf2_sha256$1$x$y',
  is_superuser: 0,
  username: 'john',
  first_name: '',
  last_name: '',
  email: '',
  is_staff: 0,
  is_active: 1,
  date_joined: AT,
  is_radius_activated: 0,
  is_radius_enabled: 1,
  is_voucher_user: 0,
  role: 'user',
  ...TIMES,
  profile_id: 1,
};
const ALERT = {
  profile_id: 1,
  alert_type: 'quota_warning',
  threshold_percent: 80,
  notification_method: 'system',
  is_active: 1,
  ...TIMES,
};
const LIMITS = { daily_limit: 1, weekly_limit: 2, monthly_limit: 3 };
const STATE = { is_active: 1, is_exceeded: 0 };

const SEED_ROWS = {
  profiles: PROFILE,
  promotions: { name: 'L3 Info', is_active: 1, ...TIMES, profile_id: 1 },
  users: USER,
  user_profile_usage: {
    ...USED,
    used_total: 4,
    ...RESETS,
    activation_date: AT,
    ...STATE,
    ...TIMES,
    user_id: 1,
  },
  profile_history: { user_id: 1, new_profile_id: 1, changed_at: AT, change_type: 'assigned' },
  profile_alerts: ALERT,
  user_quotas: { ...LIMITS, ...USED, ...RESETS, ...STATE, ...TIMES, user_id: 1 },
  radcheck: { username: 'john', attribute: 'Cleartext-Password', op: ':=', value: 'x', statut: 0 },
};

type Rows = Readonly<Record<string, object>>;

describeEachBlankDatabase('adopting', (newDatabase, dialect) => {
  let blank: BlankDatabase;
  let db: Database;

  beforeEach(async () => {
    blank = await newDatabase();
    db = openDatabase(blank.url);
  });
  afterEach(async () => {
    await db.close();
    await blank.remove();
  });

  async function run(statements: readonly string[]): Promise<void> {
    for (const statement of statements) await db.knex.raw(statement);
  }

  /** Fills tables, migrates, and checks that each row reads as before in the columns it had. */
  async function migrateAround(rows: Rows): Promise<void> {
    const before: Record<string, unknown> = {};
    for (const [table, row] of Object.entries(rows)) {
      await db.knex(table).insert(row);
      before[table] = await db.knex(table);
    }
    const columns = Object.fromEntries(
      await Promise.all(Object.keys(rows).map(async (table) => [table, await readColumnNames(db, table)])),
    );
    await migrateToLatest(db);
    for (const table of Object.keys(rows)) {
      expect(await db.knex(table).select(columns[table]), table).toEqual(before[table]);
    }
  }

  describe('the tables of FreeRADIUS', () => {
    beforeEach(() => run(freeradiusTables(dialect)));

    test('keeps their rows', async () => {
      await migrateAround(FREERADIUS_ROWS);
    });

    test('gives them the same columns as our own, ours after theirs', async () => {
      await migrateToLatest(db);
      const fresh = await newDatabase();
      const ours = openDatabase(fresh.url);
      try {
        await migrateToLatest(ours);
        for (const table of Object.keys(FREERADIUS_ROWS)) {
          expect(await readColumnNames(db, table)).toEqual(await readColumnNames(ours, table));
        }
      } finally {
        await ours.close();
        await fresh.remove();
      }
    });

    test('gives old rows the defaults of a session nobody metered', async () => {
      await migrateAround(FREERADIUS_ROWS);
      const ours = { runkey: null, run_number: 0, close_kind: 0, unmeteredoctets: 0, octet_unit: 1 };
      expect(await db.knex('radacct').first(Object.keys(ours))).toEqual(ours);
    });

    test('leaves FreeRADIUS able to write as if we were not there', async () => {
      await migrateToLatest(db);
      for (const [table, row] of Object.entries(FREERADIUS_ROWS)) {
        await db.knex(table).insert(row);
        expect(await db.knex(table), table).toMatchObject([row]);
      }
      await db.knex('radacct').insert({ ...FREERADIUS_ROWS.radacct, acctuniqueid: '5f2c' });
      expect(await db.knex('radcheck').first('statut')).toEqual({ statut: 1 });
    });

    test('makes room for the address of an IPv6 NAS', async () => {
      await migrateAround(FREERADIUS_ROWS);
      const nasipaddress = '2001:db8:1111:2222:3333:4444:255.255.255.255';
      await db.knex('radacct').update({ nasipaddress });
      expect(await db.knex('radacct').select('nasipaddress')).toEqual([{ nasipaddress }]);
    });

    test('keeps each run of a session once', async () => {
      await migrateToLatest(db);
      const run = { runkey: Buffer.alloc(16, 1), run_number: 0 };
      await db.knex('radacct').insert({ ...run, acctuniqueid: 'a' });
      await expect(db.knex('radacct').insert({ ...run, acctuniqueid: 'b' })).rejects.toThrow();
    });
  });

  describe('the tables of the seed', () => {
    beforeEach(() => run(seedTables(dialect)));

    test('keeps their rows', async () => {
      await migrateAround(SEED_ROWS);
    });

    test('leaves the seed able to write as if we were not there', async () => {
      await migrateToLatest(db);
      for (const [table, row] of Object.entries(SEED_ROWS)) {
        await db.knex(table).insert(row);
        expect(await db.knex(table), table).toMatchObject([row]);
      }
      expect(await db.knex('profiles').first('over_quota_action', 'throttle_upload')).toEqual({
        over_quota_action: 'disconnect',
        throttle_upload: null,
      });
      expect(await db.knex('profile_alerts').first('period')).toEqual({ period: 'total' });
    });

    test('adds no index to a column that has one', async () => {
      await migrateToLatest(db);
      const schema = JSON.stringify(await readSchema(db));
      expect(schema).not.toContain('users_username');
      expect(schema).not.toContain('user_profile_usage_user`');
      expect(schema).not.toContain('profile_history_user_id`');
    });
  });

  describe('a table of the same name', () => {
    const seats: Table = {
      name: 'seats',
      columns: { id, number: required(bigint), label: optional(varchar(10)) },
      indexes: [unique('seats_number', ['number'])],
    };

    test('is refused where it lacks what cannot be made up', async () => {
      await db.knex.raw('CREATE TABLE seats (id bigint PRIMARY KEY)');
      const before = await readSchema(db);
      await expect(adoptTables(db.knex, dialect, [seats])).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('table seats exists without number'),
      });
      expect(await readSchema(db)).toEqual(before);
    });

    test('is refused where two of its rows are one to us', async () => {
      await db.knex.raw('CREATE TABLE seats (id bigint PRIMARY KEY, number bigint)');
      await db.knex('seats').insert([
        { id: 1, number: 4 },
        { id: 2, number: 4 },
      ]);
      await expect(adoptTables(db.knex, dialect, [seats])).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('table seats holds rows that are alike where (number) must differ'),
      });
      expect(await db.knex('seats').select('number')).toEqual([{ number: 4 }, { number: 4 }]);
    });

    test('may have its columns in capitals and more of them than ours', async () => {
      await db.knex.raw('CREATE TABLE seats (ID bigint PRIMARY KEY, Number bigint, colour varchar(9))');
      await adoptTables(db.knex, dialect, [seats]);
      expect(await readColumnNames(db, 'seats')).toEqual(['ID', 'Number', 'colour', 'label']);
    });
  });
});
