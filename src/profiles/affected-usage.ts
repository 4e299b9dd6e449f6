/** What a change of profiles does to the usage rows of the users it concerns, however many: every function is a fixed number of statements. */
import type { Knex } from 'knex';
import type { Transaction } from '../db/database.ts';
import { instantToText, lockRows, updateJoined } from '../db/dialect.ts';
import type { PeriodStarts } from './command-context.ts';
import { exceededSql } from './exceeded-sql.ts';

/** A query of the users concerned: `user_id`, `old_profile_id` and `new_profile_id`, their effective profiles (null = default) before and after. */
export type ChangesQuery = Knex.QueryBuilder;

/** Who is written beside the octets a change takes away. */
export interface AdjustmentNote {
  readonly changedBy: string;
  readonly reason: string | null;
}

const COUNTERS = {
  today: 'used_today',
  week: 'used_week',
  month: 'used_month',
  total: 'used_total',
} as const;

const ROLLED_COUNTERS = [
  { period: 'day', counter: 'used_today', resetAt: 'last_daily_reset' },
  { period: 'week', counter: 'used_week', resetAt: 'last_weekly_reset' },
  { period: 'month', counter: 'used_month', resetAt: 'last_monthly_reset' },
] as const;

/** Locks the usage rows of the users concerned. */
export async function lockAffectedUsage({ dialect, trx }: Transaction, changes: ChangesQuery): Promise<void> {
  const rows = trx('user_profile_usage').join(changes.clone().as('source'), joinedOnUser).count('* as rows');
  await lockRows[dialect](rows);
}

/** Rolls the counters of the users concerned over to the current periods, so that what follows sees no octets of an earlier one (design §2.3). */
export async function rollOverAffectedUsage(
  { dialect, trx, now }: Transaction,
  changes: ChangesQuery,
  starts: PeriodStarts,
): Promise<void> {
  for (const { period, counter, resetAt } of ROLLED_COUNTERS) {
    const startText = instantToText(starts[period]);
    await updateJoined[dialect](trx, {
      table: 'user_profile_usage',
      source: changes.clone(),
      key: 'user_id',
      set: { [counter]: 0, [resetAt]: startText, updated_at: instantToText(now) },
      where: trx.raw('target.?? < ?', [resetAt, startText]),
    });
  }
}

/** Zeroes the counters and starts a new activation for users who go from one profile to another, or get one again after a removal (contract §0.3); the octets taken away stand in `usage_adjustments`. */
export async function resetAffectedUsage(
  transaction: Transaction,
  changes: ChangesQuery,
  note: AdjustmentNote,
): Promise<void> {
  const { dialect, trx, now } = transaction;
  const at = instantToText(now);
  const restarts = changesThatRestart(trx, changes);
  await writeAdjustments(transaction, restarts, note);
  await updateJoined[dialect](trx, {
    table: 'user_profile_usage',
    source: restarts,
    key: 'user_id',
    set: {
      ...Object.fromEntries(Object.values(COUNTERS).map((counter) => [counter, 0])),
      ...Object.fromEntries(ROLLED_COUNTERS.map(({ resetAt }) => [resetAt, at])),
      activation_date: at,
      updated_at: at,
    },
  });
}

/** Creates the usage rows that users with a profile from now on do not have yet. */
export async function createMissingUsage({ trx, now }: Transaction, changes: ChangesQuery): Promise<void> {
  const at = instantToText(now);
  const zero = trx.raw('0');
  const instant = trx.raw('?', [at]);
  const columns = {
    ...Object.fromEntries(Object.values(COUNTERS).map((counter) => [counter, zero])),
    ...Object.fromEntries(ROLLED_COUNTERS.map(({ resetAt }) => [resetAt, instant])),
    activation_date: instant,
    is_exceeded: zero,
    is_active: trx.raw('1'),
    created_at: instant,
    updated_at: instant,
  };
  const missing = trx(changes.clone().as('source'))
    .leftJoin('user_profile_usage as existing', 'existing.user_id', 'source.user_id')
    .whereNull('existing.user_id')
    .whereNotNull('source.new_profile_id')
    .select('source.user_id', ...Object.values(columns));
  await trx(trx.raw('?? (??, ??)', ['user_profile_usage', 'user_id', Object.keys(columns)])).insert(missing);
}

/** Restates `is_exceeded` and `is_active` of the users concerned under the profiles they get; without one, usage is neither exceeded nor active. */
export async function restateAffectedUsage(
  { dialect, trx, now }: Transaction,
  changes: ChangesQuery,
): Promise<void> {
  await updateJoined[dialect](trx, {
    table: 'user_profile_usage',
    source: withNewTerms(trx, changes),
    key: 'user_id',
    set: {
      is_active: trx.raw('CASE WHEN source.new_profile_id IS NULL THEN 0 ELSE 1 END'),
      is_exceeded: trx.raw(exceededSql('target', 'source')),
      updated_at: instantToText(now),
    },
  });
}

/** Restates only `is_exceeded`, for users whose profile stays but whose limits change; rows it would not change are left alone. */
export async function restateExceeded(
  { dialect, trx, now }: Transaction,
  changes: ChangesQuery,
): Promise<void> {
  const exceeded = exceededSql('target', 'source');
  await updateJoined[dialect](trx, {
    table: 'user_profile_usage',
    source: withNewTerms(trx, changes),
    key: 'user_id',
    set: { is_exceeded: trx.raw(exceeded), updated_at: instantToText(now) },
    where: trx.raw(`target.is_exceeded <> ${exceeded}`),
  });
}

/** A first profile leaves the counters alone, unless one was removed before: then nothing of that time may count against the new one. */
function changesThatRestart(trx: Knex.Transaction, changes: ChangesQuery): ChangesQuery {
  const wasRemoved = trx('profile_history as past')
    .where('past.user_id', trx.ref('changed.user_id'))
    .where('past.change_type', 'removed')
    .select(trx.raw('1'));
  return trx(changes.clone().as('changed'))
    .whereNotNull('changed.new_profile_id')
    .where((either) => either.whereNotNull('changed.old_profile_id').orWhereExists(wasRemoved))
    .select('changed.user_id');
}

async function writeAdjustments(
  { trx, now }: Transaction,
  restarts: ChangesQuery,
  note: AdjustmentNote,
): Promise<void> {
  const counters = Object.values(COUNTERS);
  const differences = trx('user_profile_usage')
    .join(restarts.clone().as('source'), joinedOnUser)
    .where((any) => {
      for (const counter of counters) any.orWhere(`user_profile_usage.${counter}`, '<>', 0);
    })
    .select('user_profile_usage.user_id', trx.raw('?', [now]))
    .select(counters.map((counter) => trx.raw('-??', [`user_profile_usage.${counter}`])))
    .select(trx.raw('?, ?, ?', ['profile_change', note.changedBy, note.reason]));
  const columns = ['user_id', 'at', ...Object.keys(COUNTERS), 'kind', 'changed_by', 'reason'];
  await trx(trx.raw('?? (??)', ['usage_adjustments', columns])).insert(differences);
}

function withNewTerms(trx: Knex.Transaction, changes: ChangesQuery): Knex.QueryBuilder {
  return trx(changes.clone().as('changed'))
    .leftJoin('profiles as terms', 'terms.id', 'changed.new_profile_id')
    .select('changed.user_id', 'changed.new_profile_id', 'terms.quota_type', 'terms.data_volume')
    .select('terms.daily_limit', 'terms.weekly_limit', 'terms.monthly_limit');
}

function joinedOnUser(on: Knex.JoinClause): void {
  on.on('user_profile_usage.user_id', '=', 'source.user_id');
}
