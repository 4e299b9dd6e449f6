/** Octets that another system counted and that its sessions now explain: they must not count twice. */
import type { BatchTransaction, Column, KeyedSelect } from '../db/batch.ts';
import { columnsNamed } from '../db/batch.ts';
import type { MeterOutcome } from '../metering.ts';
import type { PeriodStarts } from '../profiles/command-context.ts';
import type { CounterDifference, Counters } from '../usage/counters.ts';
import { type Allowances, isExceeded } from '../usage/quota.ts';

/** The kinds of adjustments that brought another system's counters, and the one that takes from them. */
const CREDITS = ['import_legacy', 'migrate_quotas', 'opening'];
const EXPLAINED = 'import_radacct';

interface AdjustmentRow extends CounterDifference {
  readonly user_id: number;
  readonly at: number;
  readonly kind: string;
}

/** What a batch of sessions made of one user's counters. */
export interface GrownUsage {
  readonly userId: number;
  readonly counters: Counters;
  readonly growth: CounterDifference;
  readonly allowances: Allowances | null;
}

/** Returns what the counters of each user grew by; octets of before a counter's last reset are none of its. */
export function grownUsage(outcomes: readonly MeterOutcome[]): Map<number, GrownUsage> {
  const grown = new Map<number, GrownUsage>();
  for (const outcome of outcomes) {
    if (outcome.kind !== 'recorded' || outcome.usage === undefined) continue;
    const { usage, record, delta, subscriber } = outcome;
    const { userId, counters } = usage;
    const octets = delta.input + delta.output;
    const known = grown.get(userId)?.growth ?? { today: 0, week: 0, month: 0, total: 0 };
    const counted = (since: number) => (record.eventAt >= since ? octets : 0);
    grown.set(userId, {
      userId,
      counters,
      growth: {
        today: known.today + counted(counters.lastDailyReset),
        week: known.week + counted(counters.lastWeeklyReset),
        month: known.month + counted(counters.lastMonthlyReset),
        total: known.total + counted(counters.activationDate),
      },
      allowances: subscriber?.terms ?? null,
    });
  }
  return grown;
}

/** What is left of what another system counted, by user. */
export type Credits = ReadonlyMap<number, CounterDifference>;

/** Reads what is left of it; it is there after the next flush. Whoever writes adjustments locks the user's usage first, so lock that before. */
export function selectCredits(
  batch: BatchTransaction,
  userIds: readonly number[],
  starts: PeriodStarts,
): () => Credits {
  const adjustments = batch.select<AdjustmentRow>(ADJUSTMENTS, userIds);
  return () => creditsOf(adjustments.rows(), starts);
}

/** Takes from a user's counters what sessions added and another system had counted before, and says so in `usage_adjustments`: the greater of the two counts remains. */
export function takeExplained(
  batch: BatchTransaction,
  credits: Credits,
  { userId, counters, growth, allowances }: GrownUsage,
): void {
  const credit = credits.get(userId);
  if (credit === undefined) return;
  const explained = {
    today: lesser(growth.today, credit.today),
    week: lesser(growth.week, credit.week),
    month: lesser(growth.month, credit.month),
    total: lesser(growth.total, credit.total),
  };
  if (Object.values(explained).every((octets) => octets === 0)) return;
  const left = {
    usedToday: counters.usedToday - explained.today,
    usedWeek: counters.usedWeek - explained.week,
    usedMonth: counters.usedMonth - explained.month,
    usedTotal: counters.usedTotal - explained.total,
  };
  batch.change(
    'UPDATE user_profile_usage SET used_today = ?, used_week = ?, used_month = ?, used_total = ?, is_exceeded = ? WHERE user_id = ?',
    [
      ...Object.values(left).map((octets) => ['number', octets] as const),
      ['number', Number(isExceeded(left, allowances))],
      ['number', userId],
    ],
  );
  batch.insert('usage_adjustments', COLUMNS, [{ userId, at: batch.now, explained }]);
}

function lesser(growth: number, credit: number): number {
  return Math.max(0, Math.min(growth, credit));
}

/** What is left of the credit in the periods that are current. */
function creditsOf(rows: readonly AdjustmentRow[], starts: PeriodStarts): Map<number, CounterDifference> {
  const credits = new Map<number, CounterDifference>();
  for (const row of rows) {
    if (row.kind !== EXPLAINED && !CREDITS.includes(row.kind)) continue;
    const { today, week, month, total } = credits.get(row.user_id) ?? {
      today: 0,
      week: 0,
      month: 0,
      total: 0,
    };
    credits.set(row.user_id, {
      today: today + (row.at >= starts.day ? row.today : 0),
      week: week + (row.at >= starts.week ? row.week : 0),
      month: month + (row.at >= starts.month ? row.month : 0),
      total: total + row.total,
    });
  }
  return credits;
}

const ADJUSTMENTS: KeyedSelect = {
  columns: columnsNamed('user_id, at, today, week, month, total, kind'),
  from: 'FROM usage_adjustments WHERE user_id',
  kind: 'number',
  orderBy: 'id',
  isLocked: false,
};

interface Explained {
  readonly userId: number;
  readonly at: number;
  readonly explained: CounterDifference;
}

const COLUMNS: readonly Column<Explained>[] = [
  { name: 'user_id', kind: 'number', value: ({ userId }) => userId },
  { name: 'at', kind: 'number', value: ({ at }) => at },
  { name: 'today', kind: 'number', value: ({ explained }) => 0 - explained.today },
  { name: 'week', kind: 'number', value: ({ explained }) => 0 - explained.week },
  { name: 'month', kind: 'number', value: ({ explained }) => 0 - explained.month },
  { name: 'total', kind: 'number', value: ({ explained }) => 0 - explained.total },
  { name: 'kind', kind: 'text', value: () => EXPLAINED },
  { name: 'reason', kind: 'text', value: () => 'counted by the system before, and by its sessions' },
];
