/** The seed's tables as Django creates them on each database: no defaults, foreign keys that neither cascade nor let go. */
import type { Dialect } from '../../src/db/dialect.ts';

interface SeedTable {
  readonly name: string;
  /** Django's field types, by column. */
  readonly columns: Readonly<Record<string, string>>;
  readonly references?: Readonly<Record<string, string>>;
  readonly unique?: readonly string[];
}

const TIMES = { created_at: 'datetime NOT NULL', updated_at: 'datetime NOT NULL' };
const RESETS = {
  last_daily_reset: 'datetime NOT NULL',
  last_weekly_reset: 'datetime NOT NULL',
  last_monthly_reset: 'datetime NOT NULL',
};
const USED = { used_today: 'bigint NOT NULL', used_week: 'bigint NOT NULL', used_month: 'bigint NOT NULL' };
const STATE = { is_active: 'bool NOT NULL', is_exceeded: 'bool NOT NULL' };

const SEED_TABLES: readonly SeedTable[] = [
  {
    name: 'profiles',
    columns: {
      name: 'varchar(100) NOT NULL UNIQUE',
      description: 'longtext NULL',
      is_active: 'bool NOT NULL',
      bandwidth_upload: 'integer NOT NULL',
      bandwidth_download: 'integer NOT NULL',
      quota_type: 'varchar(20) NOT NULL',
      data_volume: 'bigint NOT NULL',
      daily_limit: 'bigint NULL',
      weekly_limit: 'bigint NULL',
      monthly_limit: 'bigint NULL',
      validity_duration: 'integer NOT NULL',
      session_timeout: 'integer NOT NULL',
      idle_timeout: 'integer NOT NULL',
      simultaneous_use: 'integer NOT NULL',
      ...TIMES,
      created_by_id: 'bigint NULL',
    },
    references: { created_by_id: 'users' },
  },
  {
    name: 'promotions',
    columns: {
      name: 'varchar(100) NOT NULL UNIQUE',
      is_active: 'bool NOT NULL',
      ...TIMES,
      profile_id: 'bigint NULL',
    },
    references: { profile_id: 'profiles' },
  },
  {
    name: 'users',
    columns: {
      password: 'varchar(128) NOT NULL',
      last_login: 'datetime NULL',
      is_superuser: 'bool NOT NULL',
      username: 'varchar(150) NOT NULL UNIQUE',
      first_name: 'varchar(150) NOT NULL',
      last_name: 'varchar(150) NOT NULL',
      email: 'varchar(254) NOT NULL',
      is_staff: 'bool NOT NULL',
      is_active: 'bool NOT NULL',
      date_joined: 'datetime NOT NULL',
      matricule: 'varchar(50) NULL',
      is_radius_activated: 'bool NOT NULL',
      is_radius_enabled: 'bool NOT NULL',
      cleartext_password: 'varchar(128) NULL',
      phone_number: 'varchar(20) NULL',
      mac_address: 'varchar(17) NULL',
      ip_address: 'char(39) NULL',
      voucher_code: 'varchar(50) NULL',
      is_voucher_user: 'bool NOT NULL',
      role: 'varchar(50) NOT NULL',
      ...TIMES,
      promotion_id: 'bigint NULL',
      profile_id: 'bigint NULL',
    },
    references: { promotion_id: 'promotions', profile_id: 'profiles' },
  },
  {
    name: 'user_profile_usage',
    columns: {
      ...USED,
      used_total: 'bigint NOT NULL',
      ...RESETS,
      activation_date: 'datetime NOT NULL',
      ...STATE,
      ...TIMES,
      user_id: 'bigint NOT NULL UNIQUE',
    },
    references: { user_id: 'users' },
  },
  {
    name: 'profile_history',
    columns: {
      changed_at: 'datetime NOT NULL',
      reason: 'longtext NULL',
      change_type: 'varchar(20) NOT NULL',
      changed_by_id: 'bigint NULL',
      new_profile_id: 'bigint NULL',
      old_profile_id: 'bigint NULL',
      user_id: 'bigint NOT NULL',
    },
    references: {
      changed_by_id: 'users',
      new_profile_id: 'profiles',
      old_profile_id: 'profiles',
      user_id: 'users',
    },
  },
  {
    name: 'profile_alerts',
    columns: {
      alert_type: 'varchar(20) NOT NULL',
      threshold_percent: 'integer NOT NULL',
      threshold_days: 'integer NULL',
      notification_method: 'varchar(20) NOT NULL',
      is_active: 'bool NOT NULL',
      message_template: 'longtext NULL',
      ...TIMES,
      created_by_id: 'bigint NULL',
      profile_id: 'bigint NOT NULL',
    },
    references: { created_by_id: 'users', profile_id: 'profiles' },
    unique: ['profile_id', 'alert_type', 'threshold_percent'],
  },
  {
    name: 'user_quotas',
    columns: {
      daily_limit: 'bigint NOT NULL',
      weekly_limit: 'bigint NOT NULL',
      monthly_limit: 'bigint NOT NULL',
      ...USED,
      ...RESETS,
      ...STATE,
      ...TIMES,
      user_id: 'bigint NOT NULL UNIQUE',
    },
    references: { user_id: 'users' },
  },
  {
    name: 'radcheck',
    columns: {
      username: 'varchar(64) NOT NULL',
      attribute: 'varchar(64) NOT NULL',
      op: 'varchar(2) NOT NULL',
      value: 'varchar(253) NOT NULL',
      statut: 'bool NOT NULL',
    },
  },
];

/** Returns the statements that create the seed's tables, in Django's column order. */
export function seedTables(dialect: Dialect): string[] {
  return dialect === 'mysql'
    ? [...SEED_TABLES.map(createOnMysql), ...SEED_TABLES.flatMap(constrainOnMysql)]
    : SEED_TABLES.flatMap(createOnSqlite);
}

function createOnMysql({ name, columns }: SeedTable): string {
  const lines = Object.entries(columns).map(
    ([column, type]) => `\`${column}\` ${type.replace('datetime', 'datetime(6)')}`,
  );
  return `CREATE TABLE \`${name}\` (\`id\` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY, ${lines.join(', ')})`;
}

function constrainOnMysql({ name, references = {}, unique }: SeedTable): string[] {
  const foreignKeys = Object.entries(references).map(
    ([column, table]) =>
      `ALTER TABLE \`${name}\` ADD CONSTRAINT \`${name}_${column}_fk_${table}_id\` FOREIGN KEY (\`${column}\`) REFERENCES \`${table}\` (\`id\`)`,
  );
  return unique === undefined
    ? foreignKeys
    : [
        ...foreignKeys,
        `ALTER TABLE \`${name}\` ADD CONSTRAINT \`${name}_uniq\` UNIQUE (${unique.join(', ')})`,
      ];
}

function createOnSqlite({ name, columns, references = {}, unique }: SeedTable): string[] {
  const lines = Object.entries(columns).map(([column, type]) => {
    const table = references[column];
    const reference =
      table === undefined ? '' : ` REFERENCES "${table}" ("id") DEFERRABLE INITIALLY DEFERRED`;
    return `"${column}" ${type.replace('longtext', 'text')}${reference}`;
  });
  const indexes = Object.keys(references).map(
    (column) => `CREATE INDEX "${name}_${column}_hash" ON "${name}" ("${column}")`,
  );
  return [
    `CREATE TABLE "${name}" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, ${lines.join(', ')})`,
    ...indexes,
    ...(unique === undefined
      ? []
      : [`CREATE UNIQUE INDEX "${name}_uniq" ON "${name}" (${unique.join(', ')})`]),
  ];
}
