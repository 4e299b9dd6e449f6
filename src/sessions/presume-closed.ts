/** Presuming one session closed because its NAS says that it knows none. */
import type { Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { closeKindCode } from './run-codes.ts';

/** Presumes an open session closed at its last update, unless it was heard of at or after an instant (epoch milliseconds); a later record opens it again. Returns whether it was. */
export async function presumeGone(
  { dialect, trx }: Transaction,
  sessionId: number,
  askedAt: number,
): Promise<boolean> {
  const found: { radacctid: number }[] = await lockRows[dialect](
    trx('radacct')
      .where({ radacctid: sessionId, close_kind: closeKindCode('open') })
      .where('arrival_updated_at', '<', askedAt)
      .select('radacctid'),
  );
  if (found.length === 0) return false;
  await trx('radacct')
    .where('radacctid', sessionId)
    .update({
      close_kind: closeKindCode('presumed'),
      stopped_at: trx.ref('updated_at'),
      acctstoptime: trx.ref('acctupdatetime'),
      acctterminatecause: 'Lost-Carrier',
    });
  return true;
}
