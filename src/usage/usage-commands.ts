/** Changing usage by hand. */
import { inTransaction, type Transaction } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import type { Profile } from '../profiles/profile.ts';
import { type ProfileRow, profileFromRow } from '../profiles/profile-row.ts';
import { findByReference, type Reference } from '../profiles/reference.ts';
import { USERS } from '../profiles/user-row.ts';
import { addOctets, type CounterDifference, type Counters, freshCounters, rollOver } from './counters.ts';
import { isExceeded } from './quota.ts';
import {
  countersFromRow,
  insertAdjustment,
  insertUsageRow,
  lockUsageRow,
  updateUsageRow,
} from './usage-row.ts';

/** Adds octets to all four counters of a user, and says so in `usage_adjustments`; also where usage is exceeded, expired or inactive (contract §3 add_usage). Throws AppError `invalid` unless the octets are a positive whole number that the counters can hold, `not_found` for an unknown user. */
export function addUsage(
  context: CommandContext,
  reference: Reference,
  octets: number,
  reason?: string,
): Promise<void> {
  if (!Number.isSafeInteger(octets) || octets <= 0) {
    throw new AppError(
      'invalid',
      `bytes_used: expected a positive whole number of octets, got ${String(octets)}`,
    );
  }
  return inTransaction(context.db, context.clock, async (transaction) => {
    const { trx, now } = transaction;
    const user = await findByReference(trx, USERS, reference);
    const row = await lockUsageRow(transaction, user.id);
    const profile = await effectiveProfileOf(transaction, user.id);
    const current = context.periodStartsAt(now);
    const before = row === undefined ? freshCounters(current, now) : rollOver(countersFromRow(row), current);
    const { counters } = addOctets(before, { octets, eventAt: now, current });
    refuseOverflow(counters, user.username);
    const state = { counters, isExceeded: isExceeded(counters, profile) };
    if (row === undefined) await insertUsageRow(transaction, user.id, { ...state, isActive: true });
    else await updateUsageRow(transaction, user.id, state);
    await insertAdjustment(transaction, {
      userId: user.id,
      difference: differenceOf(before, counters),
      kind: 'add_usage',
      changedBy: context.actor.name,
      reason: reason ?? null,
    });
  });
}

async function effectiveProfileOf({ trx }: Transaction, userId: number): Promise<Profile | null> {
  const [row]: ProfileRow[] = await trx('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .joinRaw('INNER JOIN profiles ON profiles.id = COALESCE(users.profile_id, promotions.profile_id)')
    .where('users.id', userId)
    .select('profiles.*');
  return row === undefined ? null : profileFromRow(row);
}

function refuseOverflow(counters: Counters, username: string): void {
  if (Number.isSafeInteger(counters.usedTotal) && Number.isSafeInteger(counters.usedMonth)) return;
  throw new AppError(
    'invalid',
    `bytes_used: the counters of ${JSON.stringify(username)} would pass ${Number.MAX_SAFE_INTEGER} octets; add less`,
  );
}

function differenceOf(before: Counters, after: Counters): CounterDifference {
  return {
    today: after.usedToday - before.usedToday,
    week: after.usedWeek - before.usedWeek,
    month: after.usedMonth - before.usedMonth,
    total: after.usedTotal - before.usedTotal,
  };
}
