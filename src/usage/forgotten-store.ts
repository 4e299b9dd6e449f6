/** What stood in sessions and days that are forgotten, one row of `usage_adjustments` per user, so that `verify` can prove what is left. */
import type { Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';

/** Octets of one user that stand nowhere else any more. */
export interface Forgotten {
  readonly userId: number;
  /** Of forgotten sessions. */
  readonly sessionOctets: number;
  /** Of forgotten days. */
  readonly dayOctets: number;
}

const KIND = 'retention';

/** Adds octets to what is forgotten of users; lock their sessions and usage first. */
export async function addForgotten(
  { dialect, trx, now }: Transaction,
  forgotten: readonly Forgotten[],
): Promise<void> {
  if (forgotten.length === 0) return;
  const userIds = forgotten.map(({ userId }) => userId);
  const known: ForgottenRow[] = await lockRows[dialect](
    trx('usage_adjustments')
      .whereIn('user_id', userIds)
      .where('kind', KIND)
      .orderBy('id')
      .select('id', 'user_id', 'total', 'days'),
  );
  const rows = forgotten.map(({ userId, sessionOctets, dayOctets }) => {
    const before = known.filter((row) => row.user_id === userId);
    return {
      user_id: userId,
      at: now,
      // The total is made of all days; what is gone of them stands here.
      total: before.reduce((sum, row) => sum + row.total, dayOctets),
      // The days are made of all sessions; each side without what is gone of it.
      days: before.reduce((sum, row) => sum + row.days, sessionOctets - dayOctets),
      kind: KIND,
      reason: 'octets of sessions and days that are forgotten',
    };
  });
  await trx('usage_adjustments')
    .whereIn(
      'id',
      known.map(({ id }) => id),
    )
    .delete();
  await trx.batchInsert('usage_adjustments', rows, ROWS_PER_INSERT);
}

/** SQLite takes so many values in one statement. */
const ROWS_PER_INSERT = 100;

interface ForgottenRow {
  readonly id: number;
  readonly user_id: number;
  readonly total: number;
  readonly days: number;
}
