/** What imported users lack once their rows are here: usage for whoever has a profile, and verdicts by the profiles as they are now. */
import { inTransaction, type Transaction } from '../db/database.ts';
import { instantToText, lockRows } from '../db/dialect.ts';
import { gently } from '../db/gently.ts';
import { restateExceeded, rollOverAffectedUsage } from '../profiles/affected-usage.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { auditedUsage } from '../usage/audited-usage.ts';
import { freshCounters } from '../usage/counters.ts';
import { inSlices, ROWS_TO_AN_INSERT } from './imported-rows.ts';

const USERS_TOGETHER = 500;

/** Begins the usage of users with a profile and none yet, from the start of today's, this week's and this month's counters, and recomputes who exceeds a quota; returns how many began. */
export async function completeUsers(
  context: CommandContext,
  userIds: readonly number[],
  { mayHaveNewLimits }: { readonly mayHaveNewLimits: boolean },
): Promise<number> {
  let begun = 0;
  const sorted = [...new Set(userIds)].sort((one, other) => one - other);
  for (const ids of inSlices(sorted, USERS_TOGETHER)) {
    begun += await gently(() =>
      inTransaction(context.db, context.clock, async (transaction) => {
        const missing = await beginUsage(transaction, context, { userIds: ids, isProfileNeeded: true });
        if (mayHaveNewLimits) await restate(transaction, context, ids);
        return missing;
      }),
    );
  }
  return begun;
}

/**
 * Lets sessions of before now count for users: begins the usage of whoever has none, and moves the beginnings of
 * counters that were begun, not reset, to those of their periods; the total's to that of today, so that it holds what
 * today does.
 */
export async function prepareUsage(context: CommandContext, userIds: readonly number[]): Promise<void> {
  const ids = [...new Set(userIds)].sort((one, other) => one - other);
  if (ids.length === 0) return;
  await inTransaction(context.db, context.clock, async (transaction) => {
    await beginUsage(transaction, context, { userIds: ids, isProfileNeeded: false });
    const starts = context.periodStartsAt(transaction.now);
    for (const [column, start] of [
      ['last_daily_reset', starts.day],
      ['last_weekly_reset', starts.week],
      ['last_monthly_reset', starts.month],
      // Today and no earlier: validity counts from here.
      ['activation_date', starts.day],
    ] as const) {
      await transaction
        .trx('user_profile_usage')
        .whereIn('user_id', ids)
        .whereRaw('?? = created_at', [column])
        .where(column, '>', instantToText(start))
        .update({ [column]: instantToText(start) });
    }
  });
}

/** Returns how many of these users have no usage, and begins it; locks the users' usage. */
async function beginUsage(
  transaction: Transaction,
  context: CommandContext,
  { userIds, isProfileNeeded }: { readonly userIds: readonly number[]; readonly isProfileNeeded: boolean },
): Promise<number> {
  const { dialect, trx, now } = transaction;
  await lockRows[dialect](trx('user_profile_usage').whereIn('user_id', userIds).select('user_id'));
  const users = trx('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .leftJoin('user_profile_usage', 'user_profile_usage.user_id', 'users.id')
    .whereIn('users.id', userIds)
    .whereNull('user_profile_usage.id')
    .select('users.id');
  if (isProfileNeeded) users.whereRaw('COALESCE(users.profile_id, promotions.profile_id) IS NOT NULL');
  const lacking: { id: number }[] = await users;
  const starts = context.periodStartsAt(now);
  // Today and no earlier: validity counts from here, and nobody is to be expired by being imported.
  const counters = freshCounters(starts, starts.day);
  const at = instantToText(now);
  for (const some of inSlices(lacking, ROWS_TO_AN_INSERT)) {
    await trx('user_profile_usage').insert(
      some.map(({ id: userId }) => ({
        ...auditedUsage({ userId, counters, isExceeded: false, isActive: true }),
        created_at: at,
        updated_at: at,
      })),
    );
  }
  await restate(
    transaction,
    context,
    lacking.map(({ id }) => id),
  );
  return lacking.length;
}

async function restate(
  transaction: Transaction,
  context: CommandContext,
  userIds: readonly number[],
): Promise<void> {
  if (userIds.length === 0) return;
  const { trx, now } = transaction;
  const concerned = trx('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .whereIn('users.id', userIds)
    .select(
      'users.id as user_id',
      trx.raw('COALESCE(users.profile_id, promotions.profile_id) as new_profile_id'),
    );
  await rollOverAffectedUsage(transaction, concerned, context.periodStartsAt(now));
  await restateExceeded(transaction, concerned);
}
