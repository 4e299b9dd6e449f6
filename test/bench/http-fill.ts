/** Fills a database with very many users, their usage, sessions and history, by a few statements that the database runs by itself. */
import { type Database, openDatabase } from '../../src/db/database.ts';
import { type Dialect, instantToText } from '../../src/db/dialect.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';

export interface FillOptions {
  /** So many users, usages, sessions and history rows each. */
  readonly userCount: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

const PROFILES = 20;
const PROMOTIONS = 200;
const ALERTS = 40;
const NASES = 50;
/** Days of octets per user. */
const USAGE_DAYS = 3;
/** One of so many rows that people write, other than users: entries of the audit log and disconnections. */
const LOG_SHARE = 10;
const YEAR_SECONDS = 31_536_000;

/** Makes the tables and fills them; calls `onStep` with what is filled next. */
export async function fillForHttp(
  url: string,
  options: FillOptions,
  onStep: (table: string) => void,
): Promise<void> {
  const db = openDatabase(url);
  try {
    await migrateToLatest(db);
    for (const [table, statement] of statementsFor(new FillSql(db.dialect, options), options)) {
      onStep(table);
      await db.knex.raw(statement);
    }
    await settle[db.dialect](db);
  } finally {
    await db.close();
  }
}

/** As a database is that has been running for a while. */
const settle: Record<Dialect, (db: Database) => Promise<void>> = {
  async mysql({ knex }) {
    await knex.raw(
      'ANALYZE TABLE users, user_profile_usage, profile_history, radacct, usage_days, audit_log',
    );
  },
  sqlite: async () => {},
};

/** The words in which the databases differ when they make rows up. */
class FillSql {
  readonly dialect: Dialect;
  readonly #now: number;

  constructor(dialect: Dialect, { now }: FillOptions) {
    this.dialect = dialect;
    this.#now = now;
  }

  /** Rows `s.n` from 1. */
  numbers(count: number): string {
    return {
      mysql: `(SELECT seq AS n FROM seq_1_to_${count}) AS s`,
      sqlite: `(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${count}) SELECT n FROM c) AS s`,
    }[this.dialect];
  }

