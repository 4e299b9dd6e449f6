/** Reading what is needed to tell a NAS something about one of its sessions. */
import type { Database } from '../db/database.ts';
import { type Octets, octetsFrom } from '../radius/octets.ts';
import { closeKindOf } from '../sessions/run-codes.ts';
import type { SessionUse } from '../usage/limits.ts';
import type { SessionIdentity } from '../vendors/vendor.ts';

/** A session as its NAS knows it. */
export interface SessionFacts {
  readonly isOpen: boolean;
  /** Where its records came from. */
  readonly sourceAddress: string;
  readonly nasIdentifier: Octets | undefined;
  readonly identity: SessionIdentity;
  /** Until now, in the NAS's own count. */
  readonly used: SessionUse;
}

/** Returns a session at an instant (epoch milliseconds); undefined where it is no more, or nobody knows what its NAS calls it. */
export async function findSessionFacts(
  { knex }: Database,
  sessionId: number,
  now: number,
): Promise<SessionFacts | undefined> {
  const [row]: FactsRow[] = await knex('radacct').where('radacctid', sessionId).select(COLUMNS);
  if (row === undefined || row.source_address === null || row.session_id_raw === null) return undefined;
  const nasIdentifier = octets(row.nas_identifier);
  return {
    isOpen: closeKindOf(row.close_kind) === 'open',
    sourceAddress: row.source_address,
    nasIdentifier,
    identity: {
      userName: octets(row.user_name_raw),
      acctSessionId: octetsFrom(row.session_id_raw),
      callingStationId: octets(row.station),
      calledStationId: octets(row.called_station_raw),
      nasIdentifier,
      nasIpAddress: row.nasipaddress || undefined,
      nasPortId: row.nasportid || undefined,
      framedIpAddress: row.framedipaddress || undefined,
    },
    used: usedUntil(row, now),
  };
}

const COLUMNS = [
  'close_kind',
  'source_address',
  'nas_identifier',
  'user_name_raw',
  'session_id_raw',
  'station',
  'called_station_raw',
  'nasipaddress',
  'nasportid',
  'framedipaddress',
  'started_at',
  'updated_at',
  'acctsessiontime',
  'acctinputoctets',
  'acctoutputoctets',
] as const;

interface FactsRow {
  readonly close_kind: number;
  readonly source_address: string | null;
  readonly nas_identifier: Buffer | null;
  readonly user_name_raw: Buffer | null;
  readonly session_id_raw: Buffer | null;
  readonly station: Buffer | null;
  readonly called_station_raw: Buffer | null;
  readonly nasipaddress: string;
  readonly nasportid: string | null;
  readonly framedipaddress: string;
  readonly started_at: number | null;
  readonly updated_at: number | null;
  readonly acctsessiontime: number | null;
  readonly acctinputoctets: number | null;
  readonly acctoutputoctets: number | null;
}

function octets(bytes: Buffer | null): Octets | undefined {
  return bytes === null ? undefined : octetsFrom(bytes);
}

/** The session has gone on since its last record. */
function usedUntil(row: FactsRow, now: number): SessionUse {
  const reported = row.acctsessiontime ?? 0;
  const since = row.updated_at === null ? 0 : Math.max(0, Math.floor((now - row.updated_at) / 1000));
  return {
    sessionTimeSeconds: reported + since,
    octets: (row.acctinputoctets ?? 0) + (row.acctoutputoctets ?? 0),
  };
}
