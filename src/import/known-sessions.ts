/** Which sessions of another server's `radacct` are here already: brought over before, or reported to us, under whatever key. */
import { hash } from 'node:crypto';
import { isSessionRecord } from '../accounting/record.ts';
import type { Submission } from '../accounting/submission.ts';
import {
  type BatchTransaction,
  type Column,
  columnsNamed,
  type KeyedSelect,
  readOctets,
} from '../db/batch.ts';
import type { Octets } from '../radius/octets.ts';
import { importedKey } from '../sessions/imported-runs.ts';
import { findReported, lastRecordOf, type NewestBefore, type SessionItem } from './reported-sessions.ts';

/** What is known of a source and of this database. */
export interface KnownTerms {
  /** What tells the source from others. */
  readonly source: string;
  readonly newestBefore: NewestBefore;
  /** For how long sessions are kept here, in milliseconds; null: for ever. */
  readonly keepSessionsMs: number | null;
}

/** Why a session must not be metered: nobody could tell whether it was counted. */
export type Forgotten = 'imported-and-forgotten' | 'maybe-forgotten';

/** A session as it is to be metered. */
export interface KnownSession {
  readonly item: SessionItem;
  /** Whether a row of the source that was not brought over before. */
  readonly isNew: boolean;
  /** Under the key of the run that it is, where it is here. */
  readonly requests: readonly Submission[];
  readonly forgotten: Forgotten | undefined;
}

/**
 * Returns what is here of sessions, told by the row of the source and else by Acct-Session-Id, station and start.
 *
 * Locks the users' usage first, so that whoever meters a report of one of these sessions at the same time has done so
 * before or waits.
 */
export async function findKnown(
  batch: BatchTransaction,
  items: readonly SessionItem[],
  terms: KnownTerms,
): Promise<KnownSession[]> {
  const userIds = [...new Set(items.map(({ userId }) => userId))].sort((a, b) => a - b);
  batch.select(USAGE, userIds);
  const imported = batch.select<ImportedRow>(
    importedOf(terms.source),
    items.map(({ session }) => session.id),
  );
  const adjustments = batch.select<ForgottenRow>(FORGOTTEN, userIds);
  await batch.flush();
  const rows = new Map(imported.rows().map((row) => [row.source_id, row]));
  const before = new Map(items.map((item) => [item, rowOf(item, rows)]));
  const unknown = items.filter((item) => before.get(item) === undefined);
  const reported = await findReported(batch, unknown, terms.newestBefore);
  const forgottenUntil = forgottenByUser(adjustments.rows(), terms);
  return items.map((item): KnownSession => {
    const row = before.get(item);
    const found = row === undefined ? reported.get(item) : (readOctets(row.runkey) ?? undefined);
    const isLost = item.session.lastAt < (forgottenUntil.get(item.userId) ?? 0);
    const forgotten =
      found !== undefined
        ? undefined
        : row !== undefined
          ? 'imported-and-forgotten'
          : isLost
            ? 'maybe-forgotten'
            : undefined;
    const key = found ?? (item.session.isOpen ? keyOfOpen(item) : undefined);
    return { item, isNew: row === undefined, forgotten, requests: withKey(item.requests, key) };
  });
}

/** Keeps in mind which sessions here the rows of a source became; `radacctIds` has the id of each. */
export function keepKnown(
  batch: BatchTransaction,
  sessions: readonly KnownSession[],
  { source, radacctIds }: { source: string; radacctIds: ReadonlyMap<SessionItem, number> },
): void {
  const kept = sessions.flatMap(({ item, isNew }): KeptRow[] => {
    const targetId = radacctIds.get(item);
    if (!isNew || targetId === undefined) return [];
    return [{ source, sourceId: item.session.id, targetId, state: stateOf(item), at: batch.now }];
  });
  // A row number may have stood for another session, should the source have been filled anew.
  for (const { sourceId } of kept) {
    batch.change('DELETE FROM imported_rows WHERE source = ? AND kind = ? AND source_id = ?', [
      ['text', source],
      ['text', KIND],
      ['number', sourceId],
    ]);
  }
  batch.insert('imported_rows', KEPT, kept);
}

const KIND = 'session';

const USAGE: KeyedSelect = {
  columns: columnsNamed('user_id'),
  from: 'FROM user_profile_usage WHERE user_id',
  kind: 'number',
  orderBy: 'user_id',
  isLocked: true,
};

interface ImportedRow {
  readonly source_id: number;
  readonly state: string | null;
  /** NULL where the session here is gone. */
  readonly runkey: string | null;
}

/** `source` is a hash in hexadecimal. */
function importedOf(source: string): KeyedSelect {
  return {
    columns: [...columnsNamed('source_id, state'), { name: 'runkey', sql: 'radacct.runkey', isOctets: true }],
    from: `FROM imported_rows LEFT JOIN radacct ON radacct.radacctid = imported_rows.target_id WHERE source = '${source}' AND kind = '${KIND}' AND source_id`,
    kind: 'number',
    orderBy: 'source_id',
    isLocked: false,
  };
}

function rowOf(item: SessionItem, rows: ReadonlyMap<number, ImportedRow>): ImportedRow | undefined {
  const row = rows.get(item.session.id);
  return row?.state === stateOf(item) ? row : undefined;
}

/** What of a row never changes while it stands for one session. */
function stateOf({ session: { acctSessionId, nasAddress, userNames } }: SessionItem): string {
  return hash('md5', JSON.stringify([acctSessionId, nasAddress, userNames[0]]), 'hex');
}

interface ForgottenRow {
  readonly user_id: number;
  readonly at: number;
}

/** What was forgotten of days alone is no session. */
const FORGOTTEN: KeyedSelect = {
  columns: columnsNamed('user_id, at'),
  from: "FROM usage_adjustments WHERE kind = 'retention' AND days + total <> 0 AND user_id",
  kind: 'number',
  orderBy: 'user_id',
  isLocked: false,
};

/** No setting has them forgotten sooner. */
const KEPT_MS_MIN = 35 * 86_400_000;

/** Returns, for each user whose sessions have been forgotten here, the instant before which they may have been. */
function forgottenByUser(rows: readonly ForgottenRow[], { keepSessionsMs }: KnownTerms): Map<number, number> {
  return new Map(rows.map(({ user_id, at }) => [user_id, at - (keepSessionsMs ?? KEPT_MS_MIN)]));
}

/** Its NAS's next report finds it, whatever that says of itself. */
function keyOfOpen(item: SessionItem): Octets | undefined {
  const record = lastRecordOf(item);
  return record && importedKey(item.session.nasAddress, record.acctSessionId);
}

function withKey(requests: readonly Submission[], runKey: Octets | undefined): readonly Submission[] {
  if (runKey === undefined) return requests;
  return requests.map((request) => {
    const { decoded } = request;
    if (!decoded.ok || !isSessionRecord(decoded.record)) return request;
    return { ...request, decoded: { ...decoded, record: { ...decoded.record, runKey } } };
  });
}

interface KeptRow {
  readonly source: string;
  readonly sourceId: number;
  readonly targetId: number;
  readonly state: string;
  readonly at: number;
}

const KEPT: readonly Column<KeptRow>[] = [
  { name: 'source', kind: 'text', value: ({ source }) => source },
  { name: 'kind', kind: 'text', value: () => KIND },
  { name: 'source_id', kind: 'number', value: ({ sourceId }) => sourceId },
  { name: 'target_id', kind: 'number', value: ({ targetId }) => targetId },
  { name: 'state', kind: 'text', value: ({ state }) => state },
  { name: 'at', kind: 'number', value: ({ at }) => at },
];
