/** One piece of a sweep of resets: rows that are due, locked, judged and written. */
import type { Knex } from 'knex';
import type { Actor } from '../audit/actor.ts';
import { onlyOne, recordAudit } from '../audit/record-audit.ts';
import type { Transaction } from '../db/database.ts';
import { instantToText, lockFreeRows, lockRows } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import { rollOver } from './counters.ts';
import {
  type DueResets,
  onlyDue,
  RESET_COLUMNS,
  type ResetUsage,
  resetUsageOf,
  usersOf,
} from './due-resets-queries.ts';
import type { Calendar } from './period.ts';
import { isExceeded } from './quota.ts';
import { storedTimezoneIn } from './stored-timezone.ts';
import { countersFromRow, type UsageRow } from './usage-row.ts';

/**
 * Rolls those of some usages over that are due, writes that down for whoever asked, and returns them, the newest first.
 * A rollover needs no adjustment: the counter stands in another period from then on, of which days and adjustments make
 * nothing yet. `waits` says whether rows that others have locked are waited for or left out. Throws AppError `conflict`
 * where the database is in another zone than the calendar.
 */
export async function resetDue(
  transaction: Transaction,
  { ids, waits = false, calendar, actor, ...due }: ResetDue,
): Promise<ResetUsage[]> {
  const { dialect, trx, now } = transaction;
  const lock = waits ? lockRows[dialect] : lockFreeRows[dialect];
  const rows: UsageRow[] = await lock(onlyDue(trx('user_profile_usage').whereIn('id', ids), due).select('*'));
  if (rows.length === 0) return [];
  // After the rows are locked: a change of the zone either sees them rolled over, or is seen here.
  await refuseOtherZone(transaction, calendar);
  rows.sort((a, b) => b.id - a.id);
  const users = await usersOf(trx, rows);
  const starts = calendar.periodStarts(Math.max(now, due.startsAt));
  const exceeded = rows.filter((row) =>
    isExceeded(rollOver(countersFromRow(row), starts), users.get(row.user_id)?.allowances ?? null),
  );
  const { counter, resetAt } = RESET_COLUMNS[due.period];
  const startText = instantToText(due.startsAt);
  await onlyDue(
    trx('user_profile_usage').whereIn(
      'id',
      rows.map(({ id }) => id),
    ),
    due,
  ).update({
    [counter]: 0,
    [resetAt]: startText,
    is_exceeded: isAmong(
      trx,
      exceeded.map(({ id }) => id),
    ),
    updated_at: instantToText(now),
  });
  const reset = rows.map((row) => resetUsageOf(row, due, users));
  if (actor !== undefined) await auditReset(transaction, actor, { due, reset });
  return reset;
}

export interface ResetDue extends DueResets {
  readonly ids: readonly number[];
  readonly waits?: boolean | undefined;
  readonly calendar: Calendar;
  /** Absent where it is a running radmeter's own doing, which needs no audit. */
  readonly actor?: Actor | undefined;
}

function isAmong(trx: Knex.Transaction, ids: readonly number[]): Knex.Raw {
  if (ids.length === 0) return trx.raw('0');
  return trx.raw(`CASE WHEN id IN (${ids.map(() => '?').join(', ')}) THEN 1 ELSE 0 END`, [...ids]);
}

async function refuseOtherZone(transaction: Transaction, { timezone }: Calendar): Promise<void> {
  const stored = await storedTimezoneIn(transaction);
  if (stored === undefined || stored === timezone) return;
  throw new AppError(
    'conflict',
    `the time zone was changed from ${timezone} to ${stored} meanwhile; begin the reset again`,
  );
}

async function auditReset(
  transaction: Transaction,
  actor: Actor,
  { due, reset }: { due: DueResets; reset: readonly ResetUsage[] },
): Promise<void> {
  const ids = reset.map(({ id }) => id);
  const { counter, resetAt } = RESET_COLUMNS[due.period];
  await recordAudit(transaction, actor, {
    action: `reset_${due.period}`,
    objectType: 'usage',
    objectId: onlyOne(ids),
    before: { ids, [counter]: reset.map(({ usedOctets }) => usedOctets) },
    after: { ids, [counter]: 0, [resetAt]: instantToText(due.startsAt) },
  });
}
