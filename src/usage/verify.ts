/** Proving every counter from the days and adjustments it was made of, and the days from the sessions (design §4). */
import type { Database } from '../db/database.ts';
import { findByReference, type Reference } from '../profiles/reference.ts';
import { USERS } from '../profiles/user-row.ts';
import { Calendar, type Period, type Periods } from './period.ts';
import { type Chunk, periodsOfRow, readChunk, type UserFacts } from './verify-chunk.ts';

/** What is compared: a counter with its days and adjustments, or all `days` of a user with that user's sessions. */
export type VerifiedSum = 'today' | 'week' | 'month' | 'total' | 'days';

/** Octets that are not what they are made of. */
export interface UsageDifference {
  readonly userId: number;
  /** Undefined where rows are left of a user who is none. */
  readonly username: string | undefined;
  readonly sum: VerifiedSum;
  /** For a counter its days and adjustments, for the days the sessions. */
  readonly expected: number;
  readonly found: number;
}

/** What verifying some more users gave. */
export interface VerifiedUsers {
  readonly userCount: number;
  readonly differences: readonly UsageDifference[];
}

export interface VerifyOptions {
  /** The zone the database's counters run in. */
  readonly timezone: string;
  /** Only this user; everybody without it. */
  readonly user?: Reference | undefined;
  /** How many users one state of the database is read for. */
  readonly chunkUsers?: number;
}

/** Enough that statements do not count, few enough that a state of the database is let go within a second. */
const CHUNK_USERS = 1_000;

/**
 * Checks both equations for every user, a chunk at a time, and yields what each chunk gave. Records may be written
 * meanwhile: each chunk is one committed state of the database, and nothing is locked. Throws AppError `not_found` for
 * an unknown user.
 */
export async function* verifyUsage(
  db: Database,
  { timezone, user, chunkUsers = CHUNK_USERS }: VerifyOptions,
): AsyncGenerator<VerifiedUsers> {
  const periodsOf = rememberedPeriods(new Calendar(timezone));
  if (user !== undefined) {
    const { id } = await findByReference(db.knex, USERS, user);
    yield differencesOf(await readChunk(db, { after: id - 1, to: id, limit: 1, periodsOf }), periodsOf);
    return;
  }
  for (let after = 0; after < Number.MAX_SAFE_INTEGER; ) {
    const chunk = await readChunk(db, { after, limit: chunkUsers, periodsOf });
    yield differencesOf(chunk, periodsOf);
    after = chunk.range.to;
  }
}

/** Returns how many users there are to verify. */
export async function countUsers({ knex }: Database): Promise<number> {
  const [row]: { users: number }[] = await knex('users').count('* as users');
  return row?.users ?? 0;
}

function differencesOf(chunk: Chunk, periodsOf: (instant: number) => Periods): VerifiedUsers {
  const differences = chunk.users.flatMap((facts) => {
    const compared = [...comparedCounters(chunk, facts, periodsOf), comparedDays(facts)];
    return compared
      .filter(({ expected, found }) => expected !== found)
      .map((difference) => ({ userId: facts.userId, username: facts.username, ...difference }));
  });
  return { userCount: chunk.userCount, differences };
}

type Compared = Pick<UsageDifference, 'sum' | 'expected' | 'found'>;

/** Without a usage row nothing is counted, so nothing may stand in days or adjustments either. */
function comparedCounters(
  chunk: Chunk,
  facts: UserFacts,
  periodsOf: (instant: number) => Periods,
): Compared[] {
  const { row, days, adjustments } = facts;
  const total = {
    sum: 'total' as const,
    expected: sumOf(days, 'octets') + sumOf(adjustments, 'total'),
    found: row?.used_total ?? 0,
  };
  if (row === undefined) return [total];
  const { day, week, month } = periodsOfRow(row, periodsOf);
  const within = (sum: 'today' | 'week' | 'month', period: Period, found: number): Compared => {
    const daysWithin = days.filter(({ part }) => chunk.dates.isWithin(part, period.from, period.to));
    const adjusted = adjustments.filter(({ part }) =>
      chunk.instants.isWithin(part, period.start, period.end),
    );
    return { sum, expected: sumOf(daysWithin, 'octets') + sumOf(adjusted, sum), found };
  };
  return [
    within('today', day, row.used_today),
    within('week', week, row.used_week),
    within('month', month, row.used_month),
    total,
  ];
}

/** What is forgotten of either side stands in an adjustment. */
function comparedDays({ days, adjustments, meteredOctets }: UserFacts): Compared {
  return {
    sum: 'days',
    expected: meteredOctets + sumOf(adjustments, 'days'),
    found: sumOf(days, 'octets'),
  };
}

function sumOf<K extends string>(rows: readonly Readonly<Record<K, number>>[], column: K): number {
  return rows.reduce((sum, row) => sum + row[column], 0);
}

const DAY_MS = 86_400_000;

/** Asking the calendar costs more than everything else of a user; a UTC day touches two local days, sometimes three. */
function rememberedPeriods(calendar: Calendar): (instant: number) => Periods {
  const byUtcDay = new Map<number, Periods[]>();
  return (instant) => {
    const utcDay = Math.floor(instant / DAY_MS);
    const known = byUtcDay.get(utcDay) ?? [];
    const found = known.find(({ day }) => instant >= day.start && instant < day.end);
    if (found !== undefined) return found;
    const periods = calendar.periodsOf(instant);
    byUtcDay.set(utcDay, [...known, periods]);
    return periods;
  };
}
