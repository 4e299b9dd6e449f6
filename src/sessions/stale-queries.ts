/** Reading open sessions for the sweep: source by source, a chunk at a time, by the index that interims leave alone. */
import type { Database } from '../db/database.ts';
import { type Octets, octetsFrom } from '../radius/octets.ts';
import { closeKindCode, runFlagsOf } from './run-codes.ts';
import type { HeardSession } from './stale-rule.ts';

/** An open session with what its silence is judged by. */
export interface OpenSession extends HeardSession {
  readonly id: number;
  /** Undefined where it is nobody's. */
  readonly userId: number | undefined;
  readonly sourceAddress: string;
  readonly nasIdentifier: Octets | undefined;
}

/** Returns the first address after another, in the index's order, that sessions came from; undefined after the last. Asked one by one, because not every database finds distinct values without reading the whole index. */
export async function nextSource({ knex }: Database, after: string): Promise<string | undefined> {
  const [row]: { source: string | null }[] = await knex('radacct')
    .where('source_address', '>', after)
    .min('source_address as source');
  return row?.source ?? undefined;
}

/** Returns a source's open sessions with ids above `afterId`, in their order, `limit` at most. Rows of other programs are left out: they have no runkey. */
export async function openSessionsOf(
  { knex }: Database,
  { sourceAddress, afterId, limit }: { sourceAddress: string; afterId: number; limit: number },
): Promise<OpenSession[]> {
  const rows: OpenRow[] = await knex('radacct')
    .select(COLUMNS)
    .where({ source_address: sourceAddress, close_kind: closeKindCode('open') })
    .where('radacctid', '>', afterId)
    .whereNotNull('runkey')
    .whereNotNull('arrival_updated_at')
    .orderBy('radacctid')
    .limit(limit);
  return rows.map((row) => ({
    id: row.radacctid,
    userId: row.user_id ?? undefined,
    sourceAddress,
    nasIdentifier: row.nas_identifier === null ? undefined : octetsFrom(row.nas_identifier),
    lastHeardAt: row.arrival_updated_at,
    startedAt: row.arrival_started_at ?? row.arrival_updated_at,
    hasInterim: runFlagsOf(row.run_flags).hasInterim,
    intervalSeconds: row.acctinterval ?? undefined,
  }));
}

const COLUMNS = [
  'radacctid',
  'user_id',
  'nas_identifier',
  'arrival_started_at',
  'arrival_updated_at',
  'run_flags',
  'acctinterval',
] as const;

interface OpenRow {
  readonly radacctid: number;
  readonly user_id: number | null;
  readonly nas_identifier: Buffer | null;
  readonly arrival_started_at: number | null;
  readonly arrival_updated_at: number;
  readonly run_flags: number;
  readonly acctinterval: number | null;
}
