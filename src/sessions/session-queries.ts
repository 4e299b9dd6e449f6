/** Reading sessions: rows of `radacct` that radmeter wrote, as people see them. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { inOrderOf } from '../db/list-window.ts';
import { AppError } from '../errors.ts';
import { type Octets, octetsFrom, octetsToBytes } from '../radius/octets.ts';
import { retiredKey } from './retired-runs.ts';
import type { CloseKind } from './run.ts';
import { closeKindOf, runFlagsOf } from './run-codes.ts';

/** One session. Instants are epoch milliseconds; null = not known. Octets are those of the user's side: input = from the user. */
export interface SessionListing {
  readonly id: number;
  readonly acctUniqueId: string;
  readonly acctSessionId: Octets | null;
  /** Which of the sessions that share an Acct-Session-Id on their NAS, in their order; not consecutive. */
  readonly runNumber: number;
  /** Null where the octets are nobody's. */
  readonly userId: number | null;
  readonly username: string | null;
  /** User-Name as the NAS sent it. */
  readonly userName: Octets | null;
  readonly station: Octets | null;
  readonly calledStationId: Octets | null;
  readonly sourceAddress: string | null;
  readonly nasIpAddress: string;
  readonly nasIdentifier: Octets | null;
  readonly closeKind: CloseKind;
  readonly terminateCause: string;
  /** On our clock. */
  readonly startedAt: number | null;
  readonly updatedAt: number | null;
  readonly stoppedAt: number | null;
  /** On the NAS's clock. */
  readonly nasStartedAt: number | null;
  readonly nasUpdatedAt: number | null;
  /** When the first and the newest record came in. */
  readonly arrivalStartedAt: number | null;
  readonly arrivalUpdatedAt: number | null;
  readonly sessionTimeSeconds: number | null;
  readonly inputOctets: number;
  readonly outputOctets: number;
  /** The part of both that no user was charged for. */
  readonly unmeteredOctets: number;
  readonly inputPackets: number;
  readonly outputPackets: number;
  readonly isReversed: boolean;
  readonly octetUnit: number;
  readonly hasGigawords: boolean;
  readonly mayHaveWrapped: boolean;
  readonly hasInterim: boolean;
  readonly intervalSeconds: number | null;
  /** What is kept for people, by the names of FreeRADIUS's columns; what the NAS did not say is absent. */
  readonly details: Readonly<Record<string, string>>;
}

/** A session among the runs that share its Acct-Session-Id on its NAS. */
export interface SessionLife {
  readonly session: SessionListing;
  /** The other runs, in their order. */
  readonly others: readonly SessionListing[];
  /** Whether `others` are all there are. */
  readonly isComplete: boolean;
}

/** Where sessions are: from one of these addresses, of a NAS that calls itself so; null = any. */
export interface SessionPlace {
  readonly sourceAddresses: readonly string[] | null;
  readonly nasIdentifier: Octets | null;
}

/** Which sessions to list. */
export interface SessionFilter {
  readonly userId?: number | undefined;
  /** Sessions of any of these places; absent = of everywhere. */
  readonly places?: readonly SessionPlace[] | undefined;
  readonly isOpen?: boolean | undefined;
  /** How many at most, the newest. */
  readonly limit: number;
}

/** Returns the newest sessions that fit, the newest first. */
export async function listSessions(db: Database, filter: SessionFilter): Promise<SessionListing[]> {
  const places = filter.places ?? [await everywhere(db, filter)];
  const closeKinds = filter.isOpen ? [OPEN] : [OPEN, STOPPED, PRESUMED];
  const isIndexed = filter.userId !== undefined || places.some((place) => place.sourceAddresses !== null);
  // The indexes order the rows of one close_kind by their id: each is read from its end, and no further than the limit.
  const states = isIndexed || filter.isOpen ? closeKinds : [undefined];
  const queries = places.flatMap((place) =>
    states.map((closeKind) => newestRows(db.knex, { place, closeKind, ...filter })),
  );
  const sessions = new Map<number, SessionListing>();
  for (const query of queries) {
    for (const row of await query) sessions.set(row.radacctid, sessionFromRow(row));
  }
  return [...sessions.values()].sort((a, b) => b.id - a.id).slice(0, filter.limit);
}

