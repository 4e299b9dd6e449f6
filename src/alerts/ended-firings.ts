/** Which deliveries do not stand for a firing any more: those whose alert has stopped firing for the user, by falling below its threshold or otherwise (contract §0.11). */
import type { Database } from '../db/database.ts';
import type { ReadingTime } from '../usage/usage-queries.ts';
import type { Alert } from './alert-row.ts';
import { EFFECTIVE_PROFILE, type Watch, whereFires } from './due-conditions.ts';

/** So many deliveries one statement looks at. */
const CHUNK_ROWS = 5_000;

/** Yields the ids of deliveries of one active alert that fires no more for their users. Of users whose usage is not active nothing is known: theirs stay. */
export async function* endedFirings(
  db: Database,
  { alert, watch }: { readonly alert: Alert; readonly watch: Watch },
  time: ReadingTime,
): AsyncGenerator<number[]> {
  for (let after = 0; ; ) {
    const upTo = await lastOfChunk(db, alert.id, after);
    if (upTo === undefined) return;
    const rows: { id: number }[] = await notFiring(db, { alert, watch }, time)
      .where('delivery.id', '>', after)
      .where('delivery.id', '<=', upTo);
    if (rows.length > 0) yield rows.map(({ id }) => id);
    after = upTo;
  }
}

/** Nothing but the index is read. */
async function lastOfChunk({ knex }: Database, alertId: number, after: number): Promise<number | undefined> {
  const chunk = knex('alert_deliveries')
    .select('id')
    .whereNull('ended_at')
    .where('alert_id', alertId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(CHUNK_ROWS);
  const [row]: { last: number | null }[] = await knex.from(chunk.as('chunk')).max({ last: 'id' });
  return row?.last ?? undefined;
}

function notFiring(
  { knex }: Database,
  { alert, watch }: { readonly alert: Alert; readonly watch: Watch },
  time: ReadingTime,
) {
  return knex('alert_deliveries as delivery')
    .select('delivery.id')
    .leftJoin('users', 'users.id', 'delivery.user_id')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .leftJoin('user_profile_usage as counted', 'counted.user_id', 'delivery.user_id')
    .whereNull('delivery.ended_at')
    .where('delivery.alert_id', alert.id)
    .where((ended) =>
      ended
        .whereNull('users.id')
        .orWhereRaw(`${EFFECTIVE_PROFILE} IS NULL`)
        .orWhereRaw(`${EFFECTIVE_PROFILE} <> ?`, [watch.profile.id])
        .orWhere((below) =>
          below.where('counted.is_active', true).whereNot((firing) => whereFires(firing, alert, watch, time)),
        ),
    );
}
