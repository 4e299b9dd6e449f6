/** The usage rows of a played history: what the real counters, days and adjustments come to, resets included. */
import type { OctetPair, Run } from '../../../src/sessions/run.ts';
import type { CounterDifference } from '../../../src/usage/counters.ts';
import { rollOver } from '../../../src/usage/counters.ts';
import { Calendar } from '../../../src/usage/period.ts';
import { UsageLedger } from '../../../src/usage/usage-ledger.ts';
import type { UsageRecord } from '../../../src/usage/usage-store.ts';
import type { Occurrence } from './connection-life.ts';
import { TIMEZONE, userIdOf } from './story.ts';

/** Shared: it only remembers days it has computed. */
export const calendar = new Calendar(TIMEZONE);

type Reset = Extract<Occurrence, { kind: 'reset' }>;
interface Adjustment {
  readonly userId: number;
  readonly at: number;
  readonly difference: CounterDifference;
}

export class PlayedUsage {
  readonly #records = new Map<number, UsageRecord>();
  readonly #adjustments: Adjustment[] = [];
  /** Octets of both directions by `user day`. */
  readonly days = new Map<string, number>();

  get records(): ReadonlyMap<number, UsageRecord> {
    return this.#records;
  }

  /** Charges what a record added to its run's user, in a batch of its own at `now` (epoch milliseconds). */
  charge(
    { userId }: Run,
    { input, output }: OctetPair,
    { eventAt, now }: { eventAt: number; now: number },
  ): void {
    if (userId === undefined) return;
    const ledger = new UsageLedger(this.#records.values(), { calendar, now });
    ledger.charge({ userId, inputOctets: input, outputOctets: output, eventAt, allowances: null });
    const { records, days, adjustments } = ledger.changes();
    for (const record of records) this.#records.set(record.userId, record);
    for (const { difference, userId: user } of adjustments)
      this.#adjustments.push({ userId: user, at: now, difference });
    for (const { userId: user, day, inputOctets, outputOctets } of days) {
      const key = `${user} ${day}`;
      this.days.set(key, (this.days.get(key) ?? 0) + inputOctets + outputOctets);
    }
  }

  /** Sets all counters of a user to zero, as a manual reset and a change of profile both do (contract §0.3). */
  reset({ user, at }: Reset): void {
    const userId = userIdOf(user);
    const record = userId === undefined ? undefined : this.#records.get(userId);
    if (userId === undefined || record === undefined) return;
    const { usedToday, usedWeek, usedMonth, usedTotal } = rollOver(
      record.counters,
      calendar.periodStarts(at),
    );
    const difference = { today: -usedToday, week: -usedWeek, month: -usedMonth, total: -usedTotal };
    this.#adjustments.push({ userId, at, difference });
    const counters = {
      usedToday: 0,
      usedWeek: 0,
      usedMonth: 0,
      usedTotal: 0,
      lastDailyReset: at,
      lastWeeklyReset: at,
      lastMonthlyReset: at,
      activationDate: at,
    };
    this.#records.set(userId, { ...record, counters });
  }

  /** Returns the counters at an instant, rolled over. */
  countersAt(userId: number, now: number) {
    const record = this.#records.get(userId);
    return record === undefined ? undefined : rollOver(record.counters, calendar.periodStarts(now));
  }

  /** Returns the users whose total is not their days plus their adjustments (design §4, verify). */
  unequal(): number[] {
    return [...this.#records.values()]
      .filter(({ userId, counters }) => {
        const days = [...this.days].filter(([key]) => key.startsWith(`${userId} `));
        const adjusted = this.#adjustments.filter((adjustment) => adjustment.userId === userId);
        const sum =
          days.reduce((octets, [, day]) => octets + day, 0) +
          adjusted.reduce((octets, { difference }) => octets + difference.total, 0);
        return sum !== counters.usedTotal;
      })
      .map(({ userId }) => userId);
  }
}
