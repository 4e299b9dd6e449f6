/** The sums of every profile, kept in memory: exact while they take no time, and up to a minute old where there are very many users (contract §0.10). */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { untilDatabaseAnswers } from '../db/until-database-answers.ts';
import type { PeriodStarts } from './period.ts';
import { NO_SUMS, type ProfileSums, sumByProfile } from './statistics-queries.ts';

export interface ProfileStatisticsOptions {
  readonly reader: Database;
  readonly clock: Clock;
  readonly periodStartsAt: (nowMs: number) => PeriodStarts;
  /** How old sums may be that took so long to make; at 0 they are made for everybody who asks. */
  readonly maxAgeMs?: (tookMs: number) => number;
}

/** The sums of all profiles as they were at one instant. */
export interface DatedSums {
  /** Epoch milliseconds. */
  readonly asOf: number;
  of(profileId: number): ProfileSums;
}

interface Known {
  readonly sums: DatedSums;
  readonly tookMs: number;
  readonly at: number;
}

/** What takes no longer is made for everybody who asks. */
const CHEAP_MS = 25;
/** Contract §0.10. */
const MAX_AGE_MS = 60_000;
/** The rest takes this part of the time, unless it would be older than that. */
const SHARE = 0.05;
/** What takes longer is done at half the speed, since nobody waits for all of it. */
const LONG_MS = 1_000;
/** How long somebody waits for sums that are newer than those at hand. */
const WAIT_MS = 100;

export class ProfileStatistics {
  readonly #options: ProfileStatisticsOptions;
  readonly #closing = new AbortController();
  #known: Known | undefined;
  #running: Promise<Known> | undefined;
  #next: Promise<Known> | undefined;

  constructor(options: ProfileStatisticsOptions) {
    this.#options = options;
  }

  /** Sums for the first time, so that the first who asks need not wait; goes on trying while the database is not there. */
  begin(): void {
    const { signal } = this.#closing;
    const summing = untilDatabaseAnswers(() => this.#running ?? this.#sum(), { signal, onAway: () => {} });
    // Whoever asks is told.
    summing.catch(() => {});
  }

  /** Returns the sums: of this moment where that takes no time, else those at hand, while newer ones are made behind them. Rejects with the database's error where there are none. */
  async current(): Promise<DatedSums> {
    const known = this.#known;
    if (known === undefined) return (await (this.#running ?? this.#sum())).sums;
    const { maxAgeMs = usualMaxAgeMs } = this.#options;
    const maxAge = maxAgeMs(known.tookMs);
    if (maxAge === 0) return (await this.#sumAnew()).sums;
    if (performance.now() - known.at < maxAge) return known.sums;
    const newer = await within(this.#running ?? this.#sum(), WAIT_MS);
    return (newer ?? known).sums;
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort();
  }

  /** Returns sums that are begun after this call: what its caller has just changed is in them. */
  #sumAnew(): Promise<Known> {
    if (this.#running === undefined) return this.#sum();
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#sum();
      });
    return this.#next;
  }

  #sum(): Promise<Known> {
    const summing = this.#read().finally(() => {
      this.#running = undefined;
    });
    this.#running = summing;
    return summing;
  }

  async #read(): Promise<Known> {
    const { reader, clock, periodStartsAt } = this.#options;
    const beganAt = performance.now();
    const asOf = clock.now();
    const sums = await sumByProfile(reader, {
      starts: periodStartsAt(asOf),
      signal: this.#closing.signal,
      isGentle: (this.#known?.tookMs ?? 0) > LONG_MS,
    });
    const at = performance.now();
    const of = (profileId: number) => sums.get(profileId) ?? NO_SUMS;
    this.#known = { sums: { asOf, of }, tookMs: at - beganAt, at };
    return this.#known;
  }
}

function usualMaxAgeMs(tookMs: number): number {
  return tookMs <= CHEAP_MS ? 0 : Math.min(MAX_AGE_MS, tookMs / SHARE);
}

/** Undefined also where the work fails: what is at hand says how old it is. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work.catch(() => undefined), waited]);
  } finally {
    clearTimeout(timer);
  }
}
