/** The sums of every profile, kept in memory: exact while they take no time, and about a minute old at most where there are very many users (contract §0.10). */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { untilDatabaseAnswers } from '../db/until-database-answers.ts';
import {
  KeptFresh,
  MAX_AGE_MS,
  PATIENCE_MS,
  processTiming,
  restMs,
  type Timing,
  within,
} from './kept-fresh.ts';
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

interface Known {
  readonly sums: DatedSums;
  readonly tookMs: number;
  /** When it was begun, by a clock that nobody sets. */
  readonly begunAt: number;
}

/** What takes no longer is made for everybody who asks. */
const CHEAP_MS = 100;
/** The rest takes this part of the time, unless it would be older than that. */
const SHARE = 0.05;
/** What takes longer is done at half the speed, since nobody waits for all of it. */
const LONG_MS = 1_000;
/** How long somebody waits for newer sums where those at hand are not too old. */
const WAIT_MS = 100;

export class ProfileStatistics {
  readonly #options: ProfileStatisticsOptions;
  readonly #timing: Timing;
  readonly #keptFresh: KeptFresh;
  readonly #closing = new AbortController();
  #known: Known | undefined;
  #running: Promise<Known> | undefined;
  #next: Promise<Known> | undefined;

  constructor(options: ProfileStatisticsOptions) {
    this.#options = options;
    this.#timing = options.timing ?? processTiming;
    this.#keptFresh = new KeptFresh({
      timing: this.#timing,
      dueAt: () => this.#dueAt(),
      refresh: () => this.#running ?? this.#sum(),
    });
  }

  /** Sums for the first time, so that the first who asks need not wait; goes on trying while the database is not there. */
  begin(): void {
    const { signal } = this.#closing;
    const summing = untilDatabaseAnswers(() => this.#running ?? this.#sum(), { signal, onAway: () => {} });
    // Whoever asks is told.
    summing.catch(() => {});
  }

  /** Returns the sums: of this moment where that takes no time, else those at hand, which are kept no older than a minute and their making while people ask; older ones only where newer ones take too long to wait for. Rejects with the database's error where there are none. */
  async current(): Promise<DatedSums> {
    const sums = await this.#current();
    this.#keptFresh.asked();
    return sums;
  }

  async #current(): Promise<DatedSums> {
    const known = this.#known;
    if (known === undefined) return (await (this.#running ?? this.#sum())).sums;
    const maxAge = this.#maxAgeOf(known);
    if (maxAge === 0) return (await this.#sumAnew()).sums;
    const age = this.#timing.nowMs() - known.begunAt;
    if (age < maxAge) return known.sums;
    const patience = age > MAX_AGE_MS ? PATIENCE_MS : WAIT_MS;
    const newer = await within(this.#timing, this.#running ?? this.#sum(), patience);
    return (newer ?? known).sums;
  }

  /** Ends what is under way. */
  close(): void {
    this.#keptFresh.close();
    this.#closing.abort();
  }

  #maxAgeOf({ tookMs }: Known): number {
    return (this.#options.maxAgeMs ?? usualMaxAgeMs)(tookMs);
  }

  /** What takes no time is made for everybody who asks, and for nobody else. */
  #dueAt(): number | undefined {
    const known = this.#known;
    if (known === undefined || this.#maxAgeOf(known) === 0) return undefined;
    return known.begunAt + restMs(known.tookMs);
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
    const begunAt = this.#timing.nowMs();
    const asOf = clock.now();
    const sums = await sumByProfile(reader, {
      starts: periodStartsAt(asOf),
      signal: this.#closing.signal,
      isGentle: (this.#known?.tookMs ?? 0) > LONG_MS,
    });
    const of = (profileId: number) => sums.get(profileId) ?? NO_SUMS;
    this.#known = { sums: { asOf, of }, tookMs: this.#timing.nowMs() - begunAt, begunAt };
    return this.#known;
  }
}

function usualMaxAgeMs(tookMs: number): number {
  return tookMs <= CHEAP_MS ? 0 : Math.min(MAX_AGE_MS, tookMs / SHARE);
}