/** Returns one session; throws AppError `not_found`, also for a row that another program wrote. */
export async function getSession(db: Database, id: number): Promise<SessionListing> {
  const [row]: SessionRow[] = await sessionRows(db.knex).where('radacct.radacctid', id);
  if (row !== undefined) return sessionFromRow(row);
  throw new AppError('not_found', `there is no session ${id}; \`radmeter session list\` shows their ids`);
}

/** Returns sessions by their ids, in that order; one that is gone is left out. */
export async function sessionsOf(db: Database, ids: readonly number[]): Promise<SessionListing[]> {
  if (ids.length === 0) return [];
  const rows: SessionRow[] = await sessionRows(db.knex).whereIn('radacct.radacctid', [...ids]);
  return inOrderOf(ids, rows.map(sessionFromRow));
}

/** How many runs before and how many after a session are read; a NAS that never changes its ids makes one with every connection. */
const RUNS_EACH_WAY = 50;

/** Returns a session among the nearest of the runs that share its Acct-Session-Id on its NAS; throws AppError `not_found`. */
export async function getSessionLife(db: Database, id: number): Promise<SessionLife> {
  const session = await getSession(db, id);
  const [row]: { runkey: Buffer }[] = await db.knex('radacct').where('radacctid', id).select('runkey');
  const runKey = octetsFrom(row?.runkey ?? Buffer.alloc(0));
  const keys = [runKey, retiredKey(runKey)].map(octetsToBytes);
  const nearest = (side: '<' | '>', order: 'asc' | 'desc'): Promise<SessionRow[]> =>
    sessionRows(db.knex)
      .whereIn('radacct.runkey', keys)
      .where('radacct.run_number', side, session.runNumber)
      .orderBy('radacct.run_number', order)
      .limit(RUNS_EACH_WAY + 1);
  const before = await nearest('<', 'desc');
  const after = await nearest('>', 'asc');
  return {
    session,
    others: [...before.slice(0, RUNS_EACH_WAY).reverse(), ...after.slice(0, RUNS_EACH_WAY)].map(
      sessionFromRow,
    ),
    isComplete: Math.max(before.length, after.length) <= RUNS_EACH_WAY,
  };
}

/** Returns every address that sessions came from. */
export async function listSources({ knex }: Database): Promise<string[]> {
  const rows: { source_address: string }[] = await knex('radacct')
    .distinct('source_address')
    .whereNotNull('source_address');
  return rows.map((row) => row.source_address);
}

const OPEN = 0;
const STOPPED = 1;
const PRESUMED = 2;
const DETAILS = [
  'nasportid',
  'nasporttype',
  'acctauthentic',
  'servicetype',
  'framedprotocol',
  'framedipaddress',
  'framedipv6address',
  'framedipv6prefix',
  'framedinterfaceid',
  'delegatedipv6prefix',
  'connectinfo_start',
  'connectinfo_stop',
  'class',
] as const;

/** The open ones of all places are found by the index that begins with the place. */
async function everywhere(db: Database, { isOpen, userId }: SessionFilter): Promise<SessionPlace> {
  const isBySource = isOpen === true && userId === undefined;
  return { sourceAddresses: isBySource ? await listSources(db) : null, nasIdentifier: null };
}

interface RowFilter {
  readonly place: SessionPlace;
  readonly closeKind: number | undefined;
  readonly userId?: number | undefined;
  readonly limit: number;
}

