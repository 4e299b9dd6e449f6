/** What the two equations of one chunk of users rest on, read from one state of the database in five statements. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { instantFromText } from '../db/dialect.ts';
import { inSnapshot, type Snapshot } from '../db/snapshot.ts';
import type { CounterDifference } from './counters.ts';
import type { Period, Periods } from './period.ts';
import { Cuts } from './sums-by-cut.ts';
import type { UsageRow } from './usage-row.ts';

/** Half-open at its lower end: users with `after` < id <= `to`. */
export interface ChunkRange {
  readonly after: number;
  readonly to: number;
}

/** Octets, and what they are counted between. */
export interface Part {
  readonly part: number;
}
export interface DayPart extends Part {
  readonly octets: number;
}
export interface AdjustmentPart extends Part, CounterDifference {
  /** Octets of forgotten sessions, less those of forgotten days. */
  readonly days: number;
}

/** The columns of a usage row that the equations speak of; instants are UTC text. */
export type CheckedRow = Pick<
  UsageRow,
  | 'user_id'
  | 'used_today'
  | 'used_week'
  | 'used_month'
  | 'used_total'
  | 'last_daily_reset'
  | 'last_weekly_reset'
  | 'last_monthly_reset'
>;

/** Everything of one user; the parts lie between the chunk's cuts. */
export interface UserFacts {
  readonly userId: number;
  /** Undefined where rows are left of a user who is none. */
  readonly username: string | undefined;
  readonly row: CheckedRow | undefined;
  readonly days: readonly DayPart[];
  readonly adjustments: readonly AdjustmentPart[];
  /** Octets of the user's sessions that somebody was charged for. */
  readonly meteredOctets: number;
}

/** The users of a chunk and the cuts their parts lie between. */
export interface Chunk {
  readonly range: ChunkRange;
  /** How many users the chunk has, those without any usage included. */
  readonly userCount: number;
  readonly users: readonly UserFacts[];
  readonly dates: Cuts<string>;
  readonly instants: Cuts<number>;
}

/** Returns the period of each counter that a row's own reset instants say it stands in. */
export function periodsOfRow(row: CheckedRow, periodsOf: (instant: number) => Periods) {
  return {
    day: periodsOf(instantFromText(row.last_daily_reset)).day,
    week: periodsOf(instantFromText(row.last_weekly_reset)).week,
    month: periodsOf(instantFromText(row.last_monthly_reset)).month,
  };
}

const LAST_ID = Number.MAX_SAFE_INTEGER;

/** Reads the next users after an id, `limit` of them at most; the last chunk also holds what is left of users who are none. */
export function readChunk(
  db: Database,
  { after, limit, to, periodsOf }: { after: number; limit: number; to?: number } & PeriodSource,
): Promise<Chunk> {
  return inSnapshot(db, async (snapshot) => {
    const { knex } = db;
    const users = await snapshot.rows<{ id: number; username: string }>(
      within(knex('users'), 'id', { after, to: to ?? LAST_ID })
        .orderBy('id')
        .limit(limit)
        .select('id', 'username'),
    );
    const end = to ?? (users.length < limit ? LAST_ID : (users.at(-1)?.id ?? LAST_ID));
    const range = { after, to: end };
    const rows = await snapshot.rows<CheckedRow>(usageRows(knex, range));
    const periods = rows.flatMap((row) => Object.values(periodsOfRow(row, periodsOf)));
    const dates = new Cuts(periods.flatMap(({ from, to }: Period) => [from, to]));
    const instants = new Cuts(periods.flatMap(({ start, end }: Period) => [start, end]));
    const names = new Map(users.map(({ id, username }) => [id, username]));
    const facts = await readFacts(snapshot, { knex, range, rows, names, dates, instants });
    return { range, userCount: users.length, users: facts, dates, instants };
  });
}

interface PeriodSource {
  readonly periodsOf: (instant: number) => Periods;
}

interface FactsSource {
  readonly knex: Knex;
  readonly range: ChunkRange;
  readonly rows: readonly CheckedRow[];
  readonly names: ReadonlyMap<number, string>;
  readonly dates: Cuts<string>;
  readonly instants: Cuts<number>;
}

async function readFacts(snapshot: Snapshot, source: FactsSource): Promise<UserFacts[]> {
  const { knex, range, names } = source;
  const days = byUser(await snapshot.rows<UserDayPart>(dayParts(knex, range, source.dates)));
  const adjustments = byUser(
    await snapshot.rows<UserAdjustmentPart>(adjustmentParts(knex, range, source.instants)),
  );
  const sessions = byUser(await snapshot.rows<UserSessions>(sessionSums(knex, range)));
  const rows = byUser(source.rows);
  const userIds = new Set([rows, days, adjustments, sessions].flatMap((found) => [...found.keys()]));
  return [...userIds]
    .sort((a, b) => a - b)
    .map((userId) => ({
      userId,
      username: names.get(userId),
      row: rows.get(userId)?.[0],
      days: days.get(userId) ?? [],
      adjustments: adjustments.get(userId) ?? [],
      meteredOctets: sessions.get(userId)?.[0]?.octets ?? 0,
    }));
}

interface UserDayPart extends DayPart {
  readonly user_id: number;
}
interface UserAdjustmentPart extends AdjustmentPart {
  readonly user_id: number;
}
interface UserSessions {
  readonly user_id: number;
  readonly octets: number;
}

function usageRows(knex: Knex, range: ChunkRange): Knex.QueryBuilder {
  return within(knex('user_profile_usage'), 'user_id', range).select(
    ...['user_id', 'used_today', 'used_week', 'used_month', 'used_total'],
    ...['last_daily_reset', 'last_weekly_reset', 'last_monthly_reset'],
  );
}

function dayParts(knex: Knex, range: ChunkRange, dates: Cuts<string>): Knex.QueryBuilder {
  return within(knex('usage_days'), 'user_id', range)
    .groupBy('user_id', 'part')
    .select('user_id', knex.raw('? as part', [dates.partOf(knex, 'day')]))
    .select(knex.raw('SUM(input_octets) + SUM(output_octets) as octets'));
}

function adjustmentParts(knex: Knex, range: ChunkRange, instants: Cuts<number>): Knex.QueryBuilder {
  return within(knex('usage_adjustments'), 'user_id', range)
    .groupBy('user_id', 'part')
    .select('user_id', knex.raw('? as part', [instants.partOf(knex, 'at')]))
    .sum({ today: 'today', week: 'week', month: 'month', total: 'total', days: 'days' });
}

/** The standard columns may be null where somebody else wrote the row. */
function sessionSums(knex: Knex, range: ChunkRange): Knex.QueryBuilder {
  return within(knex('radacct'), 'user_id', range)
    .groupBy('user_id')
    .select(
      'user_id',
      knex.raw(
        'COALESCE(SUM(acctinputoctets), 0) + COALESCE(SUM(acctoutputoctets), 0) - SUM(unmeteredoctets) as octets',
      ),
    );
}

function within(query: Knex.QueryBuilder, column: string, { after, to }: ChunkRange): Knex.QueryBuilder {
  return query.where(column, '>', after).where(column, '<=', to);
}

function byUser<R extends { readonly user_id: number }>(rows: readonly R[]): Map<number, R[]> {
  const found = new Map<number, R[]>();
  for (const row of rows) {
    const known = found.get(row.user_id);
    if (known === undefined) found.set(row.user_id, [row]);
    else known.push(row);
  }
  return found;
}
