/** Forgetting what users used on days long ago; their totals keep it. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { gently } from '../db/gently.ts';
import { windowsUp } from '../db/id-windows.ts';
import { restateExceeded, rollOverAffectedUsage } from '../profiles/affected-usage.ts';
import { addForgotten } from './forgotten-store.ts';
import type { Calendar } from './period.ts';

export interface UsageDayRetentionOptions {
  readonly db: Database;
  readonly clock: Clock;
  /** In the zone of the database. */
  readonly calendar: Calendar;
  /** Days before the one of this instant (epoch milliseconds) are forgotten; it must lie before the current month and week. */
  readonly before: number;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  /** Told of each piece: how many rows. */
  readonly onForgotten: (count: number) => void;
}

const WINDOW_ROWS = 1_000;

/** Forgets days a piece at a time and returns how many rows those were. A counter that stands in such a day is rolled over first, as the calendar would have it long since. */
export async function retainUsageDays(options: UsageDayRetentionOptions): Promise<number> {
  const { db, calendar, before, signal } = options;
  const firstKept = calendar.dayOf(before).date;
  let count = 0;
  for await (const { low, high } of windowsUp(db, 'usage_days', { rows: WINDOW_ROWS, id: 'user_id' })) {
    if (signal.aborted) break;
    const piece = { low, high, firstKept };
    const forgotten = await gently(() => forgetPiece(options, piece));
    count += forgotten;
    if (forgotten > 0) options.onForgotten(forgotten);
  }
  return count;
}

/** Users from `low` to `high`, and the first day that is kept (YYYY-MM-DD). */
interface Piece {
  readonly low: number;
  readonly high: number;
  readonly firstKept: string;
}

interface UserDays {
  readonly user_id: number;
  readonly octets: number;
  readonly rows: number;
}

async function forgetPiece(
  { db, clock, calendar, isDryRun }: UsageDayRetentionOptions,
  piece: Piece,
): Promise<number> {
  const seen: UserDays[] = await oldDays(db.knex, piece);
  if (seen.length === 0 || isDryRun) return rowsOf(seen);
  return inTransaction(db, clock, (transaction) => forgetDays(transaction, piece, calendar));
}

/** Locks usage before days, as everybody does. */
async function forgetDays(transaction: Transaction, piece: Piece, calendar: Calendar): Promise<number> {
  const { dialect, trx, now } = transaction;
  const { low, high, firstKept } = piece;
  await lockRows[dialect](
    trx('user_profile_usage').where('user_id', '>=', low).where('user_id', '<=', high).select('id'),
  );
  const users = trx('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .where('users.id', '>=', low)
    .where('users.id', '<=', high)
    .select('users.id as user_id')
    .select(trx.raw('COALESCE(users.profile_id, promotions.profile_id) as new_profile_id'));
  await rollOverAffectedUsage(transaction, users, calendar.periodStarts(now));
  await restateExceeded(transaction, users);
  const days: UserDays[] = await oldDays(trx, piece);
  await trx('usage_days')
    .where('user_id', '>=', low)
    .where('user_id', '<=', high)
    .where('day', '<', firstKept)
    .delete();
  await addForgotten(
    transaction,
    days.map(({ user_id: userId, octets }) => ({ userId, sessionOctets: 0, dayOctets: octets })),
  );
  return rowsOf(days);
}

function oldDays(knex: Database['knex'], { low, high, firstKept }: Piece): Promise<UserDays[]> {
  return knex('usage_days')
    .where('user_id', '>=', low)
    .where('user_id', '<=', high)
    .where('day', '<', firstKept)
    .groupBy('user_id')
    .select('user_id', knex.raw('SUM(input_octets) + SUM(output_octets) as octets'))
    .count('* as rows');
}

function rowsOf(days: readonly UserDays[]): number {
  return days.reduce((sum, { rows }) => sum + rows, 0);
}
