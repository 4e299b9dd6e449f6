/** What the users of each profile add up to (contract §6.1, §6.2), summed by the database. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { instantToText } from '../db/dialect.ts';
import { gently } from '../db/gently.ts';
import { AppError } from '../errors.ts';
import { exceededSql } from '../profiles/exceeded-sql.ts';
import type { Profile } from '../profiles/profile.ts';
import { type ProfileRow, profileFromRow } from '../profiles/profile-row.ts';
import type { PeriodStarts } from './period.ts';

/** The one population of contract §0.10: the active usages of the active users whose effective profile it is. Octets. */
export interface UsageSums {
  readonly usages: number;
  readonly usedToday: number;
  readonly usedWeek: number;
  readonly usedMonth: number;
  readonly usedTotal: number;
  /** The largest and the smallest `used_total`; 0 where there is no usage. */
  readonly totalMax: number;
  readonly totalMin: number;
  readonly exceeded: number;
  /** Usages by the share of the data volume they have used: below 25, 50 and 75 %, up to 100 %, and beyond. */
  readonly bands: Bands;
}

export type Bands = readonly [number, number, number, number, number];

/** What a profile's active users add up to; those who have it as their own, and those who have it from their promotion. */
export interface ProfileSums extends UsageSums {
  readonly directUsers: number;
  readonly promotionUsers: number;
}

/** Of a profile that nobody has. */
export const NO_SUMS: ProfileSums = {
  directUsers: 0,
  promotionUsers: 0,
  usages: 0,
  usedToday: 0,
  usedWeek: 0,
  usedMonth: 0,
  usedTotal: 0,
  totalMax: 0,
  totalMin: 0,
  exceeded: 0,
  bands: [0, 0, 0, 0, 0],
};

export interface SummingOptions {
  /** Counters of periods that ended before these are 0, whoever has touched them or not. */
  readonly starts: PeriodStarts;
  /** Ends the summing between two of its pieces: it then rejects. */
  readonly signal: AbortSignal;
  /** Whether the database is left to others for as long as each piece took. */
  readonly isGentle: boolean;
  /** How many users one piece sums; 5,000 if not given. */
  readonly usersPerPiece?: number;
}

/** So many are summed in less time than others may wait for their turn. */
const USERS_PER_PIECE = 5_000;

/** Returns the sums by profile id; a profile that nobody has is left out. */
export async function sumByProfile(
  { knex }: Database,
  { starts, signal, isGentle, usersPerPiece = USERS_PER_PIECE }: SummingOptions,
): Promise<Map<number, ProfileSums>> {
  const sums = new Map<number, ProfileSums>();
  const inTurn = isGentle ? gently : <T>(work: () => Promise<T>) => work();
  for (let after = 0; Number.isFinite(after); ) {
    signal.throwIfAborted();
    const from = after;
    after = await inTurn(async () => {
      const upTo = await lastOfPiece(knex, from, usersPerPiece);
      const rows: SumsRow[] = await sumsOf(knex, { after: from, upTo, starts });
      for (const row of rows) sums.set(row.profile_id, added(sums.get(row.profile_id) ?? NO_SUMS, row));
      return upTo;
    });
  }
  return sums;
}

/** Returns a profile by id; throws AppError `not_found`. */
export async function profileById({ knex }: Database, id: number): Promise<Profile> {
  const [row]: ProfileRow[] = await knex('profiles').where('id', id).select('*');
  if (row === undefined) throw new AppError('not_found', 'Not found.');
  return profileFromRow(row);
}

/** Infinity for the last piece: users that come meanwhile belong to it. */
async function lastOfPiece(knex: Knex, after: number, users: number): Promise<number> {
  const [last]: { id: number }[] = await knex('users')
    .where('id', '>', after)
    .orderBy('id')
    .offset(users - 1)
    .limit(1)
    .select('id');
  return last?.id ?? Number.POSITIVE_INFINITY;
}

interface Piece {
  readonly after: number;
  readonly upTo: number;
  readonly starts: PeriodStarts;
}

/** Sums as the database gives them; null where nothing was there to sum. */
interface SumsRow {
  readonly profile_id: number;
  readonly is_direct: number;
  readonly users: number;
  readonly usages: number;
  readonly used_today: number | null;
  readonly used_week: number | null;
  readonly used_month: number | null;
  readonly used_total: number | null;
  readonly total_max: number | null;
  readonly total_min: number | null;
  readonly exceeded: number | null;
  readonly band_0: number;
  readonly band_1: number;
  readonly band_2: number;
  readonly band_3: number;
  readonly band_4: number;
}