function newestRows(knex: Knex, { place, closeKind, userId, limit }: RowFilter): Knex.QueryBuilder {
  const query = sessionRows(knex).orderBy('radacct.radacctid', 'desc').limit(limit);
  if (userId !== undefined) query.where('radacct.user_id', userId);
  if (closeKind !== undefined) query.where('radacct.close_kind', closeKind);
  if (place.sourceAddresses !== null) query.whereIn('radacct.source_address', [...place.sourceAddresses]);
  if (place.nasIdentifier !== null) {
    query.where('radacct.nas_identifier', octetsToBytes(place.nasIdentifier));
  }
  return query;
}

/** Without FreeRADIUS's own rows: they have no runkey, and none of the columns that decide. */
function sessionRows(knex: Knex): Knex.QueryBuilder {
  return knex('radacct')
    .leftJoin('users', 'users.id', 'radacct.user_id')
    .select('radacct.*', 'users.username as users_username')
    .whereNotNull('radacct.runkey');
}

/** The columns of a row as both drivers return them: BIGINT as number, octets as Buffer. */
interface SessionRow extends Readonly<Record<(typeof DETAILS)[number], string | null>> {
  readonly radacctid: number;
  readonly acctuniqueid: string;
  readonly session_id_raw: Buffer | null;
  readonly run_number: number;
  readonly user_id: number | null;
  readonly users_username: string | null;
  readonly user_name_raw: Buffer | null;
  readonly station: Buffer | null;
  readonly called_station_raw: Buffer | null;
  readonly source_address: string | null;
  readonly nasipaddress: string;
  readonly nas_identifier: Buffer | null;
  readonly close_kind: number;
  readonly acctterminatecause: string;
  readonly started_at: number | null;
  readonly updated_at: number | null;
  readonly stopped_at: number | null;
  readonly nas_started_at: number | null;
  readonly nas_updated_at: number | null;
  readonly arrival_started_at: number | null;
  readonly arrival_updated_at: number | null;
  readonly acctsessiontime: number | null;
  readonly acctinputoctets: number | null;
  readonly acctoutputoctets: number | null;
  readonly unmeteredoctets: number;
  readonly input_packets: number;
  readonly output_packets: number;
  readonly octets_reversed: number;
  readonly octet_unit: number;
  readonly run_flags: number;
  readonly acctinterval: number | null;
}

function sessionFromRow(row: SessionRow): SessionListing {
  return {
    id: row.radacctid,
    acctUniqueId: row.acctuniqueid,
    acctSessionId: octetsOrNull(row.session_id_raw),
    runNumber: row.run_number,
    userId: row.user_id,
    username: row.users_username,
    userName: octetsOrNull(row.user_name_raw),
    station: octetsOrNull(row.station),
    calledStationId: octetsOrNull(row.called_station_raw),
    sourceAddress: row.source_address,
    nasIpAddress: row.nasipaddress,
    nasIdentifier: octetsOrNull(row.nas_identifier),
    closeKind: closeKindOf(row.close_kind),
    terminateCause: row.acctterminatecause,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    stoppedAt: row.stopped_at,
    nasStartedAt: row.nas_started_at,
    nasUpdatedAt: row.nas_updated_at,
    arrivalStartedAt: row.arrival_started_at,
    arrivalUpdatedAt: row.arrival_updated_at,
    sessionTimeSeconds: row.acctsessiontime,
    inputOctets: row.acctinputoctets ?? 0,
    outputOctets: row.acctoutputoctets ?? 0,
    unmeteredOctets: row.unmeteredoctets,
    inputPackets: row.input_packets,
    outputPackets: row.output_packets,
    isReversed: row.octets_reversed !== 0,
    octetUnit: row.octet_unit,
    ...runFlagsOf(row.run_flags),
    intervalSeconds: row.acctinterval,
    details: Object.fromEntries(DETAILS.flatMap((name) => (row[name] ? [[name, row[name]]] : []))),
  };
}

function octetsOrNull(bytes: Buffer | null): Octets | null {
  return bytes === null ? null : octetsFrom(bytes);
}
