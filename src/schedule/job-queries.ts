/** Reading what scheduled jobs did, the newest first. */
import type { Database } from '../db/database.ts';
import { idsInWindow, inOrderOf, type ListWindow, type Ordering } from '../db/list-window.ts';

/** Which runs to read; what is not given does not matter. */
export interface JobRunFilter {
  readonly job?: string | undefined;
  readonly status?: string | undefined;
}

/** One run of a job; instants are epoch milliseconds. */
export interface JobRunListing {
  readonly id: number;
  readonly job: string;
  /** When it was to run. */
  readonly dueAt: number;
  readonly status: string;
  /** The instance that ran it, or runs it until its lease ends. */
  readonly leasedBy: string;
  readonly leasedUntil: number;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** How many rows, mails or sessions it dealt with. */
  readonly itemCount: number | null;
  readonly error: string | null;
}

/** A filtered list: how long it is, and parts of it. */
export interface JobRunList {
  readonly isWhole: boolean;
  count(): Promise<number>;
  rows(window: ListWindow): Promise<JobRunListing[]>;
}

/** Returns the runs that fit. */
export function listJobRuns(reader: Database, { job, status }: JobRunFilter): JobRunList {
  const found = () => {
    const query = reader.knex('job_runs');
    if (job !== undefined) query.where('job', job);
    if (status !== undefined) query.where('status', status);
    return query;
  };
  return {
    isWhole: job === undefined && status === undefined,
    async count() {
      const [row]: { runs: number }[] = await found().count('* as runs');
      return Number(row?.runs ?? 0);
    },
    async rows(window) {
      const ids = await idsInWindow(
        found().select('id'),
        job === undefined ? STARTED_LAST : DUE_LAST,
        window,
      );
      const rows: JobRunRow[] = await reader.knex('job_runs').whereIn('id', ids).select('*');
      return inOrderOf(ids, rows).map(listingFromRow);
    },
  };
}

/** A run is claimed by inserting it, so ids follow the starts. */
const STARTED_LAST: readonly Ordering[] = [{ column: 'id', order: 'desc' }];
/** As the index that keeps runs from starting twice holds those of one job. */
const DUE_LAST: readonly Ordering[] = [{ column: 'due_at', order: 'desc' }, ...STARTED_LAST];

interface JobRunRow {
  readonly id: number;
  readonly job: string;
  readonly due_at: number;
  readonly status: string;
  readonly leased_by: string;
  readonly leased_until: number;
  readonly started_at: number;
  readonly finished_at: number | null;
  readonly item_count: number | null;
  readonly error: string | null;
}

function listingFromRow(row: JobRunRow): JobRunListing {
  return {
    id: row.id,
    job: row.job,
    dueAt: row.due_at,
    status: row.status,
    leasedBy: row.leased_by,
    leasedUntil: row.leased_until,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    itemCount: row.item_count,
    error: row.error,
  };
}

/** How a run stands. */
export interface RunState {
  readonly status: string;
  /** Until when it belongs to its holder, or is not to be repeated; epoch milliseconds. */
  readonly leasedUntil: number;
}

/** Returns how the runs of jobs for certain due times stand, by the name of the job; those that nobody began are absent. */
export async function runsOf(
  { knex }: Database,
  wanted: readonly { readonly job: string; readonly dueAt: number }[],
): Promise<ReadonlyMap<string, RunState>> {
  if (wanted.length === 0) return new Map();
  const rows: JobRunRow[] = await knex('job_runs')
    .where((any) => {
      for (const { job, dueAt } of wanted) any.orWhere({ job, due_at: dueAt });
    })
    .select('job', 'status', 'leased_until');
  return new Map(rows.map((row) => [row.job, { status: row.status, leasedUntil: row.leased_until }]));
}

/** Returns the newest run of each job, by name. */
export async function newestRuns(
  db: Database,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, JobRunListing>> {
  const found = new Map<string, JobRunListing>();
  for (const job of jobs) {
    const [run] = await listJobRuns(db, { job }).rows({ offset: 0, limit: 1, isFromEnd: false });
    if (run !== undefined) found.set(job, run);
  }
  return found;
}
