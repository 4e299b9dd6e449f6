/** What deciding within a batch reads and writes: open sessions of its users, intents, and the log of who is cut off. */
import {
  type BatchTransaction,
  type Column,
  columnsNamed,
  type KeyedSelect,
  type SelectedColumn,
} from '../db/batch.ts';
import type { SessionState } from './decide.ts';
import { INTENT_KINDS, type IntentKind, liveKeyOf, NOT_SENT, PENDING, SUPERSEDED } from './intent.ts';

/** An open session of a user, and how long it has lasted. */
export interface OpenSession extends SessionState {
  readonly sessionSeconds: number | undefined;
}

/** Reads the open sessions of users with what was decided about them; they are there after the next flush. */
export function selectOpenSessions(batch: BatchTransaction, userIds: readonly number[]): () => OpenSession[] {
  const pending = batch.select<SessionRow>(OPEN_SESSIONS, userIds);
  return () => pending.rows().map(sessionFromRow);
}

/** Locks the open sessions of users, before their usage is (design §4). */
export function lockOpenSessions(batch: BatchTransaction, userIds: readonly number[]): void {
  batch.select(LOCKED_SESSIONS, userIds);
}

/** Reads which users are cut off, and why; they are there after the next flush. */
export function selectOpenDisconnections(
  batch: BatchTransaction,
  userIds: readonly number[],
): () => readonly { readonly userId: number; readonly reason: string }[] {
  const pending = batch.select<{ user_id: number; reason: string }>(OPEN_DISCONNECTIONS, userIds);
  return () => pending.rows().map((row) => ({ userId: row.user_id, reason: row.reason }));
}

/** A decision to be written down. */
export interface BatchIntent {
  readonly sessionId: number;
  readonly userId: number;
  readonly kind: IntentKind;
  readonly reason: string;
  /** Why it is not carried out; undefined where it is. */
  readonly unsentBecause: string | undefined;
}

/** Writes intents; one for a session that somebody else has decided about meanwhile is a duplicate key, and the batch is decided again. */
export function insertIntents(batch: BatchTransaction, intents: readonly BatchIntent[]): void {
  const now = batch.now;
  const columns: readonly Column<BatchIntent>[] = [
    { name: 'radacctid', kind: 'number', value: ({ sessionId }) => sessionId },
    { name: 'user_id', kind: 'number', value: ({ userId }) => userId },
    { name: 'kind', kind: 'text', value: ({ kind }) => kind },
    { name: 'reason', kind: 'text', value: ({ reason }) => reason },
    { name: 'status', kind: 'text', value: (intent) => (isSent(intent) ? PENDING : NOT_SENT) },
    {
      name: 'live_key',
      kind: 'text',
      value: (intent) => (isSent(intent) ? liveKeyOf(intent.sessionId) : undefined),
    },
    { name: 'due_at', kind: 'number', value: () => now },
    { name: 'created_at', kind: 'number', value: () => now },
    { name: 'finished_at', kind: 'number', value: (intent) => (isSent(intent) ? undefined : now) },
    { name: 'outcome', kind: 'text', value: ({ unsentBecause }) => unsentBecause },
  ];
  batch.insert('enforcement_intents', columns, intents);
}

function isSent({ unsentBecause }: BatchIntent): boolean {
  return unsentBecause === undefined;
}

/** Ends live intents that others take the place of. */
export function supersedeIntents(batch: BatchTransaction, intentIds: readonly number[]): void {
  for (const id of intentIds) {
    batch.change('UPDATE enforcement_intents SET status = ?, live_key = NULL, finished_at = ? WHERE id = ?', [
      ['text', SUPERSEDED],
      ['number', batch.now],
      ['number', id],
    ]);
  }
}

/** Writes down what sessions are told from now on. */
export function saveLimitsTold(
  batch: BatchTransaction,
  told: readonly { readonly sessionId: number; readonly limitsTold: number }[],
): void {
  for (const { sessionId, limitsTold } of told) {
    batch.change('UPDATE radacct SET limits_told = ? WHERE radacctid = ?', [
      ['number', limitsTold],
      ['number', sessionId],
    ]);
  }
}

/** Why somebody is cut off, by the columns of contract §12; octets and seconds. */
export interface BatchDisconnection {
  readonly userId: number;
  readonly reason: string;
  readonly description: string;
  readonly quotaUsed: number | undefined;
  readonly quotaLimit: number | undefined;
  readonly sessionSeconds: number | undefined;
}

