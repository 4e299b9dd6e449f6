/** Places held for users who were accepted and whose accounting has not begun: rows of `access_reservations` (design §6). */
import type { BatchTransaction, ChangeValue } from '../db/batch.ts';
import type { Database, Transaction } from '../db/database.ts';
import { type Octets, octetsFrom, octetsToBytes } from '../radius/octets.ts';
import { closeKindCode } from '../sessions/run-codes.ts';
import type { Place } from './place.ts';

/** A login that never became a session gives its place back after this. */
export const RESERVATION_MS = 60_000;

/** A place to hold. */
export interface Reservation extends Place {
  readonly userId: number;
  /** The row of table `nas`; null where it is not of that table. */
  readonly nasId: number | null;
  readonly classToken: Octets;
}

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

/** Holds a place; what the same device held on the same NAS, and what has expired of this user, is gone. */
export async function insertReservation(
  { trx, now }: Transaction,
  { userId, sourceAddress, station, nasId, classToken }: Reservation,
): Promise<void> {
  const bytes = octetsToBytes(station ?? '');
  await trx('access_reservations').where('user_id', userId).where('expires_at', '<=', now).delete();
  if (station !== undefined) {
    await trx('access_reservations')
      .where({ user_id: userId, source_address: sourceAddress })
      .where('station', bytes)
      .delete();
  }
  await trx('access_reservations').insert({
    user_id: userId,
    station: bytes,
    nas_id: nasId,
    source_address: sourceAddress,
    class_token: octetsToBytes(classToken),
    created_at: now,
    expires_at: now + RESERVATION_MS,
  });
}

/** Takes away what has expired by an instant (epoch milliseconds) of users who never came back; returns how many those were. */
export async function removeExpiredReservations({ knex }: Database, now: number): Promise<number> {
  // By key, so that rows which are just being made are not waited for.
  const ids: number[] = await knex('access_reservations')
    .where('expires_at', '<=', now)
    .limit(1_000)
    .pluck('id');
  return ids.length === 0 ? 0 : await knex('access_reservations').whereIn('id', ids).delete();
}

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
