/** Reading what was set aside: page by page, because a NAS that is configured wrongly fills the table by the million. */
import type { Database } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { Octets } from '../radius/octets.ts';
import { type Packet, parsePacket } from '../radius/packet.ts';
import { readRequestAttributes } from './request-attributes.ts';

/** A request that was set aside, without its packet. Instants are epoch milliseconds. */
export interface SetAsideListing {
  readonly id: number;
  /** First reception. */
  readonly arrivedAt: number;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  /** Milliseconds to add to the NAS's clock to get ours, as they were when it was received; null = not known. */
  readonly clockOffsetMs: number | null;
  /** The NAS's name at that time. */
  readonly nasName: string | null;
  readonly reason: string;
  readonly detail: string | null;
  /** When it was metered after all; null = not yet. */
  readonly replayedAt: number | null;
  /** What the packet says; null where it says nothing or is none. */
  readonly userName: Octets | null;
  readonly acctSessionId: Octets | null;
  readonly nasIdentifier: Octets | null;
}

/** A request that was set aside, with the packet as it came. */
export interface SetAsideRequest extends SetAsideListing {
  readonly bytes: Buffer;
  /** Undefined where the bytes are no packet (a damaged table). */
  readonly packet: Packet | undefined;
}

/** Which requests to read. */
export interface SetAsideFilter {
  readonly reason?: string | undefined;
  /** Arrived at or after, and at or before; epoch milliseconds. */
  readonly arrivedFrom?: number | undefined;
  readonly arrivedUntil?: number | undefined;
  /** Also those that have been replayed. */
  readonly withReplayed: boolean;
}

/** Rows that one query reads at most: a packet has up to 4096 octets. */
const PAGE_ROWS = 500;

/** Reads the requests that fit, the newest first; whoever has enough stops asking. */
export async function* scanSetAside(db: Database, filter: SetAsideFilter): AsyncGenerator<SetAsideListing> {
  let last: SetAsideRow | undefined;
  do {
    const rows = await pageAfter(db, filter, last);
    for (const row of rows) {
      const { bytes: _bytes, packet: _packet, ...listing } = requestFromRow(row);
      yield listing;
    }
    last = rows.length < PAGE_ROWS ? undefined : rows.at(-1);
  } while (last !== undefined);
}

/** Returns one request; throws AppError `not_found`. */
export async function getSetAside(db: Database, id: number): Promise<SetAsideRequest> {
  const [row]: SetAsideRow[] = await db.knex('set_aside').where('id', id);
  if (row !== undefined) return requestFromRow(row);
  throw new AppError(
    'not_found',
    `there is no set-aside record ${id}; \`radmeter set-aside list --all\` shows their ids`,
  );
}

/** Which requests a command is about: those with these ids, or all that fit. */
export type SetAsideSelection = { readonly ids: readonly number[] } | SetAsideFilter;

/** Returns how many requests are selected. */
export async function countSetAside(db: Database, selection: SetAsideSelection): Promise<number> {
  if ('ids' in selection) return new Set(selection.ids).size;
  const [row]: { rows: number }[] = await filtered(db, selection).count('* as rows');
  return Number(row?.rows ?? 0);
}

/** Returns the ids of the selected requests in ascending order, `size` at a time; what arrives meanwhile is not among them. Throws AppError `not_found` for ids that are not there, before it returns any. */
export async function* setAsideIds(
  db: Database,
  selection: SetAsideSelection,
  size: number,
): AsyncGenerator<readonly number[]> {
  if ('ids' in selection) {
    const ids = [...new Set(selection.ids)].sort((a, b) => a - b);
    await refuseUnknown(db, ids);
    for (let at = 0; at < ids.length; at += size) yield ids.slice(at, at + size);
    return;
  }
  const [newest]: { id: number | null }[] = await filtered(db, selection).max('id as id');
  let after = 0;
  while (after < (newest?.id ?? 0)) {
    const rows: { id: number }[] = await filtered(db, selection)
      .where('id', '>', after)
      .where('id', '<=', newest?.id ?? 0)
      .orderBy('id')
      .limit(size)
      .select('id');
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) yield ids;
    after = ids.at(-1) ?? Number.POSITIVE_INFINITY;
  }
}

/** The columns of a row as both drivers return them. */
interface SetAsideRow {
  readonly id: number;
  readonly arrived_at: number;
  readonly source_address: string;
  readonly source_port: number;
  readonly clock_offset_ms: number | null;
  readonly nas_name: string | null;
  readonly reason: string;
  readonly detail: string | null;
  readonly packet: Buffer;
  readonly replayed_at: number | null;
}

function filtered(db: Database, filter: SetAsideFilter) {
  const query = db.knex('set_aside');
  if (filter.reason !== undefined) query.where('reason', filter.reason);
  if (filter.arrivedFrom !== undefined) query.where('arrived_at', '>=', filter.arrivedFrom);
  if (filter.arrivedUntil !== undefined) query.where('arrived_at', '<=', filter.arrivedUntil);
  if (!filter.withReplayed) query.whereNull('replayed_at');
  return query;
}

/** By the index on arrived_at, which ends with the row's id on both databases. */
function pageAfter(
  db: Database,
  filter: SetAsideFilter,
  last: SetAsideRow | undefined,
): Promise<SetAsideRow[]> {
  const query = filtered(db, filter).orderBy('arrived_at', 'desc').orderBy('id', 'desc').limit(PAGE_ROWS);
  if (last !== undefined) {
    query
      .where('arrived_at', '<=', last.arrived_at)
      .where((older) => older.where('arrived_at', '<', last.arrived_at).orWhere('id', '<', last.id));
  }
  return query.select<SetAsideRow[]>('*');
}

const LOOKED_UP_AT_ONCE = 500;
const NAMED_MAX = 5;

async function refuseUnknown(db: Database, ids: readonly number[]): Promise<void> {
  const unknown: number[] = [];
  for (let at = 0; at < ids.length; at += LOOKED_UP_AT_ONCE) {
    const asked = ids.slice(at, at + LOOKED_UP_AT_ONCE);
    const rows: { id: number }[] = await db.knex('set_aside').whereIn('id', asked).select('id');
    const known = new Set(rows.map(({ id }) => id));
    unknown.push(...asked.filter((id) => !known.has(id)));
  }
  if (unknown.length === 0) return;
  const named = unknown.slice(0, NAMED_MAX).join(', ');
  const more = unknown.length > NAMED_MAX ? ` and ${unknown.length - NAMED_MAX} more` : '';
  throw new AppError(
    'not_found',
    `there is no set-aside record ${named}${more}; nothing was changed; \`radmeter set-aside list --all\` shows their ids`,
  );
}

function requestFromRow(row: SetAsideRow): SetAsideRequest {
  const parsed = parsePacket(row.packet);
  const packet = parsed.ok ? parsed.packet : undefined;
  const octets = packet === undefined ? undefined : readRequestAttributes(packet, []).octets;
  return {
    id: row.id,
    arrivedAt: row.arrived_at,
    sourceAddress: row.source_address,
    sourcePort: row.source_port,
    clockOffsetMs: row.clock_offset_ms,
    nasName: row.nas_name,
    reason: row.reason,
    detail: row.detail,
    replayedAt: row.replayed_at,
    userName: octets?.userName ?? null,
    acctSessionId: octets?.acctSessionId ?? null,
    nasIdentifier: octets?.nasIdentifier ?? null,
    bytes: row.packet,
    packet,
  };
}
