/** Places held for users who were accepted and whose accounting has not begun: rows of `access_reservations` (design §6). */
import {
  type BatchTransaction,
  type ChangeValue,
  type Column,
  columnsNamed,
  type KeyedSelect,
  readOctets,
  type SelectedColumn,
} from '../db/batch.ts';
import type { Database, Transaction } from '../db/database.ts';
import { type Octets, octetsFrom } from '../radius/octets.ts';
import { closeKindCode } from '../sessions/run-codes.ts';
import type { HeldPlace, Reservation } from './decide-logins.ts';
import type { Place } from './place.ts';

/** A login that never became a session gives its place back after this. */
export const RESERVATION_MS = 60_000;

/** Returns the places a user takes up: open sessions, and places that are held for others yet to begin. The user's usage row must be locked. */
export async function selectPlaces({ trx, now }: Transaction, userId: number): Promise<Place[]> {
  // Held places first: one that becomes a session in between is counted twice rather than not at all.
  const held: PlaceRow[] = await trx('access_reservations')
    .where('user_id', userId)
    .where('expires_at', '>', now)
    .select('source_address', 'station');
  const open: PlaceRow[] = await trx('radacct')
    .where({ user_id: userId, close_kind: closeKindCode('open') })
    .select('source_address', 'station');
  return [...held, ...open].map(({ source_address, station }) => ({
    sourceAddress: source_address ?? '',
    station: station === null || station.length === 0 ? undefined : octetsFrom(station),
  }));
}

interface PlaceRow {
  readonly source_address: string | null;
  readonly station: Buffer | null;
}

/** A place and whose it is. */
export interface UserPlace extends Place {
  readonly userId: number;
}

/** Reads the places that are held for users, those that have expired among them; they are there after the next flush. */
export function selectHeldPlaces(
  batch: BatchTransaction,
  userIds: readonly number[],
): () => (UserPlace & HeldPlace)[] {
  const pending = batch.select<HeldRow>(HELD, userIds);
  return () => pending.rows().map((row) => ({ ...userPlace(row), id: row.id, expiresAt: row.expires_at }));
}

/** Reads the places of users' open sessions; they are there after the next flush. */
export function selectOpenPlaces(batch: BatchTransaction, userIds: readonly number[]): () => UserPlace[] {
  const pending = batch.select<UserPlaceRow>(OPEN, userIds);
  return () => pending.rows().map(userPlace);
}

interface UserPlaceRow {
  readonly user_id: number;
  readonly source_address: string | null;
  readonly station: string | null;
}

interface HeldRow extends UserPlaceRow {
  readonly id: number;
  readonly expires_at: number;
}

const PLACE_COLUMNS: readonly SelectedColumn[] = [
  ...columnsNamed('user_id, source_address'),
  { name: 'station', isOctets: true },
];

const HELD: KeyedSelect = {
  columns: [...columnsNamed('id, expires_at'), ...PLACE_COLUMNS],
  from: 'FROM access_reservations WHERE user_id',
  kind: 'number',
  orderBy: 'id',
  isLocked: false,
};

const OPEN: KeyedSelect = {
  columns: PLACE_COLUMNS,
  from: `FROM radacct WHERE close_kind = ${closeKindCode('open')} AND user_id`,
  kind: 'number',
  orderBy: 'radacctid',
  isLocked: false,
};

function userPlace({ user_id, source_address, station }: UserPlaceRow): UserPlace {
  return {
    userId: user_id,
    sourceAddress: source_address ?? '',
    station: station === null || station === '' ? undefined : readOctets(station),
  };
}

/** Holds places. */
export function insertReservations(batch: BatchTransaction, reservations: readonly Reservation[]): void {
  const columns: readonly Column<Reservation>[] = [
    { name: 'user_id', kind: 'number', value: ({ userId }) => userId },
    { name: 'station', kind: 'octets', value: ({ station }) => station ?? '' },
    { name: 'nas_id', kind: 'number', value: ({ nasId }) => nasId ?? undefined },
    { name: 'source_address', kind: 'text', value: ({ sourceAddress }) => sourceAddress },
    { name: 'class_token', kind: 'octets', value: ({ classToken }) => classToken },
    { name: 'created_at', kind: 'number', value: () => batch.now },
    { name: 'expires_at', kind: 'number', value: () => batch.now + RESERVATION_MS },
  ];
  batch.insert('access_reservations', columns, reservations);
}

/** Gives places up, by the ids of their reservations. */
export function removeReservations(batch: BatchTransaction, ids: readonly number[]): void {
  removeWhere(
    batch,
    'id = ?',
    ids.map((id): ChangeValue[] => [['number', id]]),
  );
}

/** Takes away what has expired by an instant (epoch milliseconds) of users who never came back, piece by piece; returns how many those were. */
export async function removeExpiredReservations({ knex }: Database, now: number): Promise<number> {
  for (let removed = 0; ; ) {
    // By key, so that rows which are just being made are not waited for.
    const ids: number[] = await knex('access_reservations')
      .where('expires_at', '<=', now)
      .limit(REMOVED_AT_ONCE)
      .pluck('id');
    if (ids.length > 0) removed += await knex('access_reservations').whereIn('id', ids).delete();
    if (ids.length < REMOVED_AT_ONCE) return removed;
  }
}

const REMOVED_AT_ONCE = 1_000;

/** A session that has begun. */
export interface BegunPlace extends Place {
  readonly userId: number;
  readonly classToken: Octets | undefined;
}

/** Gives up the places that were held for sessions which have begun: by their Class, else by user, NAS and device. */
export function consumeReservations(batch: BatchTransaction, begun: readonly BegunPlace[]): void {
  const byClass = begun.flatMap(({ classToken }): ChangeValue[][] =>
    classToken === undefined ? [] : [[['octets', classToken]]],
  );
  const byPlace = begun.flatMap(({ userId, sourceAddress, station, classToken }): ChangeValue[][] =>
    classToken !== undefined || station === undefined
      ? []
      : [
          [
            ['number', userId],
            ['text', sourceAddress],
            ['octets', station],
          ],
        ],
  );
  removeWhere(batch, 'class_token = ?', byClass);
  removeWhere(batch, 'user_id = ? AND source_address = ? AND station = ?', byPlace);
}

const CONDITIONS_MAX = 32;

/** In statements of few different lengths, as SQLite prepares each once: the last condition is repeated. */
function removeWhere(batch: BatchTransaction, condition: string, values: readonly ChangeValue[][]): void {
  for (let at = 0; at < values.length; at += CONDITIONS_MAX) {
    const some = values.slice(at, at + CONDITIONS_MAX);
    const last = some.at(-1) ?? [];
    const count = 2 ** Math.ceil(Math.log2(some.length));
    while (some.length < count) some.push(last);
    const where = some.map(() => `(${condition})`).join(' OR ');
    batch.change(`DELETE FROM access_reservations WHERE ${where}`, some.flat());
  }
}
