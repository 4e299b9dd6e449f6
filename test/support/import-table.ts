/** Who may import whom. What is absent is forbidden. */

/** How much of a part: what is gone once types are erased, or everything. */
export type Reach = 'types' | 'values';

export interface Rule {
  /** Folders, or single files of one, and how much of them. */
  readonly ours: Readonly<Record<string, Reach>>;
  /** npm packages (`knex/…` for files inside one) and node: modules; `types` where nothing of them may run. */
  readonly packages: Readonly<Record<string, Reach>>;
}

/** Whoever needs them may import them. */
export const EVERYBODY = ['errors', 'clock', 'logger', 'metrics', 'make-directory'];

/** Folders of src/ and its files at the top, and migrations/. The rows of parts still to come say where they will stand. */
export const TABLE: Readonly<Record<string, Rule>> = {
  errors: rule(),
  clock: rule(),
  logger: rule({}, { pino: 'values', 'pino-pretty': 'values' }),
  metrics: rule({}, { 'prom-client': 'values' }),
  radius: rule({}, nodeModules('crypto', 'dgram', 'fs', 'net', 'os', 'path'), { radius: 'values' }),
  db: rule({ migrations: 'values' }, nodeModules('fs', 'net', 'path', 'timers/promises', 'worker_threads'), {
    knex: 'values',
    mysql2: 'values',
    'better-sqlite3': 'values',
  }),
  migrations: rule(
    { 'db/adopt.ts': 'values', 'db/column.ts': 'values', 'db/dialect.ts': 'types' },
    { knex: 'types' },
  ),
  audit: rule({ db: 'values' }, { knex: 'types' }),
  'sign-in': rule(
    { profiles: 'values', audit: 'values', db: 'values' },
    nodeModules('crypto', 'os', 'util'),
    {
      knex: 'types',
    },
  ),
  nas: rule({ radius: 'values', audit: 'values', db: 'values' }, nodeModules('net')),
  accounting: rule(
    { radius: 'values', nas: 'types', audit: 'values', db: 'values' },
    nodeModules('crypto', 'fs', 'path'),
  ),
  sessions: rule(
    {
      'accounting/record.ts': 'types',
      audit: 'values',
      nas: 'types',
      'radius/octets.ts': 'values',
      db: 'values',
    },
    nodeModules('crypto'),
    { knex: 'types' },
  ),
  profiles: rule(
    { 'radius/octets.ts': 'values', audit: 'values', db: 'values' },
    nodeModules('buffer', 'net'),
    { knex: 'types' },
  ),
  usage: rule(
    {
      'accounting/record.ts': 'types',
      'sessions/run.ts': 'types',
      'sessions/user-session-count.ts': 'values',
      profiles: 'values',
      audit: 'values',
      db: 'values',
    },
    nodeModules('timers/promises'),
    { knex: 'types', 'temporal-polyfill': 'values' },
  ),
  trace: rule(
    {
      radius: 'values',
      nas: 'types',
      access: 'types',
      accounting: 'types',
      sessions: 'types',
      usage: 'types',
      metering: 'types',
    },
    nodeModules('events', 'fs', 'net', 'path'),
  ),
  simulate: rule({ radius: 'values' }, nodeModules('timers/promises')),
  vendors: rule({ radius: 'values', nas: 'types', profiles: 'types' }),
  access: rule(
    {
      radius: 'values',
      nas: 'types',
      profiles: 'values',
      usage: 'values',
      'accounting/station.ts': 'values',
      sessions: 'values',
      'sign-in': 'values',
      vendors: 'values',
      audit: 'values',
      db: 'values',
    },
    nodeModules('crypto', 'net'),
    { knex: 'types' },
  ),
  enforcement: rule(
    {
      audit: 'values',
      usage: 'values',
      sessions: 'values',
      profiles: 'values',
      vendors: 'values',
      nas: 'values',
      radius: 'values',
      db: 'values',
    },
    nodeModules('timers/promises'),
    { knex: 'types' },
  ),
  freeradius: rule(
    {
      radius: 'values',
      nas: 'values',
      profiles: 'values',
      usage: 'values',
      'sign-in': 'values',
      vendors: 'values',
      access: 'values',
      accounting: 'types',
      audit: 'values',
      db: 'values',
    },
    nodeModules('crypto', 'timers/promises'),
    { knex: 'types' },
  ),
  alerts: rule(
    { usage: 'values', profiles: 'values', audit: 'values', db: 'values' },
    nodeModules('crypto', 'fs'),
    { knex: 'types', nodemailer: 'values' },
  ),
  schedule: rule(
    {
      profiles: 'values',
      db: 'values',
      audit: 'types',
      usage: 'values',
      sessions: 'values',
      enforcement: 'values',
      alerts: 'values',
      freeradius: 'values',
    },
    { knex: 'types', 'node-cron': 'values' },
  ),
  http: rule(
    {
      profiles: 'values',
      usage: 'values',
      sessions: 'values',
      nas: 'values',
      access: 'values',
      accounting: 'values',
      alerts: 'values',
      audit: 'values',
      enforcement: 'values',
      freeradius: 'values',
      schedule: 'values',
      'sign-in': 'values',
      db: 'values',
    },
    nodeModules('buffer', 'crypto', 'events', 'fs', 'http', 'https', 'net', 'tls'),
    {
      fastify: 'values',
      '@fastify/busboy': 'values',
      '@fastify/cookie': 'values',
      '@fastify/swagger': 'values',
      '@fastify/swagger-ui': 'values',
      typebox: 'values',
    },
  ),
  config: rule({}, nodeModules('fs', 'net', 'path'), { yaml: 'values', yargs: 'types' }),
  metering: rule({
    'metering-users': 'values',
    'metering-enforcement': 'values',
    access: 'values',
    accounting: 'values',
    sessions: 'values',
    profiles: 'values',
    usage: 'values',
    db: 'types',
  }),
  'metering-users': rule({
    access: 'types',
    accounting: 'types',
    profiles: 'values',
    usage: 'values',
    db: 'types',
  }),
  'metering-look': rule(
    {
      'metering-enforcement': 'types',
      enforcement: 'values',
      profiles: 'values',
      usage: 'values',
      db: 'types',
    },
    nodeModules('timers/promises'),
  ),
  'metering-enforcement': rule({
    enforcement: 'values',
    sessions: 'types',
    profiles: 'types',
    usage: 'values',
    db: 'types',
  }),
  'instance-id': rule({}, nodeModules('crypto', 'fs', 'path')),
  'make-directory': rule({}, nodeModules('fs', 'path')),
  'package-version': rule({}, nodeModules('fs', 'path')),
  import: rule(
    {
      accounting: 'values',
      alerts: 'values',
      audit: 'values',
      db: 'values',
      metering: 'values',
      nas: 'values',
      profiles: 'values',
      radius: 'values',
      sessions: 'values',
      usage: 'values',
    },
    nodeModules('crypto', 'fs', 'net'),
    { knex: 'types' },
  ),
  daemon: rule(
    {
      access: 'values',
      accounting: 'values',
      alerts: 'values',
      audit: 'types',
      config: 'types',
      db: 'values',
      enforcement: 'values',
      freeradius: 'values',
      http: 'values',
      'instance-id': 'values',
      metering: 'values',
      'metering-enforcement': 'types',
      'metering-look': 'values',
      nas: 'values',
      'package-version': 'values',
      profiles: 'values',
      radius: 'values',
      sessions: 'values',
      schedule: 'values',
      'sign-in': 'values',
      trace: 'values',
      usage: 'values',
    },
    nodeModules('os'),
  ),
  cli: rule(
    {
      access: 'values',
      accounting: 'values',
      alerts: 'values',
      audit: 'values',
      config: 'values',
      daemon: 'values',
      db: 'values',
      enforcement: 'values',
      freeradius: 'values',
      import: 'values',
      metering: 'values',
      nas: 'values',
      'package-version': 'values',
      profiles: 'values',
      radius: 'values',
      schedule: 'values',
      sessions: 'values',
      'sign-in': 'values',
      simulate: 'values',
      trace: 'values',
      usage: 'values',
    },
    nodeModules('dns/promises', 'fs', 'os', 'path', 'readline/promises', 'stream', 'util'),
    { yargs: 'values' },
  ),
  main: rule({ cli: 'values' }, nodeModules('child_process', 'fs', 'os', 'path', 'url')),
};

/** Packages that one file alone imports, so that they can be replaced there. */
export const ONE_FILE: Readonly<Record<string, string>> = {
  radius: 'src/radius/dictionary.ts',
  nodemailer: 'src/alerts/mailer.ts',
  pino: 'src/logger.ts',
  'prom-client': 'src/metrics.ts',
  'temporal-polyfill': 'src/usage/period.ts',
  'node-cron': 'src/schedule/alarm.ts',
};

/** Who wires the parts: they alone reach into stores of others. */
export const WIRING = [
  'src/metering.ts',
  'src/metering-users.ts',
  'src/metering-enforcement.ts',
  'src/metering-look.ts',
];

/** Returns a row of the table; without arguments, one that permits nothing. */
export function rule(ours: Rule['ours'] = {}, ...packages: Rule['packages'][]): Rule {
  return { ours, packages: Object.assign({}, ...packages) };
}

function nodeModules(...names: string[]): Rule['packages'] {
  return Object.fromEntries(names.map((name) => [`node:${name}`, 'values']));
}
