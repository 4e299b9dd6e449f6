/** Writes to the tables `nas` and `unknown_nas`. */
import type { Transaction } from '../db/database.ts';
import { octetsToBytes } from '../radius/octets.ts';
import type { Nas } from './nas.ts';
import type { NasOptions } from './nas-options.ts';
import type { Sender } from './sender.ts';

/** A NAS before it has a row; its secrets as text, as FreeRADIUS reads them from the same table. */
export type NewNas = Omit<Nas, 'id' | 'secrets' | 'clockOffsetMs' | 'lastSeenAt'> & {
  readonly secret: string;
  readonly previousSecret: string | null;
};

/** What is learned about a NAS from its packets; undefined leaves what is known. */
export interface NasFacts {
  readonly lastSeenAt?: number;
  readonly clockOffsetMs?: number;
  readonly sendsGigawords?: true;
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
  const ids: number[] = await trx('nas').insert(columnsOf(nas));
  const [id] = ids;
  if (id === undefined) throw new Error('The database gave no id to the new row of nas.');
  return id;
}

/** Writes what a person says of a NAS; what is not said stays. */
export async function updateNasOptions(
  { trx }: Transaction,
  nasId: number,
  options: NasOptions,
): Promise<void> {
  await trx('nas').where('id', nasId).update(columnsOf(options));
}

type ColumnValue = string | number | boolean | Buffer | null;

/** FreeRADIUS's own columns hold the same as ours, where it has them. */
function columnsOf(options: NasOptions): Record<string, ColumnValue> {
  const { direction, matchIdentifier } = options;
  const columns = {
    nasname: options.prefix,
    // It overrides nasname, and a row that others wrote may have it.
    cidr: options.prefix === undefined ? undefined : null,
    shortname: options.name,
    type: options.kind,
    secret: options.secret,
    kind: options.kind,
    previous_secret: options.previousSecret,
    coa_port: options.coaPort,
    require_message_authenticator: options.requireMessageAuthenticator,
    direction: direction === 'auto' ? null : direction,
    octet_unit: options.octetUnit,
    max_rate_kbps: options.maxRateKbps,
    match_identifier: matchIdentifier ? octetsToBytes(matchIdentifier) : matchIdentifier,
    interval_floor_seconds: options.intervalFloorSeconds,
    sends_gigawords: options.sendsGigawords,
  };
  const said: Record<string, ColumnValue> = {};
  for (const [column, value] of Object.entries(columns)) if (value !== undefined) said[column] = value;
  return said;
}

/** Deletes the row of a NAS; returns whether it was there. */
export async function deleteNas({ trx }: Transaction, nasId: number): Promise<boolean> {
  const deleted: number = await trx('nas').where('id', nasId).delete();
  return deleted > 0;
}

/** Writes what was learned about a NAS; that it sends Gigawords only where nobody has set the contrary. */
export async function updateNasFacts({ trx }: Transaction, nasId: number, facts: NasFacts): Promise<void> {
  const columns = {
    ...(facts.lastSeenAt === undefined ? {} : { last_seen_at: facts.lastSeenAt }),
    ...(facts.clockOffsetMs === undefined ? {} : { clock_offset_ms: facts.clockOffsetMs }),
    ...(facts.sendsGigawords === undefined
      ? {}
      : { sends_gigawords: trx.raw('coalesce(??, ?)', ['sends_gigawords', true]) }),
  };
  if (Object.keys(columns).length > 0) await trx('nas').where('id', nasId).update(columns);
}

/** Writes what is known of a sender; another instance may have heard it later, or have seen its Gigawords. */
export async function saveSender({ trx }: Transaction, sender: Sender): Promise<void> {
  const { lastSeenAt, clockOffsetMs, sendsGigawords } = sender;
  await trx('nas_senders')
    .insert({
      address: sender.address,
      nas_identifier: octetsToBytes(sender.nasIdentifier),
      last_seen_at: lastSeenAt,
      clock_offset_ms: clockOffsetMs,
      sends_gigawords: sendsGigawords,
    })
    .onConflict(['address', 'nas_identifier'])
    .merge({
      ...(clockOffsetMs === null ? {} : { clock_offset_ms: clockOffsetMs }),
      ...(sendsGigawords ? { sends_gigawords: true } : {}),
      last_seen_at: trx.raw('CASE WHEN ?? > ? THEN ?? ELSE ? END', [
        'nas_senders.last_seen_at',
        lastSeenAt,
        'nas_senders.last_seen_at',
        lastSeenAt,
      ]),
    });
}

/** Forgets the senders heard longest ago beyond so many. */
export async function pruneSenders({ trx }: Transaction, rowsMax: number): Promise<void> {
  await pruneOldest(trx, 'nas_senders', rowsMax);
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
  await pruneOldest(trx, 'unknown_nas', rowsMax);
}

async function pruneOldest(
  trx: Transaction['trx'],
  table: 'unknown_nas' | 'nas_senders',
  rowsMax: number,
): Promise<void> {
  const oldestKept: { last_seen_at: number } | undefined = await trx(table)
    .select('last_seen_at')
    .orderBy('last_seen_at', 'desc')
    .offset(rowsMax - 1)
    .limit(1)
    .first();
  if (oldestKept !== undefined) {
    await trx(table).where('last_seen_at', '<', oldestKept.last_seen_at).delete();
  }
}
