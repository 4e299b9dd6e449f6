/** Whether somebody could come in now, read without taking a place. */

import { inTransaction } from '../db/database.ts';
import { type Explanation, explainUser } from '../usage/explain-queries.ts';
import { verdictPeriods } from '../usage/verdict.ts';
import type { AccessContext } from './decide-access.ts';
import { type Place, placesTaken } from './place.ts';
import { selectPlaces } from './reservation-store.ts';

/** Returns the verdict about one more session at a place, and what it rests on; throws AppError `not_found`. */
export function explainAccess(
  { db, clock, calendar, defaultProfile }: AccessContext,
  userId: number,
  place: Place,
): Promise<Explanation> {
  return inTransaction(db, clock, async (transaction) => {
    const openSessions = placesTaken(await selectPlaces(transaction, userId), place);
    const { trx, now } = transaction;
    const periods = verdictPeriods(calendar, now);
    return explainUser({ ...db, knex: trx }, userId, { now, periods, defaultProfile, openSessions });
  });
}