  /** So many whole seconds before now, as UTC text. */
  secondsAgo(expression: string): string {
    const now = instantToText(this.#now).slice(0, 19);
    return {
      mysql: `DATE_SUB('${now}', INTERVAL ${expression} SECOND)`,
      sqlite: `datetime('${now}', '-' || (${expression}) || ' seconds')`,
    }[this.dialect];
  }

  /** So many whole seconds before now, in epoch milliseconds. */
  msAgo(expression: string): string {
    return `${this.#now} - (${expression}) * 1000`;
  }

  /** So many days before today. */
  dayAgo(expression: string): string {
    const today = instantToText(this.#now).slice(0, 10);
    return {
      mysql: `DATE_SUB('${today}', INTERVAL ${expression} DAY)`,
      sqlite: `date('${today}', '-' || (${expression}) || ' days')`,
    }[this.dialect];
  }

  text(...parts: readonly string[]): string {
    return { mysql: `CONCAT(${parts.join(', ')})`, sqlite: parts.join(' || ') }[this.dialect];
  }

  /** Text as the octets it is sent in. */
  octets(text: string): string {
    return { mysql: text, sqlite: `CAST(${text} AS BLOB)` }[this.dialect];
  }

  /** Sixteen octets that differ from row to row. */
  get octets16(): string {
    return { mysql: `UNHEX(MD5(s.n))`, sqlite: 'randomblob(16)' }[this.dialect];
  }

  get hex32(): string {
    return { mysql: 'MD5(s.n)', sqlite: 'lower(hex(randomblob(16)))' }[this.dialect];
  }
}

type Statement = readonly [table: string, sql: string];

function statementsFor(sql: FillSql, { userCount }: FillOptions): Statement[] {
  return [
    ...peopleStatements(sql, userCount),
    ...trafficStatements(sql, userCount),
    ...logStatements(sql, userCount),
  ];
}

function peopleStatements(sql: FillSql, userCount: number): Statement[] {
  const times = `${sql.secondsAgo(`s.n % ${YEAR_SECONDS}`)}, ${sql.secondsAgo('0')}`;
  // The users with the highest numbers are the newest.
  const userAt = sql.secondsAgo(`(${userCount} - s.n) * 30`);
  return [
    [
      'profiles',
      `INSERT INTO profiles (name, quota_type, data_volume, daily_limit, created_at, updated_at)
       SELECT ${sql.text("'Profile '", 's.n')}, CASE WHEN s.n % 5 = 0 THEN 'unlimited' ELSE 'limited' END,
              s.n * 5368709120, CASE WHEN s.n % 2 = 0 THEN 1073741824 ELSE NULL END, ${times}
         FROM ${sql.numbers(PROFILES)}`,
    ],
    [
      'promotions',
      `INSERT INTO promotions (name, profile_id, created_at, updated_at)
       SELECT ${sql.text("'Promotion '", 's.n')}, CASE WHEN s.n % 10 = 0 THEN NULL ELSE 1 + s.n % ${PROFILES} END, ${times}
         FROM ${sql.numbers(PROMOTIONS)}`,
    ],
    [
      'users',
      `INSERT INTO users (username, password, email, promotion_id, profile_id, is_active, date_joined, created_at, updated_at)
       SELECT ${sql.text("'user'", 's.n')}, '!', ${sql.text("'user'", 's.n', "'@example.org'")},
              CASE WHEN s.n % 3 = 0 THEN NULL ELSE 1 + s.n % ${PROMOTIONS} END,
              CASE WHEN s.n % 2 = 0 THEN NULL ELSE 1 + s.n % ${PROFILES} END,
              CASE WHEN s.n % 50 = 0 THEN 0 ELSE 1 END, ${userAt}, ${userAt}, ${userAt}
         FROM ${sql.numbers(userCount)}`,
    ],
    [
      'profile_history',
      `INSERT INTO profile_history (user_id, new_profile_id, new_profile_name, changed_at, change_type)
       SELECT s.n, 1 + s.n % ${PROFILES}, ${sql.text("'Profile '", `1 + s.n % ${PROFILES}`)}, ${userAt}, 'assigned'
         FROM ${sql.numbers(userCount)}`,
    ],
    [
      'profile_alerts',
      `INSERT INTO profile_alerts (profile_id, alert_type, threshold_percent, created_at, updated_at)
       SELECT 1 + s.n % ${PROFILES}, 'quota_warning', s.n, ${times} FROM ${sql.numbers(ALERTS)}`,
    ],
  ];
}

function trafficStatements(sql: FillSql, userCount: number): Statement[] {
  const userAt = sql.secondsAgo(`(${userCount} - s.n) * 30`);
  // A fifth of the users has not been seen since the day, week or month began.
  const seenAt = sql.secondsAgo('CASE WHEN s.n % 5 = 0 THEN 4000000 ELSE 0 END');
  const total = '(s.n * 7919 % 1000003) * 100000';
  const begunAt = `(${userCount} - s.n) * 2`;
  return [
    [
      'user_profile_usage',
      `INSERT INTO user_profile_usage (user_id, used_today, used_week, used_month, used_total, last_daily_reset,
              last_weekly_reset, last_monthly_reset, activation_date, is_exceeded, created_at, updated_at)
       SELECT s.n, ${total} / 100, ${total} / 20, ${total} / 4, ${total}, ${seenAt}, ${seenAt}, ${seenAt}, ${seenAt},
              CASE WHEN s.n % 17 = 0 THEN 1 ELSE 0 END, ${userAt}, ${userAt}
         FROM ${sql.numbers(userCount)}`.replaceAll(
        / \/ (\d+)/g,
        // Whole octets on both databases.
        sql.dialect === 'mysql' ? ' DIV $1' : ' / $1',
      ),
    ],
    [
      'usage_days',
      `INSERT INTO usage_days (user_id, day, input_octets, output_octets)
       SELECT u.id, ${sql.dayAgo('s.n - 1')}, u.id % 1000003 * 1000, u.id % 1000003 * 9000
         FROM users AS u, ${sql.numbers(USAGE_DAYS)} ORDER BY u.id`,
    ],
    [
      'nas',
      `INSERT INTO nas (nasname, shortname, secret)
       SELECT ${sql.text("'192.0.2.'", 's.n')}, ${sql.text("'hall'", 's.n')}, 'testing123' FROM ${sql.numbers(NASES)}`,
    ],
    // The one that asks the daemon whether it is up; with NASes in the table, nobody else is one.
    ['nas', "INSERT INTO nas (nasname, shortname, secret) VALUES ('127.0.0.1', 'bench', 'testing123')"],
    [
      'radacct',
      `INSERT INTO radacct (acctsessionid, acctuniqueid, username, nasipaddress, acctstarttime, acctsessiontime,
              acctinputoctets, acctoutputoctets, callingstationid, runkey, user_id, source_address, nas_identifier,
              session_id_raw, user_name_raw, station, close_kind, started_at, updated_at, stopped_at, nas_started_at,
              nas_updated_at, arrival_started_at, arrival_updated_at)
       SELECT ${sql.text("'S'", 's.n')}, ${sql.hex32}, ${sql.text("'user'", 's.n')}, '192.0.2.1', ${sql.secondsAgo(begunAt)}, 3600,
              s.n % 1000003 * 1000, s.n % 1000003 * 9000, '02-00-00-00-00-01', ${sql.octets16}, s.n,
              ${sql.text("'192.0.2.'", `1 + s.n % ${NASES}`)}, ${sql.octets(sql.text("'hall'", `1 + s.n % ${NASES}`))},
              ${sql.octets(sql.text("'S'", 's.n'))}, ${sql.octets(sql.text("'user'", 's.n'))}, ${sql.octets("'020000000001'")}, CASE WHEN s.n % 20 = 0 THEN 0 ELSE 1 END,
              ${sql.msAgo(begunAt)}, ${sql.msAgo('0')}, CASE WHEN s.n % 20 = 0 THEN NULL ELSE ${sql.msAgo('0')} END,
              ${sql.msAgo(begunAt)}, ${sql.msAgo('0')}, ${sql.msAgo(begunAt)}, ${sql.msAgo('0')}
         FROM ${sql.numbers(userCount)}`,
    ],
  ];
}

function logStatements(sql: FillSql, userCount: number): Statement[] {
  const count = Math.ceil(userCount / LOG_SHARE);
  const at = `(${count} - s.n) * 60`;
  return [
    [
      'user_disconnection_logs',
      `INSERT INTO user_disconnection_logs (user_id, reason, disconnected_at, is_active)
       SELECT s.n, 'quota_exceeded', ${sql.secondsAgo(at)}, CASE WHEN s.n % 10 = 0 THEN 1 ELSE 0 END
         FROM ${sql.numbers(count)}`,
    ],
    [
      'audit_log',
      `INSERT INTO audit_log (at, actor, action, object_type, object_id, after_json)
       SELECT ${sql.msAgo(at)}, ${sql.text("'admin'", 's.n % 7')}, 'update', 'user', s.n, '{"is_active":true}'
         FROM ${sql.numbers(count)}`,
    ],
  ];
}
