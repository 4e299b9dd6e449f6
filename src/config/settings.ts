/** The one table of settings: flags, environment variables, file keys, help, `config check` and documentation all come from it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  DEFAULT_PROFILE,
  DEFAULT_PROFILE_FIELDS,
  type DefaultProfile,
  defaultProfileText,
} from './default-profile-setting.ts';
import { freeradiusSecret } from './freeradius-setting.ts';
import { httpListen, type Listen, listenList, listenListOrNone, proxyList } from './listen-setting.ts';
import { mailFrom, redactWebhook, type SmtpSetting, smtpText, smtpUrl, webhookUrl } from './mail-setting.ts';
import { NAS_FIELDS, type NasEntry, nasList } from './nas-setting.ts';
import { keepMs, keepText } from './retention-setting.ts';
import { secretsKey } from './secrets-key-setting.ts';
import {
  durationMs,
  durationSeconds,
  type Field,
  flag,
  integer,
  mapOf,
  oneOf,
  type Parse,
  refuse,
  secretText,
  sizeBytes,
  text,
  timezone,
} from './values.ts';

/** One setting. Its flag is `--name`, its variable RADMETER_NAME, its file key `name`. */
export interface Setting<T> extends Field<T> {
  readonly name: string;
  readonly example: string;
  /** Accepted by every command, not only by those that run the daemon or check its settings. */
  readonly everywhere?: boolean;
  /** Too large for a flag or a variable. */
  readonly fileOnly?: boolean;
  /** What a map, or each map of a list, consists of. */
  readonly fields?: Readonly<Record<string, Field<unknown> & { readonly name: string }>>;
  /** A value as `config check` shows it, where plain text would not read well. */
  show?(value: T): string;
}

const DEFAULT_STATE_DIR = './var';

const databaseUrl: Parse<string> = (raw, report) => {
  const value = text(raw, report);
  if (value === undefined || /^sqlite:./.test(value)) return value;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['mysql:', 'mariadb:'].includes(url.protocol) || url.pathname.length <= 1) {
    return refuse(report, 'expected sqlite:PATH or mysql://user:password@host:3306/name');
  }
  // What stands in a wrong place may be a piece of a password.
  if (/[/@]/.test(url.pathname.slice(1))) {
    return refuse(report, 'a "/" or "@" too many; write %2F and %40 for those in a password');
  }
  if ([...url.searchParams.keys()].some((key) => key !== 'socket')) {
    return refuse(report, 'an unknown option after "?"; only socket=PATH is known');
  }
  if (!isDecodable(url)) return refuse(report, 'a "%" in it begins no escape; write %25 for it');
  return value;
};

function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    decodeURIComponent(`${username} ${password} ${pathname}`);
    return true;
  } catch {
    // decodeURIComponent's only way to say that an escape is none, or no UTF-8.
    return false;
  }
}

