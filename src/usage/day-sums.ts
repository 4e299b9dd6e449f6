/** What all users carry by day and profile, kept in memory: exact while summing takes no time, and of a known age where there are very many users (contract §0.10). */
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
import { type DayOctets, type OctetsByProfile, sumDays } from './usage-day-queries.ts';
import { datesBetween, daysLater, runsOf } from './usage-day-series.ts';

export interface DaySumsOptions {
  readonly reader: Database;
  readonly clock: Clock;
  /** The local date (YYYY-MM-DD) of an instant (epoch milliseconds). */
  readonly dateOf: (instant: number) => string;
  /** Today and yesterday are summed anew for everybody who asks where that takes no longer than this; default 100 ms. */
  readonly cheapMs?: number;
  /** What ages are told by; the process's own clock if not given. */
  readonly timing?: Timing;
}

/** The sums of some days as they were at one instant. */
export interface DatedDays {
  /** When the oldest of them was made, epoch milliseconds. */
  readonly asOf: number;
  /** The octets of a day (YYYY-MM-DD); of one profile's users, by its id, or of everybody. */
  of(day: string, profileId?: number): DayOctets;
}

interface KnownDay {
  readonly sums: OctetsByProfile;
  readonly tookMs: number;
  /** When it was begun: epoch milliseconds, and by a clock that nobody sets. */
  readonly asOf: number;
  readonly begunAt: number;
}

const CHEAP_MS = 100;
const DAY_MS = 86_400_000;
/** A day that is over changes by late records and by users who get another profile. */
const PAST_AGE_MS = 6 * 60 * 60_000;
/** Summing a day that is over anew takes this part of the time at most. */
const SHARE = 0.05;
/** How long somebody waits for newer sums where those at hand are not too old. */
const WAIT_MS = 100;
/** A month is read at once, as one stretch of each user's days. */
const RUN_DAYS_MAX = 31;
/** So many are summed in less time than others may wait for their turn. */
const ROWS_PER_PIECE = 20_000;
/** Two years, some of them several times looked at. */
const DAYS_MAX = 800;

export class DaySums {
  readonly #options: DaySumsOptions;
  readonly #closing = new AbortController();
  /** In the order in which they were made. */
  readonly #known = new Map<string, KnownDay>();
  readonly #summing = new Map<string, Promise<void>>();
  /** The days that still grow do not wait for long ranges of those that are over. */
  readonly #last = { recent: Promise.resolve(), past: Promise.resolve() };
  readonly #timing: Timing;
  readonly #keptFresh: KeptFresh;

