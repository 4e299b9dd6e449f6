/** What a scheduled job is. */
import type { Calendar } from '../usage/period.ts';
import type { Cadence } from './cadence.ts';

/** What a job is told when it runs. */
export interface JobTerms {
  /** In the zone of the database. */
  readonly calendar: Calendar;
  /** Changes nothing, and counts what it would do. */
  readonly isDryRun: boolean;
  /** Ends it after the piece at hand: the run is lost to another instance, or radmeter stops. */
  readonly signal: AbortSignal;
  /** To be told how many items more were dealt with, for whoever watches. */
  readonly onItems: (count: number) => void;
  /** To be told in words what was dealt with, for whoever runs it by hand. */
  readonly onNote?: ((line: string) => void) | undefined;
}

export interface Job {
  /** Its name in `job_runs`. */
  readonly name: string;
  /** What it does, in one line. */
  readonly describe: string;
  readonly cadence: Cadence;
  /** Jobs of one lane run one after another in one instance; its own where there is none. */
  readonly lane?: string;
  /** Does everything that is due, or goes on where a run before was killed, and returns how many items that were. Two at once do no harm. */
  run(terms: JobTerms): Promise<number>;
}