function sumsOf(knex: Knex, piece: Piece): Knex.QueryBuilder {
  const sum = (expression: string) => `SUM(${expression})`;
  // Whole numbers of a million users may add up to more than the databases' integers hold.
  const octets = (counter: string) => `${sum(`counted.${counter} + 0.0`)} AS ${counter}`;
  const band = (number: number) =>
    `${sum(`CASE WHEN counted.band = ${number} THEN 1 ELSE 0 END`)} AS band_${number}`;
  const columns = [
    'counted.profile_id',
    'counted.is_direct',
    'COUNT(*) AS users',
    'COUNT(counted.used_total) AS usages',
    ...['used_today', 'used_week', 'used_month', 'used_total'].map(octets),
    'MAX(counted.used_total) AS total_max',
    'MIN(counted.used_total) AS total_min',
    // The stored verdict holds as long as the counters it was made of.
    `${sum(`CASE WHEN counted.is_rolled = 1 THEN ${exceededSql('counted', 'counted')} ELSE counted.is_exceeded END`)} AS exceeded`,
    ...[0, 1, 2, 3, 4].map(band),
  ];
  return knex(countedUsers(knex, piece).as('counted'))
    .groupBy('counted.profile_id', 'counted.is_direct')
    .select(knex.raw(columns.join(', ')));
}

/** One row per active user with an effective profile: its limits, and the counters as they stand now. */
function countedUsers(knex: Knex, { after, upTo, starts }: Piece): Knex.QueryBuilder {
  const day = instantToText(starts.day);
  const week = instantToText(starts.week);
  const month = instantToText(starts.month);
  const users = knex('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .joinRaw('JOIN profiles ON profiles.id = COALESCE(users.profile_id, promotions.profile_id)')
    .joinRaw('LEFT JOIN user_profile_usage AS p ON p.user_id = users.id AND p.is_active = 1')
    .where('users.is_active', true)
    .where('users.id', '>', after);
  if (Number.isFinite(upTo)) users.where('users.id', '<=', upTo);
  return users
    .select('profiles.id AS profile_id', 'profiles.quota_type', 'profiles.data_volume')
    .select('profiles.daily_limit', 'profiles.weekly_limit', 'profiles.monthly_limit')
    .select('p.used_total', 'p.is_exceeded')
    .select(
      knex.raw('CASE WHEN users.profile_id IS NULL THEN 0 ELSE 1 END AS is_direct'),
      knex.raw('CASE WHEN p.last_daily_reset < ? THEN 0 ELSE p.used_today END AS used_today', [day]),
      knex.raw('CASE WHEN p.last_weekly_reset < ? THEN 0 ELSE p.used_week END AS used_week', [week]),
      knex.raw('CASE WHEN p.last_monthly_reset < ? THEN 0 ELSE p.used_month END AS used_month', [month]),
      knex.raw(
        'CASE WHEN p.last_daily_reset < ? OR p.last_weekly_reset < ? OR p.last_monthly_reset < ? THEN 1 ELSE 0 END AS is_rolled',
        [day, week, month],
      ),
      knex.raw(`${BAND} AS band`),
    );
}

/** Compared as whole numbers: used / volume × 100 below 25 is used × 4 below volume. Of a volume of 0 nothing is a share (contract §3). */
const BAND = `CASE
  WHEN p.used_total IS NULL THEN NULL
  WHEN profiles.data_volume = 0 OR p.used_total * 4 < profiles.data_volume THEN 0
  WHEN p.used_total * 2 < profiles.data_volume THEN 1
  WHEN p.used_total * 4 < profiles.data_volume * 3 THEN 2
  WHEN p.used_total <= profiles.data_volume THEN 3
  ELSE 4 END`;

function added(sums: ProfileSums, row: SumsRow): ProfileSums {
  const isDirect = row.is_direct === 1;
  const [band0, band1, band2, band3, band4] = sums.bands;
  return {
    directUsers: sums.directUsers + (isDirect ? row.users : 0),
    promotionUsers: sums.promotionUsers + (isDirect ? 0 : row.users),
    usages: sums.usages + row.usages,
    usedToday: sums.usedToday + (row.used_today ?? 0),
    usedWeek: sums.usedWeek + (row.used_week ?? 0),
    usedMonth: sums.usedMonth + (row.used_month ?? 0),
    usedTotal: sums.usedTotal + (row.used_total ?? 0),
    totalMax: Math.max(sums.totalMax, row.total_max ?? 0),
    totalMin:
      row.total_min === null
        ? sums.totalMin
        : Math.min(sums.usages === 0 ? row.total_min : sums.totalMin, row.total_min),
    exceeded: sums.exceeded + (row.exceeded ?? 0),
    bands: [
      band0 + row.band_0,
      band1 + row.band_1,
      band2 + row.band_2,
      band3 + row.band_3,
      band4 + row.band_4,
    ],
  };
}
