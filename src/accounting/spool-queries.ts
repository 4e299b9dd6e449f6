/** What waits in a spool, read from its file beside the daemon that writes it. */
import { statSync } from 'node:fs';
import { openSqliteFile, type SqliteHandle } from '../db/sqlite.ts';
import { AppError } from '../errors.ts';
import type { Nas } from '../nas/nas.ts';
import { octetsToDisplay } from '../radius/octets.ts';
import { isSessionRecord } from './record.ts';
import { createReopen } from './reopen.ts';
import { readFigures, readOldest, type SpooledRequest, spoolPath } from './spool.ts';

/** How a spool stands, in the names of all JSON radmeter prints. */
export interface SpoolStatus {
  readonly file: string;
  readonly records: number;
  /** UTC; null in an empty spool. */
  readonly oldest_arrived_at: string | null;
  /** The file keeps the room it once needed until it is empty. */
  readonly file_bytes: number;
}

/** A record that waits; null = not in the packet. */
export interface WaitingRecord {
  readonly id: number;
  readonly arrived_at: string;
  readonly source_address: string;
  readonly status_type: string | null;
  readonly acct_session_id: string | null;
  readonly user_name: string | null;
}

/** Returns how the spool of a state directory stands; one that was never needed is empty. Throws AppError `unavailable` for one that cannot be read. */
export function spoolStatus(stateDir: string): SpoolStatus {
  const file = spoolPath(stateDir);
  const status = reading(file, (handle) => {
    const { records, oldest } = readFigures(handle);
    const pages = Number(handle.pragma('page_count', { simple: true }));
    const pageBytes = Number(handle.pragma('page_size', { simple: true }));
    const oldest_arrived_at = oldest === null ? null : new Date(oldest).toISOString();
    return { file, records, oldest_arrived_at, file_bytes: pages * pageBytes };
  });
  return status ?? { file, records: 0, oldest_arrived_at: null, file_bytes: 0 };
}

/** Returns the records that have waited longest, in the order in which they will be metered; `findNas` names what stands for a NAS. Throws as spoolStatus does. */
export function listSpooled(
  stateDir: string,
  { limit, findNas }: { limit: number; findNas: (address: string) => Nas },
): WaitingRecord[] {
  const oldest = reading(spoolPath(stateDir), (handle) => readOldest(handle, 0, limit));
  const reopen = createReopen({ findNas, valueName: () => undefined });
  return (oldest ?? []).map((spooled) => waitingRecord(spooled, reopen));
}

function waitingRecord(spooled: SpooledRequest, reopen: ReturnType<typeof createReopen>): WaitingRecord {
  const { decoded } = reopen(spooled);
  const record = decoded.ok ? decoded.record : undefined;
  const session = record !== undefined && isSessionRecord(record) ? record : undefined;
  return {
    id: spooled.id,
    arrived_at: new Date(spooled.arrivedAt).toISOString(),
    source_address: spooled.sourceAddress,
    status_type: record?.statusType ?? null,
    acct_session_id: session === undefined ? null : octetsToDisplay(session.acctSessionId),
    user_name: session?.userName === undefined ? null : octetsToDisplay(session.userName),
  };
}

/** Returns undefined where there is no file. */
function reading<T>(file: string, read: (handle: SqliteHandle) => T): T | undefined {
  let handle: SqliteHandle | undefined;
  try {
    if (!isThere(file)) return undefined;
    handle = openSqliteFile(file, { isReadOnly: true });
    return read(handle);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new AppError('unavailable', `the spool ${file} cannot be read: ${message}`, { cause: error });
  } finally {
    handle?.close();
  }
}

/** The driver does not tell a file that is missing from one that is not ours to read. */
function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
