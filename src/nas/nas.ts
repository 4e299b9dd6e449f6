/** What radmeter knows about one NAS, and the order in which table, file and the built-in one count. */
import type { Octets } from '../radius/octets.ts';

/** The kinds of NAS that have habits of their own; everything else is `other`. */
export const KINDS = [
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
export type NasKind = (typeof KINDS)[number];

/** `rfc`: input is the upload (RFC 2866 §5.3); `reversed`: it is the download; `auto`: the packet says, else rfc. */
export const DIRECTIONS = ['rfc', 'reversed', 'auto'] as const;
export type NasDirection = (typeof DIRECTIONS)[number];

/** A network access server: who it is, how it is trusted, and how it counts. */
export interface Nas {
  /** Its row in table `nas`; null for one of the configuration file and for the built-in one. */
  readonly id: number | null;
  readonly name: string;
  /** An address, or ADDRESS/BITS, in canonical form. */
  readonly prefix: string;
  /** The shared secret, then the one being retired, if there is one. */
  readonly secrets: readonly Buffer[];
  readonly kind: NasKind;
  /** Where it takes CoA- and Disconnect-Requests; null: the usual port of its kind. */
  readonly coaPort: number | null;
  /** Whether an Access-Request without Message-Authenticator is discarded (CVE-2024-3596). */
  readonly requireMessageAuthenticator: boolean;
  readonly direction: NasDirection;
  /** How many octets its counters count as one. */
  readonly octetUnit: number;
  /** The most one session can carry. */
  readonly maxRateKbps: number;
  /** The NAS-Identifier this entry is for, where several NASes share one address. */
  readonly matchIdentifier: Octets | null;
  /** The least silence after which a session of its is taken for gone. */
  readonly intervalFloorSeconds: number;
  /** Whether it has ever sent a Gigawords attribute; null until it is known. */
  readonly sendsGigawords: boolean | null;
  /** Its clock behind ours (positive) or ahead of it, as last learned. */
  readonly clockOffsetMs: number | null;
  /** Epoch milliseconds on our clock. */
  readonly lastSeenAt: number | null;
}

/** What holds for a NAS that says nothing else. */
export const NAS_DEFAULTS = {
  kind: 'other',
  coaPort: null,
  requireMessageAuthenticator: true,
  direction: 'auto',
  octetUnit: 1,
  maxRateKbps: 1_000_000,
  matchIdentifier: null,
  intervalFloorSeconds: 600,
  sendsGigawords: null,
  clockOffsetMs: null,
  lastSeenAt: null,
} as const satisfies Partial<Nas>;

/** Whose word made a NAS known. */
export type NasSource = 'table' | 'file' | 'built-in';

export interface KnownNas {
  readonly nas: Nas;
  readonly source: NasSource;
}

/** The NASes a fresh installation can be tried with: this machine, with the secret every RADIUS test tool defaults to. */
export const BUILT_IN_NASES: readonly Nas[] = ['127.0.0.1', '::1'].map((prefix) => ({
  ...NAS_DEFAULTS,
  id: null,
  name: 'loopback',
  prefix,
  secrets: [Buffer.from('testing123')],
}));

/** Returns what stands for a NAS that was removed after its request was acknowledged: what it said still counts, by the habits of any NAS. */
export function formerNas(address: string): Nas {
  return { ...NAS_DEFAULTS, id: null, name: address, prefix: address, secrets: [] };
}

/** Returns every NAS in force: the table wins over the file on the same prefix and NAS-Identifier; the built-in ones hold only as long as nobody has configured any. */
export function mergeNases(table: readonly Nas[], file: readonly Nas[]): readonly KnownNas[] {
  if (table.length + file.length === 0) return BUILT_IN_NASES.map((nas) => ({ nas, source: 'built-in' }));
  const taken = new Set(table.map(placeOf));
  return [
    ...table.map((nas): KnownNas => ({ nas, source: 'table' })),
    ...file.filter((nas) => !taken.has(placeOf(nas))).map((nas): KnownNas => ({ nas, source: 'file' })),
  ];
}

/** Returns what two NASes must not have in common: prefix and NAS-Identifier. */
export function placeOf({ prefix, matchIdentifier }: Pick<Nas, 'prefix' | 'matchIdentifier'>): string {
  return matchIdentifier === null ? prefix : `${prefix} ${matchIdentifier}`;
}
