/** Reading which octets went to which day. */
import type { Database } from '../db/database.ts';

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
