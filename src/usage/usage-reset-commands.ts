/** Resetting counters by hand (contract §3 reset_*). */
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction } from '../db/database.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { flag } from '../profiles/row-values.ts';
import { auditedUsage } from './audited-usage.ts';
import { type CounterDifference, type Counters, latestSeen, rollOver } from './counters.ts';
import { effectiveProfileOf } from './effective-profile.ts';
import { isExceeded } from './quota.ts';
import { countersFromRow, insertAdjustment, lockUsageRowById, updateUsageRow } from './usage-row.ts';

/** What is reset: one period's counter, or all four with a new activation. */
export const RESETS = ['daily', 'weekly', 'monthly', 'all'] as const;
export type Reset = (typeof RESETS)[number];

/** Zeroes counters of a usage row from now on, says so in `usage_adjustments`, and judges the quota anew: a limit of 0 stays exceeded (contract §0.7). Throws AppError `not_found`. */
export function resetUsage(context: CommandContext, id: number, reset: Reset): Promise<void> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    const row = await lockUsageRowById(transaction, id);
    const { user_id: userId } = row;
    const stored = countersFromRow(row);
    const at = latestSeen(stored, transaction.now);
    const before = rollOver(stored, context.periodStartsAt(at));
    const after = { ...before, ...ZEROED[reset](at) };
    const profile = await effectiveProfileOf(transaction, userId);
    const state = { counters: after, isExceeded: isExceeded(after, profile) };
    await updateUsageRow(transaction, userId, state);
    const difference = differenceOf(before, after);
    const kind = `reset_${reset}`;
    if (Object.values(difference).some((octets) => octets !== 0)) {
      const note = { kind, changedBy: context.actor.name, reason: null };
      await insertAdjustment(transaction, { userId, at, difference, ...note });
    }
    const isActive = flag(row.is_active);
    await recordAudit(transaction, context.actor, {
      action: kind,
      objectType: 'usage',
      objectId: id,
      before: auditedUsage({ userId, isActive, counters: before, isExceeded: flag(row.is_exceeded) }),
      after: auditedUsage({ userId, isActive, ...state }),
    });
  });
}

/** What each reset sets, at an instant (epoch milliseconds); a manual reset counts from now and not from the period's start (contract §0.5). */
const ZEROED: Readonly<Record<Reset, (at: number) => Partial<Counters>>> = {
  daily: (at) => ({ usedToday: 0, lastDailyReset: at }),
  weekly: (at) => ({ usedWeek: 0, lastWeeklyReset: at }),
  monthly: (at) => ({ usedMonth: 0, lastMonthlyReset: at }),
  all: (at) => ({
    usedToday: 0,
    usedWeek: 0,
    usedMonth: 0,
    usedTotal: 0,
    lastDailyReset: at,
    lastWeeklyReset: at,
    lastMonthlyReset: at,
    activationDate: at,
  }),
};

function differenceOf(before: Counters, after: Counters): CounterDifference {
  return {
    today: after.usedToday - before.usedToday,
    week: after.usedWeek - before.usedWeek,
    month: after.usedMonth - before.usedMonth,
    total: after.usedTotal - before.usedTotal,
  };
}
