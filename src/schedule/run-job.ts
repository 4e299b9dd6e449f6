/** One run of a job: claimed, held by a heartbeat while it lasts, and ended with what came of it. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import type { Calendar } from '../usage/period.ts';
import type { Job } from './job.ts';
import {
  type Claim,
  claimRun,
  DONE,
  endRun,
  FAILED,
  type HeldRun,
  LEASE_MS,
  prolongRun,
  RETRY_MS,
  type RunEnd,
} from './job-run-store.ts';

export interface RunJobOptions {
  readonly db: Database;
  /** The database's. */
  readonly clock: Clock;
  /** By what name this instance holds runs. */
  readonly holder: string;
  readonly calendar: Calendar;
  readonly dueAt: number;
  /** Ends the run; it is to be repeated at once. */
  readonly signal: AbortSignal;
  readonly onClaimed?: (claim: Claim & { readonly outcome: 'claimed' }) => void;
  readonly onItems?: (count: number) => void;
  readonly onNote?: (line: string) => void;
  readonly heartbeatMs?: number;
}

/** What became of a run: whether it was ours, how it ended, and how many items were dealt with here; what somebody did before who did not end it stands in `job_runs` with it. */
export type JobOutcome =
  | Exclude<Claim, { readonly outcome: 'claimed' }>
  | { readonly outcome: 'done'; readonly itemCount: number; readonly tookMs: number }
  | {
      readonly outcome: 'failed';
      readonly itemCount: number;
      readonly tookMs: number;
      readonly error: unknown;
    }
  /** Another instance has it now, because this one was not heard of. */
  | { readonly outcome: 'lost'; readonly itemCount: number; readonly tookMs: number };

/** Why a run that was ended from outside is repeated. */
export class RunStopped extends Error {
  override readonly name = 'RunStopped';
}

/** Runs a job for one due time, unless somebody has done it or is at it. What the job throws is the outcome `failed`; rejects only when the database cannot be asked. */
export async function runJob(job: Job, options: RunJobOptions): Promise<JobOutcome> {
  const { db, clock, holder, dueAt, onClaimed } = options;
  const claim = await inTransaction(db, clock, (transaction) =>
    claimRun(transaction, { job: job.name, dueAt, holder }),
  );
  if (claim.outcome !== 'claimed') return claim;
  onClaimed?.(claim);
  return runClaimed(job, options, { id: claim.id, holder, itemsBefore: claim.itemsBefore });
}

async function runClaimed(
  job: Job,
  options: RunJobOptions,
  { itemsBefore, ...held }: HeldRun & { readonly itemsBefore: number },
): Promise<JobOutcome> {
  const { db, clock, calendar, onItems } = options;
  const beganAt = performance.now();
  const lost = new AbortController();
  let itemCount = 0;
  const heartbeat = setInterval(() => void beat(), options.heartbeatMs ?? LEASE_MS / 4);
  heartbeat.unref();
  const beat = async () => {
    try {
      const isHeld = await inTransaction(db, clock, (transaction) =>
        prolongRun(transaction, { ...held, itemCount: itemsBefore + itemCount }),
      );
      if (!isHeld) lost.abort();
    } catch {
      // A database that does not answer fails the job itself, or is back before the lease ends.
    }
  };
  const signal = AbortSignal.any([options.signal, lost.signal]);
  let thrown: unknown;
  try {
    const counted = await job.run({
      calendar,
      isDryRun: false,
      signal,
      onNote: options.onNote,
      onItems: (count) => {
        itemCount += count;
        onItems?.(count);
      },
    });
    itemCount = counted;
    if (options.signal.aborted) thrown = new RunStopped('radmeter was stopped before it was done');
  } catch (error) {
    thrown = error;
  } finally {
    clearInterval(heartbeat);
  }
  const tookMs = performance.now() - beganAt;
  const end = endOf(thrown, itemsBefore + itemCount, clock.now());
  const isOurs = await inTransaction(db, clock, (transaction) => endRun(transaction, held, end));
  if (!isOurs) return { outcome: 'lost', itemCount, tookMs };
  return thrown === undefined
    ? { outcome: 'done', itemCount, tookMs }
    : { outcome: 'failed', itemCount, tookMs, error: thrown };
}

function endOf(thrown: unknown, itemCount: number, now: number): RunEnd {
  if (thrown === undefined) return { status: DONE, itemCount };
  const error = thrown instanceof Error ? thrown.message : String(thrown);
  // Stopped on purpose: whoever is there next goes on.
  const retryAt = thrown instanceof RunStopped ? now : now + RETRY_MS;
  return { status: FAILED, itemCount, error, retryAt };
}
