/** Runs jobs when they are due, each due time once among all instances of a database, and what was missed once at the start. */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { Calendar } from '../usage/period.ts';
import { timezoneInForce } from '../usage/stored-timezone.ts';
import { Alarm } from './alarm.ts';
import type { Job } from './job.ts';
import { type RunState, runsOf } from './job-queries.ts';
import { DONE, isAhead } from './job-run-store.ts';
import { type JobOutcome, RunStopped, runJob } from './run-job.ts';

export interface SchedulerOptions {
  readonly db: Database;
  /** The database's, so that instances agree. */
  readonly clock: Clock;
  readonly jobs: readonly Job[];
  /** By what name this instance holds runs. */
  readonly holder: string;
  /** The database's zone, an IANA name; it is followed when another one is set. */
  readonly timezone: string;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'jobRuns' | 'jobItems' | 'jobSeconds' | 'jobSucceededAt'>;
  readonly heartbeatMs?: number;
  /** How often is looked beside the times of the jobs, as cron writes it; every 15 s if not given. */
  readonly lookTimes?: string;
}

/** How often is looked, beside the times of the jobs: for runs whose holder was lost, that failed, or that a clock or a zone has moved. */
const LOOK = '*/15 * * * * *';
/** What is under way when everything closes is not waited for longer: a database may hang. */
const CLOSE_WAIT_MS = 3_000;

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #closing = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  #alarm: Alarm | undefined;
  #calendar: Calendar;
  #looking: Promise<void> | undefined;
  #isInTrouble = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#calendar = new Calendar(options.timezone);
  }

  /** Looks now, which catches up with what was missed, and from then on whenever something may be due. */
  async start(): Promise<void> {
    this.#setAlarm();
    await this.#lookSafely();
  }

  /** Ends what runs after the piece at hand, so that another instance goes on with it at once. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#alarm?.stop();
    const { promise: waitedEnough, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_WAIT_MS);
    await Promise.race([this.finished(), waitedEnough]);
    clearTimeout(timer);
  }

  /** Begins every run that is due and that nobody has; one look at a time. Rejects when the database cannot be asked. */
  look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Resolves when nothing is under way. */
  async finished(): Promise<void> {
    while (this.#looking !== undefined || this.#running.size > 0) {
      await this.#looking?.catch(() => {});
      await Promise.all(this.#running.values());
    }
  }

  async #lookOnce(): Promise<void> {
    const { db, clock, jobs } = this.#options;
    const calendar = await this.#currentCalendar();
    const now = clock.now();
    const due = jobs.map((job) => ({ job, dueAt: job.cadence.lastDue(calendar, now) }));
    const states = await runsOf(
      db,
      due.map(({ job, dueAt }) => ({ job: job.name, dueAt })),
    );
    for (const { job, dueAt } of due) {
      if (this.#closing.signal.aborted) return;
      if (isWorthAsking(states.get(job.name), now)) this.#begin(job, { dueAt, calendar });
    }
  }

  /** Another zone has other due times; counters that stand in it are left alone by a second reset. */
  async #currentCalendar(): Promise<Calendar> {
    const { timezone } = await timezoneInForce(this.#options.db, null);
    if (this.#calendar.timezone === timezone) return this.#calendar;
    this.#calendar = new Calendar(timezone);
    if (this.#alarm !== undefined) this.#setAlarm();
    return this.#calendar;
  }

  #setAlarm(): void {
    const { jobs, logger, lookTimes = LOOK } = this.#options;
    this.#alarm?.stop();
    if (this.#closing.signal.aborted) return;
    const expressions = [lookTimes, ...jobs.map(({ cadence }) => cadence.cron)];
    const { timezone } = this.#calendar;
    this.#alarm = new Alarm({ expressions, timezone }, { wake: () => void this.#lookSafely(), logger });
  }

  /** Jobs of one lane wait for each other, and a job for itself. */
  #begin(job: Job, terms: { dueAt: number; calendar: Calendar }): void {
    const lane = job.lane ?? job.name;
    if (this.#running.has(lane)) return;
    const run = this.#run(job, terms).then((isDone) => {
      this.#running.delete(lane);
      // The next of the lane may be due.
      if (isDone && job.lane !== undefined) void this.#lookSafely();
    });
    this.#running.set(lane, run);
  }

  /** Returns whether the job was done, here and now. */
  async #run(job: Job, { dueAt, calendar }: { dueAt: number; calendar: Calendar }): Promise<boolean> {
    const { logger, metrics } = this.#options;
    try {
      const outcome = await runJob(job, {
        ...this.#options,
        ...{ calendar, dueAt, signal: this.#closing.signal },
        onClaimed: ({ isTakenOver }) =>
          logger.info({ job: job.name, dueAt: new Date(dueAt).toISOString(), isTakenOver }, 'job begins'),
        onItems: (count) => metrics.jobItems.inc({ job: job.name }, count),
      });
      this.#report(job, outcome);
      return 'tookMs' in outcome && outcome.outcome === 'done';
    } catch (error) {
      this.#warnOnce(error);
      return false;
    }
  }

  #report({ name: job }: Job, outcome: JobOutcome): void {
    const { logger, metrics, clock } = this.#options;
    if (!('tookMs' in outcome)) return;
    const { itemCount, tookMs } = outcome;
    metrics.jobRuns.inc({ job, outcome: outcome.outcome });
    metrics.jobSeconds.set({ job }, tookMs / 1000);
    const facts = { job, itemCount, seconds: Math.round(tookMs) / 1000 };
    this.#isInTrouble = false;
    if (outcome.outcome === 'done') {
      metrics.jobSucceededAt.set({ job }, Math.floor(clock.now() / 1000));
      logger.info(facts, 'job done');
    } else if (outcome.outcome === 'lost') {
      logger.warn(facts, 'another instance has taken the job over, because this one was not heard of');
    } else if (outcome.error instanceof RunStopped) {
      logger.info(facts, 'job stopped; the next radmeter goes on with it');
    } else {
      logger.error({ ...facts, err: outcome.error }, 'job failed; trying again in a few minutes');
    }
  }

  async #lookSafely(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    try {
      await this.look();
    } catch (error) {
      this.#warnOnce(error);
    }
  }

  /** Heals by itself, and is said once until a job is done again. */
  #warnOnce(error: unknown): void {
    if (!this.#isInTrouble && !this.#closing.signal.aborted)
      this.#options.logger.warn({ err: error }, 'jobs cannot be looked for; trying again');
    this.#isInTrouble = true;
  }
}

/** What is written down tells most looks that there is nothing to ask for; claiming decides. */
function isWorthAsking(state: RunState | undefined, now: number): boolean {
  if (state === undefined) return true;
  if (state.status === DONE) return false;
  return !isAhead(state.leasedUntil, now);
}
