/** Settings: how records are taken, kept and charged. */
import { type Setting, setting } from './setting.ts';
import { durationMs, flag, integer, oneOf, sizeBytes } from './values.ts';

/** The settings, in the order in which they are shown. */
export const RECORDING_SETTINGS = {
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
} satisfies Record<string, Setting<unknown>>;
