/** Lists of sessions in pages, however many there are: the newest first, by the filters people ask for. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { idsInWindow, type ListWindow } from '../db/list-window.ts';
import { octetsToBytes } from '../radius/octets.ts';
import { closeKindCode } from './run-codes.ts';
import { type FoundIds, findIds, type IdNeed, type IdSearch, idsSince, wholeRange } from './session-ids.ts';
import { listSources, type SessionListing, type SessionPlace, sessionsOf } from './session-queries.ts';

/** Which sessions; absent = any. Instants are epoch milliseconds. */
export interface SessionListFilter {
  readonly userId?: number | undefined;
  /** Of any of these places. */
  readonly places?: readonly SessionPlace[] | undefined;
  /** In canonical form, and as lists show it: text, or `0x` and hex. */
  readonly station?: string | undefined;
  /** As lists show it. */
  readonly acctSessionId?: string | undefined;
  readonly isOpen?: boolean | undefined;
  /** Of users whose effective profile this is now. */
  readonly profileId?: number | undefined;
  /** Begun at or after. */
  readonly since?: number | undefined;
  /** Begun before. */
  readonly until?: number | undefined;
}

/** The sessions that fit. */
export interface SessionList {
  readonly count: () => Promise<number>;
  readonly rows: (window: ListWindow) => Promise<SessionListing[]>;
  /** Whether all that fit can be listed; false where more may than LISTED_MAX, or where too many had to be looked at. */
  readonly hasAll: () => Promise<boolean>;
}

/** What sessions beyond them have to be asked for by narrower filters. */
export const LISTED_MAX = 10_000;
/** How many sessions are looked at where no index leads to those that fit. */
export const SEARCHED_MAX = 100_000;
/** The same where each one's user has to be looked up. */
const SEARCHED_WITH_USERS_MAX = 20_000;

/** Returns the sessions that fit: exactly where an index counts them (all, the open ones, a user's), else the newest LISTED_MAX. `countAll` and `countOpen` may remember. */
export function listSessionPages(
  db: Database,
  filter: SessionListFilter,
  counts: { readonly countAll: () => Promise<number>; readonly countOpen: () => Promise<number> },
): SessionList {
  const { userId, isOpen, ...rest } = filter;
  const isPlain = Object.values(rest).every((value) => value === undefined);
  if (!isPlain || isOpen === false) return boundedList(db, filter);
  if (userId !== undefined) return exactList(db, filter, () => countOfUser(db, userId, isOpen));
  return isOpen ? exactList(db, filter, counts.countOpen) : wholeList(db, counts.countAll);
}

/** Returns how many sessions there are of radmeter's own. */
export async function countSessions({ knex }: Database): Promise<number> {
  const [row]: { sessions: number }[] = await knex('radacct').whereNotNull('runkey').count({ sessions: '*' });
  return Number(row?.sessions ?? 0);
}

/** Returns how many sessions are open. */
export async function countOpen(db: Database): Promise<number> {
  const query = db
    .knex('radacct')
    .whereIn('source_address', await listSources(db))
    .where('close_kind', closeKindCode('open'));
  const [row]: { sessions: number }[] = await query.count({ sessions: '*' });
  return Number(row?.sessions ?? 0);
}

async function countOfUser({ knex }: Database, userId: number, isOpen?: boolean): Promise<number> {
  const query = knex('radacct').where('user_id', userId).whereIn('close_kind', closeKinds(isOpen));
  const [row]: { sessions: number }[] = await query.count({ sessions: '*' });
  return Number(row?.sessions ?? 0);
}

function wholeList(db: Database, count: () => Promise<number>): SessionList {
  const ids = () => db.knex('radacct').whereNotNull('runkey').select('radacctid as id');
  return {
    count,
    hasAll: async () => true,
    rows: async (window) =>
      sessionsOf(db, await idsInWindow(ids(), [{ column: 'radacctid', order: 'desc' }], window)),
  };
}

function exactList(db: Database, filter: SessionListFilter, count: () => Promise<number>): SessionList {
  return {
    count,
    hasAll: async () => true,
    rows: async ({ offset, limit, isFromEnd }) => {
      const { ids } = await find(db, filter, { limit: offset + limit, isFromEnd });
      const page = ids.slice(offset, offset + limit);
      return sessionsOf(db, isFromEnd ? page.reverse() : page);
    },
  };
}

function boundedList(db: Database, filter: SessionListFilter): SessionList {
  let found: Promise<FoundIds> | undefined;
  const search = () => {
    found ??= find(db, filter, { limit: LISTED_MAX + 1, isFromEnd: false });
    return found;
  };
  const listed = async () => (await search()).ids.slice(0, LISTED_MAX);
  return {
    count: async () => (await listed()).length,
    hasAll: async () => (await search()).isComplete,
    rows: async ({ offset, limit, isFromEnd }) => {
      const ids = await listed();
      const from = isFromEnd ? Math.max(0, ids.length - offset - limit) : offset;
      return sessionsOf(db, ids.slice(from, from + limit));
    },
  };
}

