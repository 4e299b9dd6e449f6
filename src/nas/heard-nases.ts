/** Reading the NASes in force, whoever's word made them known, with what their packets have taught. */
import type { Database } from '../db/database.ts';
import { mergeNases, type Nas } from './nas.ts';
import { listNas, listSenders, listUnknownNas, type UnknownNas, type UnusableNas } from './nas-queries.ts';
import { NasTable } from './nas-table.ts';
import { type HeardNas, withSenders } from './sender.ts';

export interface HeardNases {
  /** Those of the table in the order they were added, then those of the configuration file. */
  readonly heard: readonly HeardNas[];
  /** Rows of the table that are not in force. */
  readonly unusable: readonly UnusableNas[];
}

/** Returns the NASes in force; `configured` are those of the configuration file. */
export async function listHeardNases(
  db: Pick<Database, 'knex'>,
  configured: readonly Nas[],
): Promise<HeardNases> {
  const { nases, unusable } = await listNas(db);
  return { heard: withSenders(mergeNases(nases, configured), await listSenders(db)), unusable };
}

/** Returns the unknown sources, the last one seen first, a hundred at most: who became known since stays counted, but knocks no more. */
export async function listKnocking(
  db: Pick<Database, 'knex'>,
  known: readonly HeardNas[],
): Promise<UnknownNas[]> {
  const table = new NasTable(known);
  return (await listUnknownNas(db)).filter(({ address }) => !table.holds(address));
}
