/** Sessions of another server's `radacct` that were reported to us too, and so stand here under the key that their NAS makes. */
import { isSessionRecord, type SessionRecord } from '../accounting/record.ts';
import type { Submission } from '../accounting/submission.ts';
import { type BatchTransaction, columnsNamed, type KeyedSelect, readOctets } from '../db/batch.ts';
import type { Octets } from '../radius/octets.ts';
import { SLACK_MS } from '../sessions/run.ts';
import type { RadacctSession } from './radacct-session.ts';

/** A session with the requests it stands for, and whose it is. */
export interface SessionItem {
  readonly session: RadacctSession;
  readonly userId: number;
  readonly nasIdentifier: Octets | undefined;
  readonly requests: readonly Submission[];
}

/** The newest session that was here when an import began, and when that was (epoch milliseconds): what is newer came of it, or was reported since. */
export interface NewestBefore {
  readonly radacctId: number;
  readonly at: number;
}

/** Returns what an item says last: its record tells the most. */
export function lastRecordOf({ requests }: Pick<SessionItem, 'requests'>): SessionRecord | undefined {
  const decoded = requests.at(-1)?.decoded;
  return decoded?.ok === true && isSessionRecord(decoded.record) ? decoded.record : undefined;
}

interface ReportedRow {
  readonly user_id: number;
  readonly runkey: string;
  readonly session_id_raw: string;
  readonly station: string | null;
  readonly started_at: number;
  readonly nas_started_at: number | null;
  readonly arrival_started_at: number;
}

/** A session that ended long before the import began has not been reported since. */
const RECENT_MS = 86_400_000;

/** Returns the keys of the runs that sessions are although these stand under another key: their NAS calls itself something, or has another address. */
export async function findReported(
  batch: BatchTransaction,
  items: readonly SessionItem[],
  newestBefore: NewestBefore,
): Promise<Map<SessionItem, Octets>> {
  const [recent = [], past = []] = [true, false].map((wanted) =>
    items.filter(({ session }) => session.lastAt >= newestBefore.at - RECENT_MS === wanted),
  );
  const pending = [
    selectReported(batch, recent, Number.MAX_SAFE_INTEGER),
    selectReported(batch, past, newestBefore.radacctId),
  ];
  await batch.flush();
  const rows = Map.groupBy(
    pending.flatMap((each) => each.rows()),
    sessionOf,
  );
  return new Map(
    items.flatMap((item) => {
      const record = lastRecordOf(item);
      const same =
        record === undefined
          ? []
          : (rows.get(sessionKey(item.userId, record.acctSessionId, record.station)) ?? []);
      const found = same.find((row) => startsWith(row, item.session));
      const key = found === undefined ? undefined : readOctets(found.runkey);
      return key === undefined ? [] : [[item, key] as const];
    }),
  );
}

function sessionOf({ user_id, session_id_raw, station }: ReportedRow): string {
  return sessionKey(user_id, readOctets(session_id_raw) ?? '', readOctets(station));
}

function sessionKey(userId: number, acctSessionId: Octets, station: Octets | undefined): string {
  return `${userId} ${station?.length ?? '-'} ${station ?? ''} ${acctSessionId}`;
}

/** FreeRADIUS keeps the start on the NAS's clock where it sends that, else on its own. */
function startsWith(row: ReportedRow, { startedAt }: RadacctSession): boolean {
  return [row.started_at, row.nas_started_at, row.arrival_started_at].some(
    (start) => start !== null && Math.abs(start - startedAt) <= SLACK_MS,
  );
}

/** Bounds are rounded: each text of a statement is prepared once and kept. */
const BOUND_MS = 30 * 86_400_000;

function selectReported(batch: BatchTransaction, items: readonly SessionItem[], newest: number) {
  const starts = items.map(({ session }) => session.startedAt);
  const from = Math.floor((Math.min(...starts) - SLACK_MS) / BOUND_MS) * BOUND_MS;
  const until = Math.ceil((Math.max(...starts) + SLACK_MS) / BOUND_MS) * BOUND_MS;
  const within = ['started_at', 'nas_started_at', 'arrival_started_at']
    .map((column) => `${column} BETWEEN ${from} AND ${until}`)
    .join(' OR ');
  const select: KeyedSelect = {
    columns: REPORTED_COLUMNS,
    // The index goes on with the key of the table, so that the bound of that saves the rows.
    from: `FROM radacct WHERE close_kind IN (0, 1, 2) AND radacctid <= ${newest} AND runkey IS NOT NULL AND session_id_raw IS NOT NULL AND (${within}) AND user_id`,
    kind: 'number',
    orderBy: 'radacctid',
    isLocked: false,
  };
  return batch.select<ReportedRow>(select, [...new Set(items.map(({ userId }) => userId))]);
}

const REPORTED_COLUMNS = [
  ...columnsNamed('user_id, started_at, nas_started_at, arrival_started_at'),
  ...['runkey', 'session_id_raw', 'station'].map((name) => ({ name, isOctets: true })),
];
