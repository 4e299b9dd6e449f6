/** Claiming, holding and ending runs in `job_runs`: one instance of many runs each due time. */
import type { Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';

/** How runs end. A run that failed, or whose holder was lost, is repeated as long as nothing later is due. */
const RUNNING = 'running';
export const DONE = 'done';
export const FAILED = 'failed';

/** How long a run belongs to its holder without a heartbeat. */
export const LEASE_MS = 60_000;

export interface RunWanted {
  readonly job: string;
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** The instance that asks. */
  readonly holder: string;
}

/** What came of asking for a run: it is ours, it is done already, another one of the job is under way, or it failed a moment ago. */
export type Claim =
  | {
      readonly outcome: 'claimed';
      readonly id: number;
      readonly isTakenOver: boolean;
      /** What was dealt with before, where somebody began the run and did not end it. */
      readonly itemsBefore: number;
    }
  | { readonly outcome: 'done' }
  | { readonly outcome: 'busy'; readonly holder: string; readonly until: number }
  | { readonly outcome: 'waiting'; readonly until: number };

interface RunRow {
  readonly id: number;
  readonly due_at: number;
  readonly status: string;
  readonly leased_by: string;
  readonly leased_until: number;
  readonly item_count: number | null;
}

/** Takes a run where nobody has it: makes it, or takes it over from a holder whose lease has ended. */
export async function claimRun(transaction: Transaction, wanted: RunWanted): Promise<Claim> {
  const { trx, now } = transaction;
  const rows = await lockRuns(transaction, wanted);
  const live = rows.find((row) => row.status === RUNNING && isAhead(row.leased_until, now));
  if (live !== undefined) return { outcome: 'busy', holder: live.leased_by, until: live.leased_until };
  const known = rows.find((row) => row.due_at === wanted.dueAt);
  if (known?.status === DONE) return { outcome: 'done' };
  if (known?.status === FAILED && isAhead(known.leased_until, now)) {
    return { outcome: 'waiting', until: known.leased_until };
  }
  await giveUpLost(transaction, wanted, rows);
  const columns = {
    status: RUNNING,
    leased_by: wanted.holder,
    leased_until: now + LEASE_MS,
    finished_at: null,
    error: null,
  };
  if (known !== undefined) {
    // One run for one due time, however many have a part in it: it began when the first of them began it.
    await trx('job_runs').where('id', known.id).update(columns);
    const itemsBefore = known.item_count ?? 0;
    return { outcome: 'claimed', id: known.id, isTakenOver: known.status === RUNNING, itemsBefore };
  }
  const run = { job: wanted.job, due_at: wanted.dueAt, started_at: now, item_count: null };
  const [id] = await trx('job_runs').insert({ ...run, ...columns });
  return await refuseSecond(transaction, wanted, Number(id));
}

async function lockRuns({ dialect, trx }: Transaction, { job, dueAt }: RunWanted): Promise<RunRow[]> {
  return lockRows[dialect](
    trx('job_runs')
      .where({ job })
      .where((either) => either.where('status', RUNNING).orWhere('due_at', dueAt))
      .select('id', 'due_at', 'status', 'leased_by', 'leased_until', 'item_count'),
  );
}

/** An instance that asks for another due time of the job at this instant has a row that was not there to be locked; each waits for the other's, and the one that loses asks again. */
async function refuseSecond(transaction: Transaction, wanted: RunWanted, id: number): Promise<Claim> {
  const { trx, now } = transaction;
  const others = (await lockRuns(transaction, wanted)).filter((row) => row.id !== id);
  const live = others.find((row) => row.status === RUNNING && isAhead(row.leased_until, now));
  if (live === undefined) return { outcome: 'claimed', id, isTakenOver: false, itemsBefore: 0 };
  await trx('job_runs').where({ id }).delete();
  return { outcome: 'busy', holder: live.leased_by, until: live.leased_until };
}

/** Whether a lease, or the wait after a failure, lasts until later; one further ahead than any can be is of a clock that has been set back since. Instants are epoch milliseconds. */
export function isAhead(until: number, now: number): boolean {
  return until > now && until <= now + RETRY_MS + LEASE_MS;
}

/** What was due before is done by the run that is claimed now. */
async function giveUpLost({ trx, now }: Transaction, { dueAt }: RunWanted, rows: readonly RunRow[]) {
  const lost = rows.filter((row) => row.status === RUNNING && row.due_at !== dueAt);
  for (const { id, leased_by: holder } of lost) {
    await trx('job_runs')
      .where({ id })
      .update({
        status: FAILED,
        finished_at: now,
        leased_until: now,
        error: `${holder} was lost while it ran; the run due at ${new Date(dueAt).toISOString()} does its work`,
      });
  }
}

export interface HeldRun {
  readonly id: number;
  readonly holder: string;
}

/** Prolongs a lease and says how far the run is; false where the run is not the holder's any more. */
export async function prolongRun(
  { trx, now }: Transaction,
  { id, holder, itemCount }: HeldRun & { readonly itemCount: number },
): Promise<boolean> {
  const changed = await trx('job_runs')
    .where({ id, leased_by: holder, status: RUNNING })
    .update({ leased_until: now + LEASE_MS, item_count: itemCount });
  return changed > 0;
}

/** How a run ended: done, or failed and to be repeated at `retryAt` (epoch milliseconds). */
export type RunEnd =
  | { readonly status: typeof DONE; readonly itemCount: number }
  | {
      readonly status: typeof FAILED;
      readonly itemCount: number;
      readonly error: string;
      readonly retryAt: number;
    };

/** After a failure the job is repeated this much later. */
export const RETRY_MS = 300_000;

/** Ends a run; false where it is not the holder's any more. */
export async function endRun(
  { trx, now }: Transaction,
  { id, holder }: HeldRun,
  end: RunEnd,
): Promise<boolean> {
  const changed = await trx('job_runs')
    .where({ id, leased_by: holder, status: RUNNING })
    .update({
      status: end.status,
      finished_at: now,
      leased_until: end.status === FAILED ? end.retryAt : now,
      item_count: end.itemCount,
      error: end.status === FAILED ? end.error : null,
    });
  return changed > 0;
}
