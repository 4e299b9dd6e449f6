/** The `nas` setting: NASes named in the configuration file instead of the `nas` table. */
import { readFileSync } from 'node:fs';
import { isSamePrefix, prefixFrom } from './prefix-text.ts';
import {
  type Fields,
  flag,
  integer,
  listOf,
  mapOf,
  oneOf,
  orNone,
  type Parse,
  refuse,
  secretText,
  text,
} from './values.ts';

/** The kinds a NAS may have; src/nas/nas.ts knows the same ones, and a test holds them together. */
export const NAS_SETTING_KINDS = [
  'mikrotik',
  'coovachilli',
  'hostapd',
  'unifi',
  'cisco',
  'aruba',
  'ruckus',
  'cambium',
  'pfsense',
  'opnsense',
  'juniper',
  'huawei',
  'wispr',
  'other',
] as const;

/** One NAS of the configuration file, without its secrets. */
export interface NasSetting {
  readonly name: string;
  /** An address, or a prefix such as 10.0.0.0/8. */
  readonly address: string;
  readonly kind: (typeof NAS_SETTING_KINDS)[number];
  readonly coaPort: number | null;
  readonly requireMessageAuthenticator: boolean;
  readonly direction: 'rfc' | 'reversed' | 'auto';
  readonly octetUnit: number;
  readonly maxRateKbps: number;
  /** The NAS-Identifier this entry is for, where several NASes share one address. */
  readonly matchIdentifier: string | null;
  readonly intervalFloorSeconds: number;
  /** Null: as it turns out. */
  readonly sendsGigawords: boolean | null;
}

/** The shared secrets of one NAS of the file: the current one, then the one being retired. */
export interface NasSecrets {
  readonly name: string;
  readonly secrets: readonly string[];
}

/** One entry as the file gives it. */
export interface NasEntry extends NasSetting {
  readonly secret: string | null;
  readonly secretFile: string | null;
  readonly previousSecret: string | null;
  readonly previousSecretFile: string | null;
}

const address: Parse<string> = (raw, report) => {
  if (typeof raw === 'string' && prefixFrom(raw) !== undefined) return raw;
  return refuse(report, 'expected an IP address or a prefix such as 10.0.0.0/8');
};

/** What it learns of itself, unless somebody says so: whether it sends Gigawords. */
const yesNoOrAuto: Parse<boolean | null> = (raw, report) => {
  if (raw === 'auto' || raw === null) return null;
  return flag(raw, () => report('expected yes, no or auto'));
};

