/** The `nas` setting: NASes named in the configuration file instead of the `nas` table. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import {
  type Fields,
  flag,
  integer,
  listOf,
  mapOf,
  oneOf,
  orNone,
  type Parse,
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
}

const address: Parse<string> = (raw, report) => {
  const [host = '', bits, ...rest] = typeof raw === 'string' ? raw.split('/') : [];
  const width = { 4: 32, 6: 128 }[isIP(host)] ?? -1;
  const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width);
  if (typeof raw === 'string' && width > 0 && isPrefix && rest.length === 0) return raw;
  report('expected an IP address or a prefix such as 10.0.0.0/8');
  return undefined;
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
    parse: text,
    default: null,
  },
};

const entryMap = mapOf(NAS_FIELDS);

const entry: Parse<NasEntry> = (raw, report) => {
  const nas = entryMap(raw, report);
  if (nas === undefined) return undefined;
  if (nas.secret !== null && nas.secretFile !== null) {
    report('secret and secret-file are both given; keep one');
    return undefined;
  }
  if (nas.secret !== null || nas.secretFile !== null) return nas;
  report('secret is missing');
  return undefined;
};

/** Reads the list, and refuses a name given twice, or an address given twice that no identifier tells apart. */
export const nasList: Parse<readonly NasEntry[]> = (raw, report) => {
  const list = listOf(entry)(raw, report);
  if (list === undefined) return undefined;
  const refuseTwice = (field: 'name' | 'address', keyOf: (nas: NasEntry) => string) => {
    const at = list.findIndex((nas, here) => list.findIndex((other) => keyOf(other) === keyOf(nas)) < here);
    if (at >= 0) report(`another entry has this ${field}`, [at, field]);
    return at >= 0;
  };
  const isNameTwice = refuseTwice('name', ({ name }) => name);
  const isAddressTwice = refuseTwice('address', (nas) => `${nas.address} ${nas.matchIdentifier ?? ''}`);
  return isNameTwice || isAddressTwice ? undefined : list;
};

/** Returns the entry without its secrets. */
export function withoutSecrets(nas: NasEntry): NasSetting {
  const { secret: _secret, secretFile: _secretFile, previousSecret: _previousSecret, ...rest } = nas;
  return rest;
}

/** Returns the secrets of the entry, the current one first. */
export function secretsOf(nas: NasEntry): NasSecrets {
  const secrets = [nas.secret ?? nas.secretFile, nas.previousSecret];
  return { name: nas.name, secrets: secrets.filter((secret) => secret !== null) };
}
