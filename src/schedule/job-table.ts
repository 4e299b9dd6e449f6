/** The table of jobs: what radmeter does by itself, and when. */
import { type RestoredTerms, tellRestored } from '../alerts/access-restored.ts';
import type { AlertPeriod } from '../alerts/alert.ts';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { type LetIn, letUsersBackIn } from '../enforcement/let-back-in.ts';
import { noteChangedTerms } from '../profiles/changed-terms.ts';
import { RESET_PERIODS } from '../usage/due-resets-queries.ts';
import { HOURLY } from './cadence.ts';
import type { Job, JobTerms } from './job.ts';
import { type ResetFollower, resetJob } from './reset-job.ts';
import { type RetentionAges, retentionJob } from './retention-job.ts';

export interface JobTableOptions {
  readonly db: Database;
  /** The database's. */
  readonly clock: Clock;
  readonly defaultProfile: { readonly simultaneousUse: number };
  /** What is forgotten, and when. */
  readonly ages: RetentionAges;
  /** How users are told that a reset has let them in again; nobody is told without it. */
  readonly telling?: Omit<RestoredTerms, 'timezone'>;
  /** Tells people what alerts are due, and returns how many it told of; without it there is no job `alert-check`. */
  readonly checkAlerts?: ((terms: JobTerms) => Promise<number>) | undefined;
}

/** Returns every job, in the order in which they are to run where several are due. */
export function jobTable(options: JobTableOptions): readonly Job[] {
  const { db, clock, ages, checkAlerts } = options;
  const followers = resetFollowers(options);
  const resets = RESET_PERIODS.map((period) => resetJob(period, { db, clock, followers }));
  const retention = retentionJob({ db, clock, ages });
  if (checkAlerts === undefined) return [...resets, retention];
  const alertCheck: Job = {
    name: 'alert-check',
    describe: 'Tell users, as alerts of their profiles say, what is due',
    cadence: HOURLY,
    run: checkAlerts,
  };
  return [...resets, alertCheck, retention];
}

/** The allowance that was spent, by the words of `user_disconnection_logs`; a validity that has ended is none. */
const PERIOD_OF: Readonly<Record<string, AlertPeriod>> = {
  daily_limit: 'daily',
  weekly_limit: 'weekly',
  monthly_limit: 'monthly',
  quota_exceeded: 'total',
};

/** Returns what follows a reset besides the counters. */
export function resetFollowers({
  db,
  clock,
  defaultProfile,
  telling,
}: Pick<JobTableOptions, 'db' | 'clock' | 'defaultProfile' | 'telling'>): readonly ResetFollower[] {
  return [
    async (terms) => {
      const { calendar } = terms;
      const onLetIn = async (transaction: Transaction, { userId, reasons }: LetIn) => {
        const periods = reasons.flatMap((reason) => PERIOD_OF[reason] ?? []);
        const since = calendar.periodStarts(transaction.now).day;
        if (telling === undefined || periods.length === 0) return;
        const { timezone } = calendar;
        await tellRestored(transaction, { userId, periods, since }, { ...telling, timezone });
      };
      await letUsersBackIn({ ...terms, db, clock, defaultProfile, onLetIn });
    },
    async ({ isDryRun }) => {
      // Who was slowed down gets the speed back, also where no record of theirs comes.
      if (isDryRun !== true)
        await inTransaction(db, clock, (transaction) => noteChangedTerms(transaction, { kind: 'all' }));
    },
  ];
}