/** Returns the one line a file holds, without its end of line. */
export const secretFile: Parse<string> = (raw, report) => {
  const path = text(raw, report);
  if (path === undefined) return undefined;
  try {
    const content = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (content !== '') return content;
    report('the file is empty');
  } catch (error) {
    report(`the file cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
  return undefined;
};

/** Every field of a `nas` entry. */
export const NAS_FIELDS: Fields<NasEntry> = {
  name: { name: 'name', type: 'text', description: 'What radmeter calls this NAS.', parse: text },
  address: {
    name: 'address',
    type: 'address or prefix',
    description: 'Where its packets come from.',
    parse: address,
  },
  secret: {
    name: 'secret',
    type: 'text',
    description: 'The shared secret.',
    parse: secretText,
    default: null,
    secret: true,
  },
  secretFile: {
    name: 'secret-file',
    type: 'path',
    description: 'A file that holds the shared secret.',
    parse: secretFile,
    default: null,
  },
  previousSecret: {
    name: 'previous-secret',
    type: 'text',
    description: 'The secret before, accepted while it is being replaced.',
    parse: secretText,
    default: null,
    secret: true,
  },
  previousSecretFile: {
    name: 'previous-secret-file',
    type: 'path',
    description: 'A file that holds the secret before.',
    parse: secretFile,
    default: null,
  },
  kind: {
    name: 'kind',
    type: 'word',
    description: `What it is: ${NAS_SETTING_KINDS.join(', ')}.`,
    parse: oneOf(NAS_SETTING_KINDS),
    default: 'other',
  },
  coaPort: {
    name: 'coa-port',
    type: 'port or none',
    description: 'Where it takes CoA- and Disconnect-Requests; none: the usual port of its kind.',
    parse: orNone(integer(1, 65_535)),
    default: null,
  },
  requireMessageAuthenticator: {
    name: 'require-message-authenticator',
    type: 'true or false',
    description: 'Whether an Access-Request without Message-Authenticator is discarded.',
    parse: flag,
    default: true,
  },
  direction: {
    name: 'direction',
    type: 'rfc, reversed or auto',
    description: 'Whether its input octets are the upload (rfc) or the download (reversed).',
    parse: oneOf(['rfc', 'reversed', 'auto']),
    default: 'auto',
  },
  octetUnit: {
    name: 'octet-unit',
    type: 'number',
    description: 'How many octets its octet counters count as one.',
    parse: integer(1, 1024 ** 3),
    default: 1,
  },
  maxRateKbps: {
    name: 'max-rate',
    type: 'kbit/s',
    description: 'The most one session can carry; counts that would need more are set aside.',
    parse: integer(1, 1_000_000_000),
    default: 1_000_000,
  },
  matchIdentifier: {
    name: 'identifier',
    type: 'text',
    description: 'The NAS-Identifier this entry is for, where several NASes share one address.',
    parse: orNone(text),
    default: null,
  },
  intervalFloorSeconds: {
    name: 'interval-floor',
    type: 'seconds',
    description: 'The silence within which no session of its is taken for gone.',
    parse: integer(1, 86_400),
    default: 600,
  },
  sendsGigawords: {
    name: 'sends-gigawords',
    type: 'yes, no or auto',
    description: 'Whether it counts beyond 4 GiB (Acct-*-Gigawords); auto: as its packets show.',
    parse: yesNoOrAuto,
    default: null,
  },
};

const entryMap = mapOf(NAS_FIELDS);

const entry: Parse<NasEntry> = (raw, report) => {
  const nas = entryMap(raw, report);
  if (nas === undefined) return undefined;
  if (nas.secret !== null && nas.secretFile !== null)
    return refuse(report, 'secret and secret-file are both given; keep one');
  if (nas.previousSecret !== null && nas.previousSecretFile !== null)
    return refuse(report, 'previous-secret and previous-secret-file are both given; keep one');
  if (nas.secret !== null || nas.secretFile !== null) return nas;
  return refuse(report, 'secret is missing');
};

/** Reads the list, and refuses a name given twice, or an address or prefix given twice, in any spelling, that no identifier tells apart. */
export const nasList: Parse<readonly NasEntry[]> = (raw, report) => {
  const list = listOf(entry)(raw, report);
  if (list === undefined) return undefined;
  const refuseTwice = (field: 'name' | 'address', isSame: (a: NasEntry, b: NasEntry) => boolean) => {
    const at = list.findIndex((nas, here) => list.slice(0, here).some((other) => isSame(nas, other)));
    const other = list.find((nas) => list[at] !== undefined && isSame(list[at], nas));
    if (at >= 0)
      report(`another entry${field === 'name' ? '' : `, ${other?.name},`} has this ${field}`, [at, field]);
    return at >= 0;
  };
  const isNameTwice = refuseTwice('name', (a, b) => a.name === b.name);
  const isAddressTwice = refuseTwice(
    'address',
    (a, b) => a.matchIdentifier === b.matchIdentifier && isSamePrefix(a.address, b.address),
  );
  return isNameTwice || isAddressTwice ? undefined : list;
};

/** Returns the entry without its secrets. */
export function withoutSecrets(nas: NasEntry): NasSetting {
  const {
    secret: _secret,
    secretFile: _secretFile,
    previousSecret: _previousSecret,
    previousSecretFile: _previousSecretFile,
    ...rest
  } = nas;
  return rest;
}

/** Returns the secrets of the entry, the current one first. */
export function secretsOf(nas: NasEntry): NasSecrets {
  const secrets = [nas.secret ?? nas.secretFile, nas.previousSecret ?? nas.previousSecretFile];
  return { name: nas.name, secrets: secrets.filter((secret) => secret !== null) };
}
