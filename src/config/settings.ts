/** The one table of settings: flags, environment variables, file keys, help, `config check` and documentation all come from it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  DEFAULT_PROFILE,
  DEFAULT_PROFILE_FIELDS,
  type DefaultProfile,
  defaultProfileText,
} from './default-profile-setting.ts';
import { MESSAGE_SETTINGS } from './message-settings.ts';
import { NAS_FIELDS, type NasEntry, nasList } from './nas-setting.ts';
import { NETWORK_SETTINGS } from './network-settings.ts';
import { PASSWORD_SETTINGS } from './password-settings.ts';
import { PLACE_SETTINGS } from './place-settings.ts';
import { RECORDING_SETTINGS } from './recording-settings.ts';
import { RETENTION_SETTINGS } from './retention-settings.ts';
import { type Setting, setting } from './setting.ts';
import { mapOf, text } from './values.ts';

/** Every setting, under the name it has in Config. */
export const SETTINGS = {
  ...PLACE_SETTINGS,
  ...NETWORK_SETTINGS,
  ...MESSAGE_SETTINGS,
  ...RECORDING_SETTINGS,
  ...PASSWORD_SETTINGS,
  ...RETENTION_SETTINGS,
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

/** The directory of package.json: two levels up from here in src/, three in dist/src/. */
function packageRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json')) && dirname(directory) !== directory) {
    directory = dirname(directory);
  }
  return directory;
}
