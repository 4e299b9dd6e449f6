/** Finding and deleting rows of `radacct` that are old enough. */
import type { Knex } from 'knex';
import type { Database, Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import type { IdWindow } from '../db/id-windows.ts';
import { closeKindCode } from './run-codes.ts';

/** Returns the ids in a window of sessions that ended before an instant (epoch milliseconds). */
export async function forgettable(
  { knex }: Database,
  { low, high }: IdWindow,
  before: number,
): Promise<number[]> {
  const query = knex('radacct').where('radacctid', '>=', low).where('radacctid', '<=', high);
  return onlyOld(query, before).orderBy('radacctid').pluck('radacctid');
}

/** Returns whether every session of ours in a window began after an instant (epoch milliseconds), and there is one. */
export async function isYoung({ knex }: Database, { low, high }: IdWindow, after: number): Promise<boolean> {
  const [row]: { oldest: number | null }[] = await knex('radacct')
    .where('radacctid', '>=', low)
    .where('radacctid', '<=', high)
    .min('arrival_started_at as oldest');
  return row !== undefined && row.oldest !== null && row.oldest >= after;
}

/** Returns the first id above another under which a session was brought over from elsewhere; undefined where there is none. */
export async function nextImported({ knex }: Database, above: number): Promise<number | undefined> {
  const [row]: { id: number | null }[] = await knex('imported_rows')
    .where('kind', 'session')
    .where('target_id', '>', above)
    .min('target_id as id');
  return row?.id ?? undefined;
}

/** Deletes those of some sessions that are old still, and returns how many, with the octets that users were charged for in them. */
export async function forgetSessions(
  { dialect, trx }: Transaction,
  ids: readonly number[],
  before: number,
): Promise<{ readonly count: number; readonly octetsByUser: ReadonlyMap<number, number> }> {
  const rows: SessionRow[] = await lockRows[dialect](
    onlyOld(trx('radacct').whereIn('radacctid', ids), before)
      .orderBy('radacctid')
      .select('radacctid', 'user_id', 'acctinputoctets', 'acctoutputoctets', 'unmeteredoctets'),
  );
  const octetsByUser = new Map<number, number>();
  for (const row of rows) {
    const octets = (row.acctinputoctets ?? 0) + (row.acctoutputoctets ?? 0) - row.unmeteredoctets;
    if (row.user_id === null || octets === 0) continue;
    octetsByUser.set(row.user_id, (octetsByUser.get(row.user_id) ?? 0) + octets);
  }
  await trx('radacct')
    .whereIn(
      'radacctid',
      rows.map(({ radacctid }) => radacctid),
    )
    .delete();
  return { count: rows.length, octetsByUser };
}

interface SessionRow {
  readonly radacctid: number;
  readonly user_id: number | null;
  readonly acctinputoctets: number | null;
  readonly acctoutputoctets: number | null;
  readonly unmeteredoctets: number;
}

/** A record that comes late enough would begin a forgotten session anew, so the last word counts and not only the end. */
function onlyOld(query: Knex.QueryBuilder, before: number): Knex.QueryBuilder {
  return query
    .where('close_kind', '<>', closeKindCode('open'))
    .where('stopped_at', '<', before)
    .where((heard) => heard.whereNull('arrival_updated_at').orWhere('arrival_updated_at', '<', before));
}