/** Every setting, under the name it has in Config. */
export const SETTINGS = {
  databaseUrl: setting<string>({
    name: 'database-url',
    type: 'URL',
    description: 'The database: sqlite:PATH, or mysql://user:password@host:3306/name for MariaDB and MySQL.',
    default: `sqlite:${DEFAULT_STATE_DIR}/radmeter.db`,
    example: 'mysql://radmeter:password@localhost/radmeter',
    parse: databaseUrl,
    secret: true,
    everywhere: true,
    show: redactUrl,
  }),
  stateDir: setting<string>({
    name: 'state-dir',
    type: 'path',
    description: 'The directory radmeter may write to.',
    default: DEFAULT_STATE_DIR,
    example: '/var/lib/radmeter',
    parse: text,
    everywhere: true,
  }),
  acctListen: setting<readonly Listen[]>({
    name: 'acct-listen',
    type: 'list of ADDRESS:PORT',
    description: 'Where Accounting-Requests are received.',
    default: [
      { address: '0.0.0.0', port: 1813 },
      { address: '::', port: 1813 },
    ],
    example: '192.0.2.1:1813,[2001:db8::1]:1813',
    parse: listenList,
    show: (listens) => listens.map(listenText).join(', '),
  }),
  authListen: setting<readonly Listen[]>({
    name: 'auth-listen',
    type: 'list of ADDRESS:PORT or none',
    description: 'Where Access-Requests are received; empty or none turns authentication off.',
    default: [
      { address: '0.0.0.0', port: 1812 },
      { address: '::', port: 1812 },
    ],
    example: '192.0.2.1:1812,[2001:db8::1]:1812',
    parse: listenListOrNone,
    show: (listens) => (listens.length === 0 ? 'none' : listens.map(listenText).join(', ')),
  }),
  acctInterimIntervalSeconds: setting<number>({
    name: 'acct-interim-interval',
    type: 'duration',
    description: 'How often NASes are asked to report on a session they let in. 1m to 1d.',
    default: 300,
    example: '10m',
    parse: durationSeconds(60, 86_400),
    show: (seconds) => `${seconds} s`,
  }),
  httpListen: setting<Listen | null>({
    name: 'http-listen',
    type: 'ADDRESS:PORT or none',
    description: 'Where HTTP is served: the API, /healthz, /readyz and /metrics; empty or none turns it off.',
    default: { address: '127.0.0.1', port: 8080 },
    example: '[::1]:8080',
    parse: httpListen,
    show: (listen) => (listen === null ? 'none' : listenText(listen)),
  }),
  httpTlsCert: setting<string | null>({
    name: 'http-tls-cert',
    type: 'path',
    description: 'The certificate, with its chain, HTTP is served with (PEM); without it, in clear.',
    default: null,
    example: '/etc/radmeter/tls/cert.pem',
    parse: text,
    show: (path) => path ?? 'none',
  }),
  httpTlsKey: setting<string | null>({
    name: 'http-tls-key',
    type: 'path',
    description: 'The private key of `http-tls-cert` (PEM).',
    default: null,
    example: '/etc/radmeter/tls/key.pem',
    parse: text,
    show: (path) => path ?? 'none',
  }),
  httpTrustedProxies: setting<readonly string[]>({
    name: 'http-trusted-proxies',
    type: 'list of addresses and prefixes',
    description:
      'The reverse proxies that are believed where a request comes from (X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host); nobody else is.',
    default: [],
    example: '127.0.0.1,10.20.0.0/16',
    parse: proxyList,
    show: (proxies) => (proxies.length === 0 ? 'none' : proxies.join(', ')),
  }),
  accessTokenLifetimeMs: setting<number>({
    name: 'access-token-lifetime',
    type: 'duration',
    description: 'How long an access token of a sign-in, and its cookie, are good for.',
    default: 3_600_000,
    example: '15m',
    parse: durationMs(60_000, 86_400_000),
    show: (ms) => `${ms / 1000} s`,
  }),
  refreshTokenLifetimeMs: setting<number>({
    name: 'refresh-token-lifetime',
    type: 'duration',
    description: 'How long somebody who is idle stays signed in.',
    default: 86_400_000,
    example: '7d',
    parse: durationMs(60_000, 365 * 86_400_000),
    show: (ms) => `${ms / 1000} s`,
  }),
  timezone: setting<string | null>({
    name: 'timezone',
    type: 'IANA time zone',
    description: 'Where days, weeks and months begin; a database keeps the one it was begun with.',
    default: null,
    example: 'Africa/Dakar',
    parse: timezone,
    show: (zone) => zone ?? `${systemTimezone()} (the system's), unless the database has one`,
  }),
  language: setting<'fr' | 'en'>({
    name: 'language',
    type: 'fr or en',
    description: 'The language users are addressed in.',
    default: 'fr',
    example: 'en',
    parse: oneOf(['fr', 'en']),
  }),
  smtpUrl: setting<SmtpSetting | null>({
    name: 'smtp-url',
    type: 'URL or none',
    description:
      'The mail server: smtp://USER@HOST:587 for STARTTLS, smtps://USER@HOST:465 for TLS; ?tls=off with smtp:// sends in clear, ?ca=PATH trusts the certificates in a file.',
    default: null,
    example: 'smtps://mail.example.org',
    parse: smtpUrl,
    // People write the password into it, where it is refused.
    secret: true,
    show: smtpText,
  }),
  smtpPassword: setting<string | null>({
    name: 'smtp-password',
    type: 'text',
    description: 'The password of the user in `smtp-url`.',
    default: null,
    example: 's3cret',
    parse: secretText,
    secret: true,
    show: (password) => (password === null ? 'none' : '***'),
  }),
  mailFrom: setting<string | null>({
    name: 'mail-from',
    type: 'address',
    description: 'The sender of mail: an address, or a name and an address.',
    default: null,
    example: 'Wi-Fi du campus <noreply@example.org>',
    parse: mailFrom,
    show: (from) => from ?? 'none',
  }),
  smsWebhookUrl: setting<string | null>({
    name: 'sms-webhook-url',
    type: 'URL or none',
    description: 'What is posted each text message as JSON.',
    default: null,
    example: 'https://sms.example.org/send',
    parse: webhookUrl,
    secret: true,
    show: (url) => (url === null ? 'none' : redactWebhook(url)),
  }),
  smsWebhookSecret: setting<string | null>({
    name: 'sms-webhook-secret',
    type: 'text',
    description: 'What the SMS webhook knows radmeter by (Authorization: Bearer).',
    default: null,
    example: 's3cret',
    parse: secretText,
    secret: true,
    show: (secret) => (secret === null ? 'none' : '***'),
  }),
  logLevel: setting<'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'>({
    name: 'log-level',
    type: 'level',
    description:
      'The least severe log lines that are written: `fatal`, `error`, `warn`, `info`, `debug` (packets too) or `trace`; `silent` for none.',
    default: 'info',
    example: 'debug',
    parse: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    everywhere: true,
  }),
  dbTimeoutMs: setting<number>({
    name: 'db-timeout',
    type: 'duration',
    description: 'How long a batch may take to commit before its database connection is given up.',
    default: 2_000,
    example: '500ms',
    parse: durationMs(50, 60_000),
    show: (ms) => `${ms} ms`,
  }),
  spoolMaxBytes: setting<number>({
    name: 'spool-max',
    type: 'size',
    description:
      'The most the spool may hold while the database is away; beyond it requests stay unanswered.',
    default: 1024 ** 3,
    example: '4GiB',
    parse: sizeBytes(1024 ** 2, 1024 ** 4),
    show: (bytes) => `${bytes} bytes`,
  }),
  batchMaxRecords: setting<number>({
    name: 'batch-max-records',
    type: 'number',
    description: 'The most records committed together.',
    default: 512,
    example: '256',
    parse: integer(1, 10_000),
  }),
  queueMaxRecords: setting<number>({
    name: 'queue-max-records',
    type: 'number',
    description: 'The most records that wait to be committed; beyond it the newest is discarded unanswered.',
    default: 65_536,
    example: '16384',
    parse: integer(1, 10_000_000),
  }),
  receiveBufferBytes: setting<number>({
    name: 'receive-buffer',
    type: 'size',
    description: 'The receive buffer asked of the system for each socket.',
    default: 16 * 1024 ** 2,
    example: '4MiB',
    parse: sizeBytes(64 * 1024, 1024 ** 3),
    show: (bytes) => `${bytes} bytes`,
  }),
  unknownUser: setting<'unmetered' | 'default' | 'create'>({
    name: 'unknown-user',
    type: 'unmetered, default or create',
    description:
      'What becomes of octets whose User-Name is no user: `unmetered`, they are only recorded; `default`, metered under the default profile; `create`, the user is made.',
    default: 'unmetered',
    example: 'create',
    parse: oneOf(['unmetered', 'default', 'create']),
  }),
  enforce: setting<boolean>({
    name: 'enforce',
    type: 'true or false',
    description:
      'Whether NASes are told to end sessions and to change them; false only writes down what they would be told, beside an older system for instance.',
    default: true,
    example: 'false',
    parse: flag,
  }),
  stripRealm: setting<boolean>({
    name: 'strip-realm',
    type: 'true or false',
    description: 'Whether user@realm and REALM\\user are looked up as user.',
    default: false,
    example: 'true',
    parse: flag,
  }),
  lowercaseUserNames: setting<boolean>({
    name: 'lowercase-user-names',
    type: 'true or false',
    description: 'Whether a User-Name is looked up in lower case.',
    default: false,
    example: 'true',
    parse: flag,
  }),
  radiusSecretsKey: setting<string | null>({
    name: 'radius-secrets-key',
    type: '32 octets in hex or base64',
    description:
      'The key under which passwords are stored for CHAP and MS-CHAPv2, which cannot work with a hash; none stores nothing.',
    default: null,
    example: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    parse: secretsKey,
    secret: true,
    // Whatever sets a password must store it under the same key.
    everywhere: true,
    show: (key) => (key === null ? 'none' : '***'),
  }),
  freeradiusSecret: setting<string | null>({
    name: 'freeradius-secret',
    type: 'text, 16 characters at least',
    description:
      'What a FreeRADIUS in front knows itself by where it asks /api/freeradius/ (rlm_rest); none answers nobody there.',
    default: null,
    example: '000102030405060708090a0b0c0d0e0f',
    parse: freeradiusSecret,
    secret: true,
    show: (secret) => (secret === null ? 'none' : '***'),
  }),
  freeradiusSync: setting<boolean>({
    name: 'freeradius-sync',
    type: 'true or false',
    description:
      "Whether FreeRADIUS's own tables (radcheck, radreply, radgroupcheck, radgroupreply, radusergroup) are kept in step with users and profiles.",
    default: false,
    example: 'true',
    parse: flag,
  }),
  freeradiusPasswords: setting<'hashed' | 'nt-hash' | 'clear'>({
    name: 'freeradius-passwords',
    type: 'hashed, nt-hash or clear',
    description:
      'What FreeRADIUS is told of passwords, in its tables and by rlm_rest: hashes it can check PAP by, the NT hash for MS-CHAPv2 too, or the password itself; the latter two where radius-secrets-key stores them.',
    default: 'hashed',
    example: 'nt-hash',
    parse: oneOf(['hashed', 'nt-hash', 'clear']),
    everywhere: true,
  }),
  keepSessionsMs: setting<number | null>({
    name: 'keep-sessions',
    type: 'duration or none',
    description:
      'How long sessions that have ended are kept; a record that comes later than this counts as a new session. At least 35d.',
    default: null,
    example: '400d',
    parse: keepMs(35),
    show: keepText,
  }),
  keepUsageDaysMs: setting<number | null>({
    name: 'keep-usage-days',
    type: 'duration or none',
    description: 'How long it is kept what users used on each day; their totals stay. At least 62d.',
    default: null,
    example: '800d',
    parse: keepMs(62),
    show: keepText,
  }),
  keepAuditLogMs: setting<number | null>({
    name: 'keep-audit-log',
    type: 'duration or none',
    description: 'How long it is kept who changed what. At least 1d.',
    default: null,
    example: '1000d',
    parse: keepMs(1),
    show: keepText,
  }),
  keepLogsMs: setting<number | null>({
    name: 'keep-logs',
    type: 'duration or none',
    description:
      'How long runs of jobs (62d at least), answers to logins, disconnections that are over, orders that were carried out, messages that were sent or given up, and notices that were read are kept. At least 1d.',
    default: null,
    example: '90d',
    parse: keepMs(1),
    show: keepText,
  }),
  dictionaries: setting<string>({
    name: 'dictionaries',
    type: 'path',
    description: 'The directory of RADIUS dictionaries.',
    default: join(packageRoot(), 'dictionaries'),
    example: '/etc/radmeter/dictionaries',
    parse: text,
  }),
  defaultProfile: setting<DefaultProfile>({
    name: 'default-profile',
    type: 'map',
    description:
      'The limits of users without a profile: session-timeout, idle-timeout, bandwidth-upload and bandwidth-download (kbit/s), simultaneous-use.',
    default: DEFAULT_PROFILE,
    example: 'session-timeout=2h,simultaneous-use=2',
    parse: mapOf(DEFAULT_PROFILE_FIELDS),
    fields: DEFAULT_PROFILE_FIELDS,
    show: defaultProfileText,
  }),
  nas: setting<readonly NasEntry[]>({
    name: 'nas',
    type: 'list of maps',
    description:
      'NASes, beside those of `radmeter nas add`: name, address, secret or secret-file, and options.',
    default: [],
    example: '[{ name: hall, address: 192.0.2.10, secret: s3cret, kind: mikrotik }]',
    parse: nasList,
    fields: NAS_FIELDS,
    secret: true,
    fileOnly: true,
    show: (list) =>
      list.length === 0 ? 'none' : list.map((nas) => `${nas.name} (${nas.address})`).join(', '),
  }),
} satisfies Record<string, Setting<unknown>>;

