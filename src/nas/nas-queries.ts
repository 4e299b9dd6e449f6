/** Reads of NASes, known and unknown. */
import type { Database } from '../db/database.ts';
import { type Octets, octetsFrom, octetsToBytes } from '../radius/octets.ts';
import { DIRECTIONS, KINDS, NAS_DEFAULTS, type Nas } from './nas.ts';
import { canonicalPrefix } from './prefix.ts';
import type { Sender } from './sender.ts';

/** A row of table `nas`: FreeRADIUS's columns we read, then ours. */
export interface NasRow {
  readonly id: number;
  readonly nasname: string;
  readonly shortname: string | null;
  readonly type: string | null;
  readonly secret: string;
  readonly cidr: string | null;
  readonly kind: string | null;
  readonly previous_secret: string | null;
  readonly coa_port: number | null;
  readonly require_message_authenticator: number | boolean | null;
  readonly direction: string | null;
  readonly octet_unit: number | null;
  readonly max_rate_kbps: number | null;
  readonly match_identifier: Buffer | null;
  readonly interval_floor_seconds: number | null;
  readonly sends_gigawords: number | boolean | null;
  readonly clock_offset_ms: number | null;
  readonly last_seen_at: number | null;
}

/** A row that cannot be used as it stands. */
export interface UnusableNas {
  readonly id: number;
  readonly nasname: string;
  readonly reason: string;
}

/** A source of packets that is no NAS; instants in epoch milliseconds. */
export interface UnknownNas {
  readonly address: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly packets: number;
}

const COLUMNS = [
  'id',
  'nasname',
  'shortname',
  'type',
  'secret',
  'cidr',
  'kind',
  'previous_secret',
  'coa_port',
  'require_message_authenticator',
  'direction',
  'octet_unit',
  'max_rate_kbps',
  'match_identifier',
  'interval_floor_seconds',
  'sends_gigawords',
  'clock_offset_ms',
  'last_seen_at',
] as const;

const UNKNOWN_SHOWN_MAX = 100;
/** As many as the table may hold. */
const SENDERS_MAX = 10_000;

/** Returns the NASes of table `nas` in the order they were added, and the rows that cannot be used with the reason. */
export async function listNas(
  db: Pick<Database, 'knex'>,
): Promise<{ nases: Nas[]; unusable: UnusableNas[] }> {
  const rows: NasRow[] = await db.knex('nas').select(COLUMNS).orderBy('id');
  const nases: Nas[] = [];
  const unusable: UnusableNas[] = [];
  for (const row of rows) {
    const where = row.cidr ?? row.nasname;
    const prefix = canonicalPrefix(where);
    // A host name would have to be resolved for every packet, and whoever answers for it would choose the secret.
    const refuse = (reason: string) => unusable.push({ id: row.id, nasname: row.nasname, reason });
    if (prefix === undefined) refuse(`"${where}" is no address or prefix; write one into nasname or cidr`);
    else if (row.secret === '') refuse('its secret is empty');
    else nases.push(nasFromRow(row, prefix));
  }
  return { nases, unusable };
}

/** Returns the unknown sources, the last one seen first, a hundred at most. */
export async function listUnknownNas(db: Pick<Database, 'knex'>): Promise<UnknownNas[]> {
  const rows: { address: string; first_seen_at: number; last_seen_at: number; packets: number }[] = await db
    .knex('unknown_nas')
    .select('address', 'first_seen_at', 'last_seen_at', 'packets')
    .orderBy('last_seen_at', 'desc')
    .limit(UNKNOWN_SHOWN_MAX);
  return rows.map((row) => ({
    address: row.address,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    packets: row.packets,
  }));
}

/** Returns the senders heard since an instant (epoch milliseconds; default: ever), the last one heard first. */
export async function listSenders(
  db: Pick<Database, 'knex'>,
  { since = 0, limit = SENDERS_MAX }: { readonly since?: number; readonly limit?: number } = {},
): Promise<Sender[]> {
  const rows: {
    address: string;
    nas_identifier: Buffer;
    last_seen_at: number;
    clock_offset_ms: number | null;
    sends_gigawords: number | boolean;
  }[] = await db
    .knex('nas_senders')
    .select('address', 'nas_identifier', 'last_seen_at', 'clock_offset_ms', 'sends_gigawords')
    .where('last_seen_at', '>=', since)
    .orderBy('last_seen_at', 'desc')
    .limit(limit);
  return rows.map((row) => ({
    address: row.address,
    nasIdentifier: octetsFrom(row.nas_identifier),
    lastSeenAt: row.last_seen_at,
    clockOffsetMs: row.clock_offset_ms,
    sendsGigawords: Boolean(row.sends_gigawords),
  }));
}

/** Returns whether a NAS may have sent packets under this NAS-Identifier: one has, or there are so many senders that some may have been forgotten. */
export async function isIdentifierHeard(db: Pick<Database, 'knex'>, nasIdentifier: Octets): Promise<boolean> {
  const senders = () => db.knex('nas_senders').select('last_seen_at').limit(1);
  const [heard] = await senders().where('nas_identifier', octetsToBytes(nasIdentifier));
  if (heard !== undefined) return true;
  // Who was heard longest ago is forgotten for whoever is heard beyond them.
  const [last] = await senders()
    .orderBy('last_seen_at')
    .offset(SENDERS_MAX - 1);
  return last !== undefined;
}

function nasFromRow(row: NasRow, prefix: string): Nas {
  const secrets = row.previous_secret ? [row.secret, row.previous_secret] : [row.secret];
  return {
    id: row.id,
    name: row.shortname || row.nasname,
    prefix,
    secrets: secrets.map((secret) => Buffer.from(secret)),
    // FreeRADIUS's own types (computone, livingston, …) have no habits we know of.
    kind: KINDS.find((kind) => kind === (row.kind ?? row.type)) ?? NAS_DEFAULTS.kind,
    coaPort: row.coa_port,
    requireMessageAuthenticator:
      claim(row.require_message_authenticator) ?? NAS_DEFAULTS.requireMessageAuthenticator,
    direction: DIRECTIONS.find((direction) => direction === row.direction) ?? NAS_DEFAULTS.direction,
    octetUnit: row.octet_unit ?? NAS_DEFAULTS.octetUnit,
    maxRateKbps: row.max_rate_kbps ?? NAS_DEFAULTS.maxRateKbps,
    matchIdentifier: row.match_identifier === null ? null : octetsFrom(row.match_identifier),
    intervalFloorSeconds: row.interval_floor_seconds ?? NAS_DEFAULTS.intervalFloorSeconds,
    sendsGigawords: claim(row.sends_gigawords),
    clockOffsetMs: row.clock_offset_ms,
    lastSeenAt: row.last_seen_at,
  };
}

function claim(value: number | boolean | null): boolean | null {
  return value === null ? null : Boolean(value);
}