async function find(db: Database, filter: SessionListFilter, need: IdNeed): Promise<FoundIds> {
  const index = await indexOf(db, filter);
  const search: IdSearch = {
    index,
    where: (query) => restrict(query, filter, index !== undefined),
    range: await rangeOf(db, filter),
    width: widthOf(filter, index !== undefined),
  };
  return findIds(db, search, need);
}

/** Returns how many sessions may be looked at one by one, where few of many may fit. Of one user there are few, and what an index or the time finds needs no looking. */
function widthOf(filter: SessionListFilter, isIndexed: boolean): number {
  const { userId, isOpen, places, station, acctSessionId, profileId } = filter;
  if (userId !== undefined) return Number.MAX_SAFE_INTEGER;
  if (profileId !== undefined) return SEARCHED_WITH_USERS_MAX;
  if (station !== undefined || acctSessionId !== undefined) return SEARCHED_MAX;
  const isLookedAt = !isIndexed && (places !== undefined || isOpen === false);
  return isLookedAt ? SEARCHED_MAX : Number.MAX_SAFE_INTEGER;
}

/** Records come up to a day after what they tell of, and through another instance's spool later than others. */
const SLACK_MS = 86_400_000;

async function rangeOf(db: Database, { since, until }: SessionListFilter) {
  const range = await wholeRange(db);
  const { above } = since === undefined ? range : await idsSince(db, range, since - SLACK_MS);
  const later = until === undefined ? undefined : await idsSince(db, range, until + SLACK_MS);
  return { above, upTo: later?.above ?? range.upTo };
}

/** Returns the values of the index that leads to what fits; undefined where none does. */
async function indexOf(
  db: Database,
  { userId, places, isOpen }: SessionListFilter,
): Promise<IdSearch['index']> {
  const closeKind = { close_kind: closeKinds(isOpen) };
  if (userId !== undefined) return { user_id: [userId], ...closeKind };
  const sources = sourcesOf(places) ?? (isOpen === true ? await listSources(db) : undefined);
  return sources === undefined ? undefined : { source_address: sources, ...closeKind };
}

function sourcesOf(places: SessionListFilter['places']): string[] | undefined {
  if (places === undefined) return undefined;
  const sources = new Set<string>();
  for (const { sourceAddresses } of places) {
    if (sourceAddresses === null) return undefined;
    for (const address of sourceAddresses) sources.add(address);
  }
  return [...sources];
}

function closeKinds(isOpen: boolean | undefined): number[] {
  const closed = [closeKindCode('stopped'), closeKindCode('presumed')];
  const open = closeKindCode('open');
  if (isOpen === undefined) return [open, ...closed];
  return isOpen ? [open] : closed;
}

function restrict(query: Knex.QueryBuilder, filter: SessionListFilter, isIndexed: boolean): void {
  const { userId, places, station, acctSessionId, isOpen, profileId, since, until } = filter;
  // Rows of other programs have no user and no source of ours, and need not be looked up to be left out.
  if (!isIndexed) query.whereNotNull('radacct.runkey');
  if (!isIndexed && isOpen !== undefined) query.whereIn('radacct.close_kind', closeKinds(isOpen));
  if (userId !== undefined || places?.some((place) => needsLooking(place))) restrictPlaces(query, places);
  if (station !== undefined) query.whereIn('radacct.station', octetsTyped(station));
  if (acctSessionId !== undefined) query.whereIn('radacct.session_id_raw', octetsTyped(acctSessionId));
  if (profileId !== undefined) query.whereRaw(`${EFFECTIVE_PROFILE} = ?`, [profileId]);
  if (since !== undefined) query.where('radacct.started_at', '>=', since);
  if (until !== undefined) query.where('radacct.started_at', '<', until);
}

function needsLooking({ sourceAddresses, nasIdentifier }: SessionPlace): boolean {
  return sourceAddresses === null || nasIdentifier !== null;
}

function restrictPlaces(query: Knex.QueryBuilder, places: SessionListFilter['places']): void {
  if (places === undefined) return;
  query.where((any) => {
    for (const { sourceAddresses, nasIdentifier } of places) {
      any.orWhere((place) => {
        if (sourceAddresses !== null) place.whereIn('radacct.source_address', [...sourceAddresses]);
        if (nasIdentifier !== null) place.where('radacct.nas_identifier', octetsToBytes(nasIdentifier));
      });
    }
    if (places.length === 0) any.whereRaw('1 = 0');
  });
}

/** A value and no join: it is looked up for the sessions at hand, and not for every user first. */
const EFFECTIVE_PROFILE = `(SELECT COALESCE(users.profile_id, promotions.profile_id) FROM users
  LEFT JOIN promotions ON promotions.id = users.promotion_id WHERE users.id = radacct.user_id)`;

/** What is shown as hex may be just that text. */
function octetsTyped(text: string): Buffer[] {
  const asText = Buffer.from(text);
  return /^0x(?:[0-9a-f]{2})+$/i.test(text) ? [asText, Buffer.from(text.slice(2), 'hex')] : [asText];
}
