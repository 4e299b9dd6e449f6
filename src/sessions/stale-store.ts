/** Presuming silent sessions closed, in `radacct`. */
import type { Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import type { PresumedCause } from './run.ts';
import { closeKindCode } from './run-codes.ts';
import type { OpenSession } from './stale-queries.ts';

const CAUSE: PresumedCause = 'Lost-Carrier';

/** Presumes sessions closed at their last update, so that any later record opens them again, and returns those that were: what has been heard of since it was read is left alone. */
export async function closeSilent(
  { dialect, trx }: Transaction,
  sessions: readonly OpenSession[],
): Promise<OpenSession[]> {
  const ids = sessions.map(({ id }) => id);
  const open = closeKindCode('open');
  const rows: { radacctid: number; arrival_updated_at: number }[] = await lockRows[dialect](
    trx('radacct')
      .whereIn('radacctid', ids)
      .where('close_kind', open)
      .select('radacctid', 'arrival_updated_at'),
  );
  const heardAt = new Map(rows.map((row) => [row.radacctid, row.arrival_updated_at]));
  const silent = sessions.filter(({ id, lastHeardAt }) => heardAt.get(id) === lastHeardAt);
  if (silent.length === 0) return [];
  await trx('radacct')
    .whereIn(
      'radacctid',
      silent.map(({ id }) => id),
    )
    .update({
      close_kind: closeKindCode('presumed'),
      stopped_at: trx.ref('updated_at'),
      acctstoptime: trx.ref('acctupdatetime'),
      acctterminatecause: CAUSE,
    });
  return silent;
}
