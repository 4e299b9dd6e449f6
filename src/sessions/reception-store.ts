/** Table `instances`: who is receiving for this database, and since when. */
import type { Database, Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { ABSENCE_MS, type Instance, isForgotten, receivingSince } from './reception.ts';

/** What an instance says of itself with a beat. */
export interface Beat {
  readonly id: string;
  readonly host: string;
  readonly spooledRecords: number;
  /** Whether this process has said so before; without, it has only begun to receive. */
  readonly isFirst: boolean;
}

/** Returns every instance that is known, those too that have not been heard of for long. */
export async function listInstances({ knex }: Database): Promise<Instance[]> {
  const rows: InstanceRow[] = await knex('instances').select('*').orderBy('id');
  return rows.map((row) => ({
    id: row.id,
    host: row.host,
    receivingSince: row.receiving_since,
    beatAt: row.beat_at,
    spooledRecords: row.spooled_records,
  }));
}

/** Writes down that an instance is receiving now. */
export async function saveBeat({ dialect, trx, now }: Transaction, beat: Beat): Promise<void> {
  const [row]: InstanceRow[] = await lockRows[dialect](trx('instances').where('id', beat.id).select('*'));
  const before =
    row === undefined || beat.isFirst
      ? undefined
      : { receivingSince: row.receiving_since, beatAt: row.beat_at };
  const columns = {
    host: beat.host.slice(0, HOST_LENGTH_MAX),
    receiving_since: receivingSince(before, now),
    beat_at: now,
    spooled_records: beat.spooledRecords,
  };
  if (row === undefined) await trx('instances').insert({ id: beat.id, ...columns });
  else await trx('instances').where('id', beat.id).update(columns);
}

/** Dates an instance's last beat so far back that it is absent now; what was silent since counts for nobody. */
export async function withdrawBeat({ trx, now }: Transaction, id: string): Promise<void> {
  const absentSince = now - ABSENCE_MS;
  await trx('instances').where({ id }).where('beat_at', '>', absentSince).update({ beat_at: absentSince });
}

/** Deletes the instances nobody waits for any more. */
export async function forgetInstances({ trx, now }: Transaction): Promise<void> {
  const rows: { id: string; beat_at: number }[] = await trx('instances').select('id', 'beat_at');
  for (const { id, beat_at: beatAt } of rows) {
    // It may have come back since it was read.
    if (isForgotten({ beatAt }, now)) await trx('instances').where({ id, beat_at: beatAt }).delete();
  }
}

const HOST_LENGTH_MAX = 255;

interface InstanceRow {
  readonly id: string;
  readonly host: string;
  readonly receiving_since: number;
  readonly beat_at: number;
  readonly spooled_records: number;
}
