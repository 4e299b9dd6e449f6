/** Writes to the tables `nas` and `unknown_nas`. */
import type { Transaction } from '../db/database.ts';
import { octetsToBytes } from '../radius/octets.ts';
import type { Nas } from './nas.ts';

/** A NAS before it has a row; its secrets as text, as FreeRADIUS reads them from the same table. */
export type NewNas = Omit<Nas, 'id' | 'secrets' | 'sendsGigawords' | 'clockOffsetMs' | 'lastSeenAt'> & {
  readonly secret: string;
  readonly previousSecret: string | null;
};

/** What is learned about a NAS from its packets; undefined leaves what is known. */
export interface NasFacts {
  readonly lastSeenAt?: number;
  readonly clockOffsetMs?: number;
  readonly sendsGigawords?: boolean;
}

/** Packets from one unknown address since they were last written down; instants in epoch milliseconds. */
export interface UnknownPackets {
  readonly address: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly packets: number;
}

/** A forged source address costs nothing, so the table must not grow with them. */
const UNKNOWN_ROWS_MAX = 10_000;

/** Inserts a NAS and returns the id of its row. */
export async function insertNas({ trx }: Transaction, nas: NewNas): Promise<number> {
  const ids: number[] = await trx('nas').insert({
    nasname: nas.prefix,
    shortname: nas.name,
    type: nas.kind,
    secret: nas.secret,
    kind: nas.kind,
    previous_secret: nas.previousSecret,
    coa_port: nas.coaPort,
    require_message_authenticator: nas.requireMessageAuthenticator,
    direction: nas.direction === 'auto' ? null : nas.direction,
    octet_unit: nas.octetUnit,
    max_rate_kbps: nas.maxRateKbps,
    match_identifier: nas.matchIdentifier === null ? null : octetsToBytes(nas.matchIdentifier),
    interval_floor_seconds: nas.intervalFloorSeconds,
  });
  const [id] = ids;
  if (id === undefined) throw new Error('The database gave no id to the new row of nas.');
  return id;
}

/** Deletes the row of a NAS; returns whether it was there. */
export async function deleteNas({ trx }: Transaction, nasId: number): Promise<boolean> {
  const deleted: number = await trx('nas').where('id', nasId).delete();
  return deleted > 0;
}

/** Writes what was learned about a NAS. */
export async function updateNasFacts({ trx }: Transaction, nasId: number, facts: NasFacts): Promise<void> {
  const columns = {
    ...(facts.lastSeenAt === undefined ? {} : { last_seen_at: facts.lastSeenAt }),
    ...(facts.clockOffsetMs === undefined ? {} : { clock_offset_ms: facts.clockOffsetMs }),
    ...(facts.sendsGigawords === undefined ? {} : { sends_gigawords: facts.sendsGigawords }),
  };
  if (Object.keys(columns).length > 0) await trx('nas').where('id', nasId).update(columns);
}

/** Adds packets to the count of an unknown source. */
export async function addUnknownPackets({ trx }: Transaction, source: UnknownPackets): Promise<void> {
  await trx('unknown_nas')
    .insert({
      address: source.address,
      first_seen_at: source.firstSeenAt,
      last_seen_at: source.lastSeenAt,
      packets: source.packets,
    })
    .onConflict('address')
    .merge({
      last_seen_at: source.lastSeenAt,
      packets: trx.raw('?? + ?', ['unknown_nas.packets', source.packets]),
    });
}

/** Forgets the unknown sources seen longest ago beyond the ten thousand newest. */
export async function pruneUnknown({ trx }: Transaction, rowsMax = UNKNOWN_ROWS_MAX): Promise<void> {
  const oldestKept: { last_seen_at: number } | undefined = await trx('unknown_nas')
    .select('last_seen_at')
    .orderBy('last_seen_at', 'desc')
    .offset(rowsMax - 1)
    .limit(1)
    .first();
  if (oldestKept !== undefined) {
    await trx('unknown_nas').where('last_seen_at', '<', oldestKept.last_seen_at).delete();
  }
}