export type SettingKey = keyof typeof SETTINGS;

/** The values of all settings, secrets among them; load-config.ts sets those apart. */
export type Values = {
  readonly [K in SettingKey]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/** Settings that may be given as `NAME-file` too: a password in a file (a systemd credential, say) stays out of process listings and of the configuration. */
export const FROM_FILE = [
  'database-url',
  'smtp-password',
  'sms-webhook-secret',
  'radius-secrets-key',
  'freeradius-secret',
];

/** Variables that begin like settings but are none. */
export const OTHER_VARIABLES: Record<string, string> = {
  RADMETER_CONFIG: 'The configuration file, as --config.',
  RADMETER_IMPORT_FROM: 'The database that imports read, as --from.',
  RADMETER_REQUIRE_PEERS: 'Read by the test set-up.',
};

/** Returns the environment variable of a setting. */
export function variableOf(name: string): string {
  return `RADMETER_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Returns a database URL without its password. */
export function redactUrl(value: string): string {
  if (!URL.canParse(value)) return value;
  const url = new URL(value);
  if (url.password === '') return value;
  url.password = '***';
  return url.href;
}

/** The time zone this machine is set to. */
function systemTimezone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Returns ADDRESS:PORT, IPv6 in brackets. */
export function listenText({ address, port }: Listen): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function setting<T>(value: Setting<T>): Setting<T> {
  return value;
}

/** The directory of package.json: two levels up from here in src/, three in dist/src/. */
function packageRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json')) && dirname(directory) !== directory) {
    directory = dirname(directory);
  }
  return directory;
}
