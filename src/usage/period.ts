/** The calendar of one time zone: which local day an instant belongs to, and when the current day, week and month began. */
import { Temporal } from 'temporal-polyfill';

/** First instants (epoch milliseconds) of the current local day, week (Monday) and month. */
export interface PeriodStarts {
  readonly day: number;
  readonly week: number;
  readonly month: number;
}

/** One local date and the half-open range of instants (epoch milliseconds) it covers. */
export interface LocalDay extends PeriodStarts {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly end: number;
}

/** A half-open range of local dates (YYYY-MM-DD) and of the instants (epoch milliseconds) it covers. */
export interface Period {
  readonly from: string;
  readonly to: string;
  readonly start: number;
  readonly end: number;
}

/** The three calendar periods that a counter can stand in. */
export interface Periods {
  readonly day: Period;
  readonly week: Period;
  readonly month: Period;
}

/** Enough for every day that late records reach back to; the whole list is dropped when it is full. */
const CACHED_DAYS_MAX = 64;

/** Days, weeks and months of one IANA time zone; remembers the days it was asked for, since neighbouring records share them. */
export class Calendar {
  readonly timezone: string;
  #days: LocalDay[] = [];

  constructor(timezone: string) {
    this.timezone = timezone;
  }

  /** Returns the local day that holds an instant (epoch milliseconds), with the starts of its week and month. */
  dayOf(instant: number): LocalDay {
    for (const day of this.#days) if (instant >= day.day && instant < day.end) return day;
    if (this.#days.length >= CACHED_DAYS_MAX) this.#days = [];
    const day = this.#computeDay(instant);
    this.#days.unshift(day);
    return day;
  }

  /** Returns when the periods that hold an instant (epoch milliseconds) began. */
  periodStarts(instant: number): PeriodStarts {
    return this.dayOf(instant);
  }

  /** Returns the day, week and month that hold an instant (epoch milliseconds). */
  periodsOf(instant: number): Periods {
    const date = this.#dateOf(instant);
    const monday = date.subtract({ days: date.dayOfWeek - 1 });
    const first = date.with({ day: 1 });
    return {
      day: this.#period(date, date.add({ days: 1 })),
      week: this.#period(monday, monday.add({ weeks: 1 })),
      month: this.#period(first, first.add({ months: 1 })),
    };
  }

  /** Returns a half-open range of local dates (YYYY-MM-DD, which must be some) with the instants it covers. */
  periodBetween(from: string, to: string): Period {
    return this.#period(Temporal.PlainDate.from(from), Temporal.PlainDate.from(to));
  }

  #period(from: Temporal.PlainDate, to: Temporal.PlainDate): Period {
    return {
      from: from.toString(),
      to: to.toString(),
      start: this.#firstInstant(from),
      end: this.#firstInstant(to),
    };
  }

  #dateOf(instant: number): Temporal.PlainDate {
    return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(this.timezone).toPlainDate();
  }

  #computeDay(instant: number): LocalDay {
    const date = this.#dateOf(instant);
    return {
      date: date.toString(),
      day: this.#firstInstant(date),
      end: this.#firstInstant(date.add({ days: 1 })),
      week: this.#firstInstant(date.subtract({ days: date.dayOfWeek - 1 })),
      month: this.#firstInstant(date.with({ day: 1 })),
    };
  }

  /** Not "midnight": in some zones a day of the spring change begins at 01:00. */
  #firstInstant(date: Temporal.PlainDate): number {
    return date.toZonedDateTime(this.timezone).epochMilliseconds;
  }
}
