/** What a database says was used, in all the places that say it. */
import type { Database } from '../../src/db/database.ts';

export interface CountedOctets {
  /** Octets of the sessions, less what nobody was charged for. */
  readonly sessions: number;
  readonly days: number;
  readonly usage: number;
}

/** Returns the octets of all users together. */
export async function countedOctets({ knex }: Database): Promise<CountedOctets> {
  const sums = async (table: string, ...columns: string[]) => {
    const [row] = await knex(table).sum(Object.fromEntries(columns.map((column) => [column, column])));
    return columns.map((column) => Number(row?.[column] ?? 0));
  };
  const [input = 0, output = 0, unmetered = 0] = await sums(
    'radacct',
    'acctinputoctets',
    'acctoutputoctets',
    'unmeteredoctets',
  );
  const [dayInput = 0, dayOutput = 0] = await sums('usage_days', 'input_octets', 'output_octets');
  const [usage = 0] = await sums('user_profile_usage', 'used_total');
  return { sessions: input + output - unmetered, days: dayInput + dayOutput, usage };
}

/** What `countedOctets` must be when so much was reported. */
export function allCounted(octets: number): CountedOctets {
  return { sessions: octets, days: octets, usage: octets };
}
