/** What the sessions of a NAS carried, by when they began. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { octetsToBytes } from '../radius/octets.ts';
import type { SessionPlace } from './session-queries.ts';

/** Octets of the sessions that began within one quarter of an hour from `startedAt` (epoch milliseconds) on. */
export interface StartSum {
  readonly startedAt: number;
  readonly inputOctets: number;
  readonly outputOctets: number;
}

/** Days of every time zone of today begin at one of these. */
const QUARTER_MS = 15 * 60_000;

/** Returns what sessions of these places that began from one instant to before another (epoch milliseconds) have carried until now, charged or not; quarters in which none began are left out. */
export async function sumByStart(
  { knex }: Database,
  {
    places,
    from,
    to,
  }: { readonly places: readonly SessionPlace[]; readonly from: number; readonly to: number },
): Promise<StartSum[]> {
  if (places.length === 0) return [];
  const quarter = `radacct.started_at - radacct.started_at % ${QUARTER_MS}`;
  const rows: { quarter: number; input: number; output: number }[] = await knex('radacct')
    .where((any) => {
      for (const place of places) any.orWhere((each) => atPlace(each, place));
    })
    .whereNotNull('radacct.runkey')
    .where('radacct.started_at', '>=', from)
    .where('radacct.started_at', '<', to)
    .groupByRaw(quarter)
    .orderBy('quarter')
    .select(
      knex.raw(`${quarter} AS quarter`),
      knex.raw('SUM(radacct.acctinputoctets + 0.0) AS input'),
      knex.raw('SUM(radacct.acctoutputoctets + 0.0) AS output'),
    );
  return rows.map((row) => ({
    startedAt: row.quarter,
    inputOctets: row.input ?? 0,
    outputOctets: row.output ?? 0,
  }));
}

function atPlace(query: Knex.QueryBuilder, { sourceAddresses, nasIdentifier }: SessionPlace): void {
  if (sourceAddresses !== null) query.whereIn('radacct.source_address', [...sourceAddresses]);
  if (nasIdentifier !== null) query.where('radacct.nas_identifier', octetsToBytes(nasIdentifier));
}
