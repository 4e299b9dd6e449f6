/** What all users carry by day and profile, kept in memory: exact while summing takes no time, and of a known age where there are very many users (contract §0.10). */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { untilDatabaseAnswers } from '../db/until-database-answers.ts';
import { type DayOctets, type OctetsByProfile, sumDays } from './usage-day-queries.ts';
import { datesBetween, daysLater, runsOf } from './usage-day-series.ts';

export interface DaySumsOptions {
  readonly reader: Database;
  readonly clock: Clock;
  /** The local date (YYYY-MM-DD) of an instant (epoch milliseconds). */
  readonly dateOf: (instant: number) => string;
  /** Today and yesterday are summed anew for everybody who asks where that takes no longer than this; default 25 ms. */
  readonly cheapMs?: number;
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

const CHEAP_MS = 25;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A day that is over changes by late records and by users who get another profile. */
const PAST_AGE_MS = 6 * 60 * MINUTE_MS;
/** Summing a day anew takes this part of the time at most. */
const SHARE = 0.05;
/** How long somebody waits for sums that are newer than those at hand. */
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
  #last: Promise<void> = Promise.resolve();

  constructor(options: DaySumsOptions) {
    this.#options = options;
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

  /** Returns the sums of days (YYYY-MM-DD, at most 366): waits for those that were never made, and makes those that are old anew behind the answer. Rejects with the database's error. */
  async of(days: readonly string[]): Promise<DatedDays> {
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
      await atMost(WAIT_MS, newer);
    }
    return this.#dated(new Map([...known, ...past.flatMap((day) => this.#entry(day))]));
  }

  /** Ends what is being summed. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#last;
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
    const { dateOf, clock } = this.#options;
    const isRecent = day >= dateOf(clock.now() - DAY_MS);
    if (this.#isCheap(known)) return isRecent || performance.now() - known.begunAt > MINUTE_MS;
    const maxAge = Math.max(isRecent ? MINUTE_MS : PAST_AGE_MS, known.tookMs / SHARE);
    return performance.now() - known.begunAt > maxAge;
  }

  #isCheap(known: KnownDay | undefined): boolean {
    return known !== undefined && known.tookMs <= (this.#options.cheapMs ?? CHEAP_MS);
  }

  /** One run of days at a time, and each day only once, however many ask for it; the newest first, for they are what changes. */
  async #sum(days: readonly string[], isGentle: boolean): Promise<void> {
    const asked = days.filter((day) => !this.#summing.has(day));
    const underway = days.flatMap((day) => this.#summing.get(day) ?? []);
    const begun = runsOf(asked, RUN_DAYS_MAX)
      .reverse()
      .map((run) => {
        const summing = this.#last
          .then(() => this.#sumNow(run, isGentle))
          .finally(() => {
            for (const day of run) this.#summing.delete(day);
          });
        for (const day of run) this.#summing.set(day, summing);
        this.#last = summing.catch(() => {});
        return summing;
      });
    await Promise.all([...underway, ...begun]);
  }

  async #sumNow(run: readonly string[], isGentle: boolean): Promise<void> {
    const { reader, clock } = this.#options;
    const asOf = clock.now();
    const begunAt = performance.now();
    const sums = await sumDays(reader, {
      from: run.at(0) ?? '',
      to: run.at(-1) ?? '',
      isGentle,
      signal: this.#closing.signal,
      usersPerPiece: Math.ceil(ROWS_PER_PIECE / run.length),
    });
    const tookMs = (performance.now() - begunAt) / run.length;
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

/** Waits for work for so long and no longer; it goes on, and its errors are told to whoever has nothing else to show. */
async function atMost(waitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const wait = new Promise((resolve) => {
    timer = setTimeout(resolve, waitMs);
  });
  await Promise.race([work.catch(() => {}), wait]);
  clearTimeout(timer);
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
