/** Changing usage by hand. */
import { changedFields } from '../audit/changed-fields.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction, type Transaction } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { noteChangedTerms } from '../profiles/changed-terms.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { findByReference, type Reference } from '../profiles/reference.ts';
import { USERS, type UserRow } from '../profiles/user-row.ts';
import { auditedCounters } from './audited-usage.ts';
import {
  type AdjustedCounter,
  adjustCounters,
  type CounterDifference,
  type Counters,
  freshCounters,
  latestSeen,
  rollOver,
} from './counters.ts';
import { effectiveProfileOf } from './effective-profile.ts';
import { isExceeded } from './quota.ts';
import {
  countersFromRow,
  insertAdjustment,
  insertUsageRow,
  lockUsageRow,
  type UsageRow,
  updateUsageRow,
} from './usage-row.ts';

/** A change of counters by hand. */
export interface Adjustment {
  /** Added to the counters; negative octets are given back. */
  readonly octets: number;
  /** Which ones; all four without it. */
  readonly counters?: readonly AdjustedCounter[] | undefined;
  readonly reason: string | null;
  /** Says what would change, and changes nothing. */
  readonly isDryRun?: boolean;
}

/** What a change by hand made of a user's usage. */
export interface AdjustedUsage {
  readonly userId: number;
  readonly username: string;
  readonly before: Counters;
  readonly after: Counters;
  /** What really changed: no counter goes below zero. */
  readonly difference: CounterDifference;
  readonly wasExceeded: boolean;
  readonly isExceeded: boolean;
}

/** Adds octets to all four counters of a user, and says so in `usage_adjustments`; also where usage is exceeded, expired or inactive (contract §3 add_usage). Throws AppError `invalid` unless the octets are a positive whole number that the counters can hold, `not_found` for an unknown user. */
export function addUsage(
  context: CommandContext,
  reference: Reference,
  octets: number,
  reason?: string,
): Promise<AdjustedUsage> {
  if (!Number.isSafeInteger(octets) || octets <= 0) {
    throw new AppError(
      'invalid',
      `bytes_used: expected a positive whole number of octets, got ${String(octets)}`,
    );
  }
  return changeCounters(context, reference, {
    octets,
    reason: reason ?? null,
    kind: 'add_usage',
    field: 'bytes_used',
  });
}

/**
 * Adds octets to a user's counters, or gives octets back (goodwill, a top-up), judges the quota anew and writes what
 * really changed into `usage_adjustments`, all in one transaction. Somebody without usage gets it with the first octets
 * added. Throws AppError `invalid` unless the octets are a whole number other than 0 that the counters can hold and a
 * counter is named, `not_found` for an unknown user and where there is no usage to give back from.
 */
export function adjustUsage(
  context: CommandContext,
  reference: Reference,
  adjustment: Adjustment,
): Promise<AdjustedUsage> {
  const { octets, counters, reason } = adjustment;
  if (!Number.isSafeInteger(octets) || octets === 0) {
    throw new AppError(
      'invalid',
      `octets: expected a whole number of octets other than 0, got ${String(octets)}`,
    );
  }
  if (counters?.length === 0) throw new AppError('invalid', 'counters: expected at least one, got none');
  if (reason?.trim() === '') throw new AppError('invalid', 'reason: expected a text that is not blank');
  return changeCounters(context, reference, { ...adjustment, kind: 'adjust', field: 'octets' });
}

interface Change extends Adjustment {
  readonly kind: 'add_usage' | 'adjust';
  /** What the octets are called where they are refused. */
  readonly field: string;
}

function changeCounters(
  context: CommandContext,
  reference: Reference,
  change: Change,
): Promise<AdjustedUsage> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    const user = await findByReference(transaction.trx, USERS, reference);
    const row = await lockUsageRow(transaction, user.id);
    if (row === undefined && change.octets < 0) throw nothingToGiveBack(user);
    const profile = await effectiveProfileOf(transaction, user.id);
    const stored = row === undefined ? undefined : countersFromRow(row);
    const at = stored === undefined ? transaction.now : latestSeen(stored, transaction.now);
    const starts = context.periodStartsAt(at);
    const before = stored === undefined ? freshCounters(starts, at) : rollOver(stored, starts);
    const { counters: after, difference } = adjustCounters(before, change.octets, change.counters);
    refuseOverflow(after, change.field, user);
    const usage: AdjustedUsage = {
      userId: user.id,
      username: user.username,
      before,
      after,
      difference,
      wasExceeded: isExceeded(before, profile),
      isExceeded: isExceeded(after, profile),
    };
    if (change.isDryRun !== true) await write(transaction, { context, row, usage, change, at });
    return usage;
  });
}

interface Written {
  readonly context: CommandContext;
  /** Undefined where the user had no usage yet. */
  readonly row: UsageRow | undefined;
  readonly usage: AdjustedUsage;
  readonly change: Change;
  readonly at: number;
}

async function write(transaction: Transaction, { context, row, usage, change, at }: Written): Promise<void> {
  const { userId, difference } = usage;
  const state = { counters: usage.after, isExceeded: usage.isExceeded };
  const usageId = row?.id ?? (await insertUsageRow(transaction, userId, { ...state, isActive: true }));
  if (row !== undefined) await updateUsageRow(transaction, userId, state);
  else await noteChangedTerms(transaction, { kind: 'user', id: userId });
  if (Object.values(difference).every((octets) => octets === 0)) return;
  await insertAdjustment(transaction, {
    userId,
    at,
    difference,
    kind: change.kind,
    changedBy: context.actor.name,
    reason: change.reason,
  });
  await recordAudit(transaction, context.actor, {
    action: change.kind,
    objectType: 'usage',
    objectId: usageId,
    ...changedFields(
      auditedCounters(usage.before, usage.wasExceeded),
      auditedCounters(usage.after, usage.isExceeded),
    ),
  });
}

function nothingToGiveBack({ username }: UserRow): AppError {
  const name = JSON.stringify(username);
  return new AppError('not_found', `user ${name} has no usage yet, so there are no octets to give back`);
}

function refuseOverflow(counters: Counters, field: string, { username }: UserRow): void {
  const { usedToday, usedWeek, usedMonth, usedTotal } = counters;
  if ([usedToday, usedWeek, usedMonth, usedTotal].every(Number.isSafeInteger)) return;
  throw new AppError(
    'invalid',
    `${field}: the counters of ${JSON.stringify(username)} would pass ${Number.MAX_SAFE_INTEGER} octets; add less`,
    { field },
  );
}
