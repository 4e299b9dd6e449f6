/** Making, changing and removing usage rows by hand, so that counters can be proved from days and adjustments before and after. */
import { changedFields } from '../audit/changed-fields.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction, type Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import { noteChangedTerms } from '../profiles/changed-terms.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { flag } from '../profiles/row-values.ts';
import { auditedUsage } from './audited-usage.ts';
import { type Counters, freshCounters, latestSeen, rollOver } from './counters.ts';
import { effectiveProfileOf } from './effective-profile.ts';
import { isExceeded } from './quota.ts';
import {
  countersFromRow,
  deleteUsageRow,
  insertAdjustment,
  insertUsageRow,
  lockUsageRow,
  lockUsageRowById,
  type UsageRow,
  updateUsageRow,
} from './usage-row.ts';

/** What people may set on a usage row. */
export interface UsageFields {
  readonly isActive?: boolean | undefined;
  /** When validity began, and the total counts from; epoch milliseconds. */
  readonly activationDate?: number | undefined;
}

/** Begins a user's usage with nothing used and returns the row's id; activation is now where it is not given. Throws AppError `invalid`, naming the field, for an unknown user, for one who has usage, and for an activation no calendar has. */
export function createUsage(
  context: CommandContext,
  { userId, isActive = true, activationDate }: UsageFields & { readonly userId: number },
): Promise<number> {
  checkActivation(activationDate);
  return inTransaction(context.db, context.clock, async (transaction) => {
    await lockUser(transaction, userId);
    if ((await lockUsageRow(transaction, userId)) !== undefined) {
      throw invalidUser('Utilisation de profil with this user already exists.');
    }
    const { now } = transaction;
    const counters = freshCounters(context.periodStartsAt(now), activationDate ?? now);
    const profile = await effectiveProfileOf(transaction, userId);
    const state = { counters, isExceeded: isExceeded(counters, profile), isActive };
    const id = await insertUsageRow(transaction, userId, state);
    await noteChangedTerms(transaction, { kind: 'user', id: userId });
    await recordAudit(transaction, context.actor, {
      action: 'create',
      objectType: 'usage',
      objectId: id,
      after: auditedUsage({ userId, ...state }),
    });
    return id;
  });
}

/** Changes the given fields of a usage row; its counters stay. Throws AppError `not_found`, and `invalid`, naming the field, for an activation no calendar has and for another user: octets belong to whoever used them. */
export function updateUsage(
  context: CommandContext,
  id: number,
  { userId, isActive, activationDate }: UsageFields & { readonly userId?: number | undefined },
): Promise<void> {
  checkActivation(activationDate);
  return inTransaction(context.db, context.clock, async (transaction) => {
    const row = await lockUsageRowById(transaction, id);
    if (userId !== undefined && userId !== row.user_id) {
      throw invalidUser(`The usage of user ${row.user_id} cannot become that of another user.`);
    }
    const { counters } = current(context, transaction, row);
    const after = { ...counters, ...(activationDate === undefined ? {} : { activationDate }) };
    const profile = await effectiveProfileOf(transaction, row.user_id);
    const state = {
      counters: after,
      isExceeded: isExceeded(after, profile),
      isActive: isActive ?? flag(row.is_active),
    };
    await updateUsageRow(transaction, row.user_id, state);
    const audited = changedFields(auditedRow(row, counters), auditedUsage({ userId: row.user_id, ...state }));
    if (audited === undefined) return;
    await recordAudit(transaction, context.actor, {
      action: 'update',
      objectType: 'usage',
      objectId: id,
      ...audited,
    });
  });
}

/** Removes a usage row; the user's next octets begin a new one with nothing used. Days and sessions stay, and what the counters held is taken back in `usage_adjustments`. Throws AppError `not_found`. */
export function deleteUsage(context: CommandContext, id: number): Promise<void> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    const row = await lockUsageRowById(transaction, id);
    const { counters, at } = current(context, transaction, row);
    await deleteUsageRow(transaction, row.user_id);
    const difference = {
      today: 0 - counters.usedToday,
      week: 0 - counters.usedWeek,
      month: 0 - counters.usedMonth,
      total: 0 - counters.usedTotal,
    };
    if (Object.values(difference).some((octets) => octets !== 0)) {
      const changedBy = context.actor.name;
      const note = { kind: 'usage_deleted', changedBy, reason: null };
      await insertAdjustment(transaction, { userId: row.user_id, at, difference, ...note });
    }
    await recordAudit(transaction, context.actor, {
      action: 'delete',
      objectType: 'usage',
      objectId: id,
      before: auditedRow(row, counters),
    });
  });
}

/** Returns a row's counters in the current periods, and the latest instant they have seen. */
function current(context: CommandContext, { now }: Transaction, row: UsageRow) {
  const stored = countersFromRow(row);
  const at = latestSeen(stored, now);
  return { counters: rollOver(stored, context.periodStartsAt(at)), at };
}

function auditedRow(row: UsageRow, counters: Counters) {
  const { user_id: userId } = row;
  return auditedUsage({
    userId,
    counters,
    isExceeded: flag(row.is_exceeded),
    isActive: flag(row.is_active),
  });
}

/** Deleting a user and beginning their usage must not pass each other. */
async function lockUser({ dialect, trx }: Transaction, userId: number): Promise<void> {
  const [user]: { id: number }[] = await lockRows[dialect](trx('users').where('id', userId).select('id'));
  if (user === undefined) throw invalidUser(`Invalid pk "${userId}" - object does not exist.`);
}

function invalidUser(message: string): AppError {
  return new AppError('invalid', message, { field: 'user' });
}

const ACTIVATION_MIN = Date.parse('1970-01-01T00:00:00Z');
/** Far enough for anybody, and validity still ends in a year of four digits. */
const ACTIVATION_MAX = Date.parse('2999-12-31T23:59:59Z');

function checkActivation(activationDate: number | undefined): void {
  if (activationDate === undefined) return;
  if (activationDate >= ACTIVATION_MIN && activationDate <= ACTIVATION_MAX) return;
  const message = 'activation_date: expected a time from 1970 to 2999';
  throw new AppError('invalid', message, { field: 'activation_date' });
}
