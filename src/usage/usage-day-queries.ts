/** Reading which octets went to which day. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { gently } from '../db/gently.ts';

/** A user's octets of one local day, of all their sessions. */
export interface UsageDayListing {
  /** YYYY-MM-DD. */
  readonly day: string;
  readonly inputOctets: number;
  readonly outputOctets: number;
}

/** Returns a user's days from one date to another (YYYY-MM-DD, both included) that have octets, the oldest first; of more than `limit` the newest. */
export async function listUsageDays(
  { knex }: Database,
  { userId, from, to, limit }: { userId: number; from: string; to: string; limit: number },
): Promise<UsageDayListing[]> {
  const rows: { day: string; input_octets: number; output_octets: number }[] = await knex('usage_days')
    .where('user_id', userId)
    .whereBetween('day', [from, to])
    .orderBy('day', 'desc')
    .limit(limit)
    .select('day', 'input_octets', 'output_octets');
  return rows
    .map((row) => ({ day: row.day, inputOctets: row.input_octets, outputOctets: row.output_octets }))
    .reverse();
}

/** Octets of each direction: input = from the users. */
export interface DayOctets {
  readonly inputOctets: number;
  readonly outputOctets: number;
}

/** What a day's users carried, by the profile that is effective for them now; null stands for the default. */
export type OctetsByProfile = ReadonlyMap<number | null, DayOctets>;

export interface DaySumming {
  /** YYYY-MM-DD, both included. */
  readonly from: string;
  readonly to: string;
  /** Ends the summing between two of its pieces: it then rejects. */
  readonly signal: AbortSignal;
  /** Whether the database is left to others for as long as each piece took. */
  readonly isGentle: boolean;
  /** How many users one piece sums. */
  readonly usersPerPiece: number;
}

/** Returns what all users carried on each day of a range, by day and profile; days without octets are left out. */
export async function sumDays(
  { knex }: Database,
  { from, to, signal, isGentle, usersPerPiece }: DaySumming,
): Promise<Map<string, OctetsByProfile>> {
  const sums = new Map<string, Map<number | null, DayOctets>>();
  const inTurn = isGentle ? gently : <T>(work: () => Promise<T>) => work();
  for (let last = 0; Number.isFinite(last); ) {
    signal.throwIfAborted();
    const after = last;
    last = await inTurn(async () => {
      const upTo = await lastOfPiece(knex, after, usersPerPiece);
      const rows: DaySumRow[] = await sumOfPiece(knex, { from, to, after, upTo });
      for (const row of rows) addRow(sums, row);
      return upTo;
    });
  }
  return sums;
}

interface DaySumRow {
  readonly day: string;
  readonly profile_id: number | null;
  readonly input_octets: number;
  readonly output_octets: number;
}

function addRow(sums: Map<string, Map<number | null, DayOctets>>, row: DaySumRow): void {
  const ofDay = sums.get(row.day) ?? new Map<number | null, DayOctets>();
  const sum = ofDay.get(row.profile_id);
  ofDay.set(row.profile_id, {
    inputOctets: (sum?.inputOctets ?? 0) + row.input_octets,
    outputOctets: (sum?.outputOctets ?? 0) + row.output_octets,
  });
  sums.set(row.day, ofDay);
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
  readonly from: string;
  readonly to: string;
  readonly after: number;
  readonly upTo: number;
}

/** Rows are found by the primary key: no index begins with the day, for packets write it. */
function sumOfPiece(knex: Knex, { from, to, after, upTo }: Piece): Knex.QueryBuilder {
  const effective = 'COALESCE(users.profile_id, promotions.profile_id)';
  const users = knex('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .join('usage_days', 'usage_days.user_id', 'users.id')
    .where('users.id', '>', after);
  if (Number.isFinite(upTo)) users.where('users.id', '<=', upTo);
  // One day alone is the rest of the key.
  if (from === to) users.where('usage_days.day', from);
  else users.whereBetween('usage_days.day', [from, to]);
  return users
    .groupByRaw(`usage_days.day, ${effective}`)
    .select('usage_days.day', knex.raw(`${effective} AS profile_id`))
    .select(
      // Whole numbers of a million users may add up to more than the databases' integers hold.
      knex.raw('SUM(usage_days.input_octets + 0.0) AS input_octets'),
      knex.raw('SUM(usage_days.output_octets + 0.0) AS output_octets'),
    );
}
