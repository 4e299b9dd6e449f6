/** The sums of every profile, kept in memory: exact while they take no time, and about a minute old at most where there are very many users (contract §0.10). */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { untilDatabaseAnswers } from '../db/until-database-answers.ts';
import type { Timing } from './kept-fresh.ts';
import { KeptValue } from './kept-value.ts';
import type { PeriodStarts } from './period.ts';
import { NO_SUMS, type ProfileSums, sumByProfile } from './statistics-queries.ts';

export interface ProfileStatisticsOptions {
  readonly reader: Database;
  readonly clock: Clock;
  readonly periodStartsAt: (nowMs: number) => PeriodStarts;
  /** How old sums may be that took so long to make; at 0 they are made for everybody who asks. */
  readonly maxAgeMs?: (tookMs: number) => number;
  /** What ages are told by; the process's own clock if not given. */
  readonly timing?: Timing;
}

/** The sums of all profiles as they were at one instant. */
export interface DatedSums {
  /** Epoch milliseconds. */
  readonly asOf: number;
  of(profileId: number): ProfileSums;
}

export class ProfileStatistics {
  readonly #sums: KeptValue<DatedSums>;

  constructor({ reader, clock, periodStartsAt, maxAgeMs, timing }: ProfileStatisticsOptions) {
    this.#sums = new KeptValue({
      maxAgeMs,
      timing,
      showsOlder: true,
      make: async (terms) => {
        const asOf = clock.now();
        const sums = await sumByProfile(reader, { starts: periodStartsAt(asOf), ...terms });
        return { asOf, of: (profileId) => sums.get(profileId) ?? NO_SUMS };
      },
    });
  }

  /** Sums for the first time, so that the first who asks need not wait; goes on trying while the database is not there. */
  begin(): void {
    const { signal } = this.#sums;
    const summing = untilDatabaseAnswers(() => this.#sums.begin(), { signal, onAway: () => {} });
    // Whoever asks is told.
    summing.catch(() => {});
  }

  /** Returns the sums: of this moment where that takes no time, else those at hand, which are kept no older than a minute and their making while people ask; older ones only where newer ones take too long to wait for. Rejects with the database's error where there are none. */
  current(): Promise<DatedSums> {
    return this.#sums.current();
  }

  /** Ends what is under way. */
  close(): void {
    this.#sums.close();
  }
}