  constructor(options: DaySumsOptions) {
    this.#options = options;
    this.#timing = options.timing ?? processTiming;
    this.#keptFresh = new KeptFresh({
      timing: this.#timing,
      dueAt: () => this.#dueAt(),
      refresh: () =>
        this.#sum(
          this.#kept().map(([day]) => day),
          true,
        ),
    });
  }

  /** Sums the last days, today among them, so that the first who asks need not wait; goes on trying while the database is not there. */
  begin(dayCount: number): void {
    const { signal } = this.#closing;
    const last = () => {
      const today = this.#today();
      return this.of(datesBetween(daysLater(today, 1 - dayCount), today));
    };
    const summing = untilDatabaseAnswers(last, { signal, onAway: () => {} });
    // Whoever asks is told.
    summing.then(() => this.#forgetCheap()).catch(() => {});
  }

  /** What takes no time to sum is summed when it is asked for. */
  #forgetCheap(): void {
    for (const [day, known] of this.#known) if (this.#isCheap(known)) this.#known.delete(day);
  }

  /** Returns the sums of days (YYYY-MM-DD, at most 366): waits for those that were never made. Today and yesterday are kept no older than a minute and their making while people ask for them; days before are made anew behind the answer once they are six hours old. Rejects with the database's error. */
  async of(days: readonly string[]): Promise<DatedDays> {
    const dated = await this.#of(days);
    if (days.some((day) => this.#isRecent(day))) this.#keptFresh.asked();
    return dated;
  }

  async #of(days: readonly string[]): Promise<DatedDays> {
    const today = this.#today();
    // What has yet to come is nothing.
    const past = days.filter((day) => day <= today);
    const known = new Map(past.flatMap((day) => this.#entry(day)));
    await this.#sum(
      past.filter((day) => !known.has(day)),
      false,
    );
    const old = past.filter((day) => this.#isOld(day, known.get(day)));
    if (old.length > 0) {
      const newer = this.#sum(old, !old.every((day) => this.#isCheap(known.get(day))));
      const isTooOld = old.some((day) => this.#isTooOld(day, known.get(day)));
      await within(this.#timing, newer, isTooOld ? PATIENCE_MS : WAIT_MS);
    }
    return this.#dated(new Map([...known, ...past.flatMap((day) => this.#entry(day))]));
  }

  /** Ends what is being summed. */
  async close(): Promise<void> {
    this.#keptFresh.close();
    this.#closing.abort();
    await Promise.all([this.#last.recent, this.#last.past]);
  }

  #today(): string {
    return this.#options.dateOf(this.#options.clock.now());
  }

  #entry(day: string): [string, KnownDay][] {
    const known = this.#known.get(day);
    return known === undefined ? [] : [[day, known]];
  }

  /** Undefined was made for this very question. */
  #isOld(day: string, known: KnownDay | undefined): boolean {
    if (known === undefined) return false;
    if (this.#isTooOld(day, known)) return true;
    if (this.#isCheap(known)) return this.#isRecent(day) || this.#ageOf(known) > MAX_AGE_MS;
    return !this.#isRecent(day) && this.#ageOf(known) > Math.max(PAST_AGE_MS, known.tookMs / SHARE);
  }

  /** A day that is over now need not have been when it was summed. */
  #isTooOld(day: string, known: KnownDay | undefined): boolean {
    if (known === undefined || this.#ageOf(known) <= MAX_AGE_MS) return false;
    return this.#isRecent(day) || this.#isRecent(day, known.asOf);
  }

  /** Octets of a session that reports every few hours may come the day after. */
  #isRecent(day: string, at = this.#options.clock.now()): boolean {
    return day >= this.#options.dateOf(at - DAY_MS);
  }

  #ageOf({ begunAt }: KnownDay): number {
    return this.#timing.nowMs() - begunAt;
  }

  /** What takes no time is summed for everybody who asks, and for nobody else. */
  #kept(): [string, KnownDay][] {
    return [...this.#known].filter(([day, known]) => this.#isRecent(day) && !this.#isCheap(known));
  }

  #dueAt(): number | undefined {
    const kept = this.#kept();
    if (kept.length === 0) return undefined;
    const tookMs = kept.reduce((sum, [, known]) => sum + known.tookMs, 0);
    return Math.min(...kept.map(([, { begunAt }]) => begunAt)) + restMs(tookMs);
  }

  #isCheap(known: KnownDay | undefined): boolean {
    return known !== undefined && known.tookMs <= (this.#options.cheapMs ?? CHEAP_MS);
  }

  /** One run of days at a time, and each day only once, however many ask for it; the newest first, for they are what changes. */
  async #sum(days: readonly string[], isGentle: boolean): Promise<void> {
    const asked = days.filter((day) => !this.#summing.has(day));
    const underway = days.flatMap((day) => this.#summing.get(day) ?? []);
    const recent = asked.filter((day) => this.#isRecent(day));
    const past = asked.filter((day) => !recent.includes(day));
    const begun = (
      [
        ['recent', recent],
        ['past', past],
      ] as const
    ).flatMap(([kind, some]) => this.#begin(kind, some, isGentle));
    await Promise.all([...underway, ...begun]);
  }

  #begin(kind: 'recent' | 'past', days: readonly string[], isGentle: boolean): Promise<void>[] {
    return runsOf(days, RUN_DAYS_MAX)
      .reverse()
      .map((run) => {
        const summing = this.#last[kind]
          .then(() => this.#sumNow(run, isGentle))
          .finally(() => {
            for (const day of run) this.#summing.delete(day);
          });
        for (const day of run) this.#summing.set(day, summing);
        this.#last[kind] = summing.catch(() => {});
        return summing;
      });
  }

  async #sumNow(run: readonly string[], isGentle: boolean): Promise<void> {
    const { reader, clock } = this.#options;
    const asOf = clock.now();
    const begunAt = this.#timing.nowMs();
    const sums = await sumDays(reader, {
      from: run.at(0) ?? '',
      to: run.at(-1) ?? '',
      isGentle,
      signal: this.#closing.signal,
      usersPerPiece: Math.ceil(ROWS_PER_PIECE / run.length),
    });
    const tookMs = (this.#timing.nowMs() - begunAt) / run.length;
    for (const day of run) {
      this.#known.delete(day);
      this.#known.set(day, { sums: sums.get(day) ?? new Map(), asOf, begunAt, tookMs });
    }
    for (const oldest of [...this.#known.keys()].slice(0, Math.max(0, this.#known.size - DAYS_MAX))) {
      this.#known.delete(oldest);
    }
  }

  #dated(days: ReadonlyMap<string, KnownDay>): DatedDays {
    const instants = [...days.values()].map(({ asOf }) => asOf);
    return {
      asOf: Math.min(this.#options.clock.now(), ...instants),
      of: (day, profileId) => {
        const sums: OctetsByProfile = days.get(day)?.sums ?? new Map();
        return profileId === undefined ? total(sums.values()) : (sums.get(profileId) ?? NO_OCTETS);
      },
    };
  }
}

const NO_OCTETS: DayOctets = { inputOctets: 0, outputOctets: 0 };

function total(sums: Iterable<DayOctets>): DayOctets {
  let { inputOctets, outputOctets } = NO_OCTETS;
  for (const sum of sums) {
    inputOctets += sum.inputOctets;
    outputOctets += sum.outputOctets;
  }
  return { inputOctets, outputOctets };
}