/** Adds entries to the disconnection log. */
export function insertDisconnections(
  batch: BatchTransaction,
  disconnections: readonly BatchDisconnection[],
): void {
  const columns: readonly Column<BatchDisconnection>[] = [
    { name: 'user_id', kind: 'number', value: ({ userId }) => userId },
    { name: 'reason', kind: 'text', value: ({ reason }) => reason },
    { name: 'description', kind: 'text', value: ({ description }) => description },
    { name: 'disconnected_at', kind: 'instant', value: () => batch.now },
    { name: 'is_active', kind: 'number', value: () => 1 },
    { name: 'quota_used', kind: 'number', value: ({ quotaUsed }) => quotaUsed },
    { name: 'quota_limit', kind: 'number', value: ({ quotaLimit }) => quotaLimit },
    { name: 'session_duration', kind: 'number', value: ({ sessionSeconds }) => sessionSeconds },
  ];
  batch.insert('user_disconnection_logs', columns, disconnections);
}

interface SessionRow {
  readonly session_id: number;
  readonly user_id: number;
  readonly limits_told: number | null;
  readonly session_seconds: number | null;
  readonly live_id: number | null;
  readonly live_kind: string | null;
  readonly ended: number;
  readonly ended_at: number | null;
  readonly unsupported: number;
  readonly unsent_disconnects: number;
  readonly unsent_changes: number;
}

const SESSION_COLUMNS: readonly SelectedColumn[] = columnsNamed(
  'session_id, user_id, limits_told, session_seconds, live_id, live_kind, ended, ended_at, unsupported, unsent_disconnects, unsent_changes',
);

/** An ended disconnection is one that was tried, whatever came of it. */
const ENDED = `intents.kind = 'disconnect' AND intents.live_key IS NULL AND intents.status NOT IN ('${SUPERSEDED}', '${NOT_SENT}')`;

/** Rows of other programs have no runkey. Sums instead of rows, as a session that will not go collects intents as long as it lives. */
const OPEN_SESSIONS: KeyedSelect = {
  columns: SESSION_COLUMNS,
  from: `FROM (SELECT radacct.radacctid AS session_id, MAX(radacct.user_id) AS user_id,
      MAX(radacct.limits_told) AS limits_told, MAX(radacct.acctsessiontime) AS session_seconds,
      MAX(CASE WHEN intents.live_key IS NOT NULL THEN intents.id END) AS live_id,
      MAX(CASE WHEN intents.live_key IS NOT NULL THEN intents.kind END) AS live_kind,
      COUNT(CASE WHEN ${ENDED} THEN 1 END) AS ended,
      MAX(CASE WHEN ${ENDED} THEN intents.finished_at END) AS ended_at,
      COUNT(CASE WHEN ${ENDED} AND intents.status = 'unsupported' THEN 1 END) AS unsupported,
      COUNT(CASE WHEN intents.status = '${NOT_SENT}' AND intents.kind = 'disconnect' THEN 1 END) AS unsent_disconnects,
      COUNT(CASE WHEN intents.status = '${NOT_SENT}' AND intents.kind = 'coa' THEN 1 END) AS unsent_changes
    FROM radacct LEFT JOIN enforcement_intents intents ON intents.radacctid = radacct.radacctid
    WHERE radacct.close_kind = 0 AND radacct.runkey IS NOT NULL AND radacct.user_id`,
  kind: 'number',
  end: ' GROUP BY radacct.radacctid) AS open_sessions',
  orderBy: 'session_id',
  isLocked: false,
};

const LOCKED_SESSIONS: KeyedSelect = {
  columns: columnsNamed('radacctid'),
  from: 'FROM radacct WHERE close_kind = 0 AND user_id',
  kind: 'number',
  orderBy: 'radacctid',
  isLocked: true,
};

const OPEN_DISCONNECTIONS: KeyedSelect = {
  columns: columnsNamed('user_id, reason'),
  from: 'FROM user_disconnection_logs WHERE is_active = 1 AND user_id',
  kind: 'number',
  orderBy: 'user_id',
  isLocked: false,
};

function sessionFromRow(row: SessionRow): OpenSession {
  const kind = INTENT_KINDS.find((known) => known === row.live_kind);
  return {
    sessionId: row.session_id,
    userId: row.user_id,
    limitsTold: row.limits_told ?? undefined,
    live: row.live_id === null || kind === undefined ? undefined : { intentId: row.live_id, kind },
    endedCount: Number(row.ended),
    endedAt: row.ended_at ?? undefined,
    isUnsupported: Number(row.unsupported) > 0,
    hasUnsentDisconnect: Number(row.unsent_disconnects) > 0,
    hasUnsentChange: Number(row.unsent_changes) > 0,
    sessionSeconds: row.session_seconds ?? undefined,
  };
}
