/** The jobs that reset counters when a day, week or month has begun. */
import type { Actor } from '../audit/actor.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { type SpoiltRow, SpoiltRowsError } from '../errors.ts';
import type { ResetPeriod, ResetUsage } from '../usage/due-resets-queries.ts';
import { sweepResets } from '../usage/reset-sweep.ts';
import { type Cadence, DAILY, MONTHLY, WEEKLY } from './cadence.ts';
import type { Job, JobTerms } from './job.ts';

/** What follows from a new period for users besides their counters: those cut off are let in again, those slowed down get their speed back. It must rest on what holds now and not on what the sweep finds, which a packet may have done before. */
export type ResetFollower = (
  terms: ResetTerms & {
    /** To be told of rows that nothing can be made of; the others are followed. */
    readonly onSpoilt: (row: SpoiltRow) => void;
  },
) => Promise<void>;

export type ResetTerms = Omit<JobTerms, 'onItems' | 'onNote'> & { readonly actor?: Actor };

export interface ResetParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly followers: readonly ResetFollower[];
}

const CADENCES: Readonly<Record<ResetPeriod, Cadence>> = { daily: DAILY, weekly: WEEKLY, monthly: MONTHLY };

/** Returns the job `daily-reset`, `weekly-reset` or `monthly-reset`; its items are usages. */
export function resetJob(period: ResetPeriod, parts: ResetParts): Job {
  return {
    name: `${period}-reset`,
    describe: `Reset the ${period} counters, and let users in again whom a quota of the past cut off`,
    cadence: CADENCES[period],
    lane: 'resets',
    run: ({ onItems, ...terms }) =>
      resetAll(period, { ...parts, ...terms, onReset: (usages) => onItems(usages.length) }),
  };
}

/** Does what a reset comes to, for the schedule and for whoever runs it by hand; returns how many usages were due. The followers go first: users wait for them, and for counters nobody does. Rows that nothing can be made of are left out, and named by the SpoiltRowsError it then throws when the rest is done. */
export async function resetAll(
  period: ResetPeriod,
  {
    followers,
    onReset,
    ...terms
  }: ResetParts & ResetTerms & { readonly onReset: (usages: readonly ResetUsage[]) => void },
): Promise<number> {
  const spoilt: SpoiltRow[] = [];
  const onSpoilt = (row: SpoiltRow) => void spoilt.push(row);
  for (const follow of followers) await follow({ ...terms, onSpoilt });
  const count = await sweepResets({ ...terms, period, onReset, onSpoilt });
  if (spoilt.length > 0) throw new SpoiltRowsError(spoilt);
  return count;
}
