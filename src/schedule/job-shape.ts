/** The JSON of a job's run. Pure. */
import { instantJson } from '../clock.ts';
import type { JobRunListing } from './job-queries.ts';

/** Returns a run's JSON. */
export function jobRunShape(run: JobRunListing) {
  return {
    id: run.id,
    job: run.job,
    status: run.status,
    due_at: instantJson(run.dueAt),
    started_at: instantJson(run.startedAt),
    finished_at: instantJson(run.finishedAt),
    item_count: run.itemCount,
    error: run.error,
    leased_by: run.leasedBy,
    leased_until: instantJson(run.leasedUntil),
  };
}
