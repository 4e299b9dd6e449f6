/** The counters of one batch's users in memory: each record's octets charged in turn, written once per user. */
import { addOctets, freshCounters, latestSeen, rollOver } from './counters.ts';
import type { Calendar } from './period.ts';
import { type Allowances, isExceeded } from './quota.ts';
import type { UsageAdjustment, UsageDay, UsageRecord } from './usage-store.ts';

/** Octets of one user, at an instant (epoch milliseconds). */
export interface Charge {
  readonly userId: number;
  readonly inputOctets: number;
  readonly outputOctets: number;
  readonly eventAt: number;
  /** Of the user's effective profile; null = none applies, so nothing is exceeded. */
  readonly allowances: Allowances | null;
}

export class UsageLedger {
  readonly #records = new Map<number, UsageRecord>();
  readonly #changed = new Set<number>();
  /** Who was over a limit when the batch began. */
  readonly #wasExceeded = new Map<number, boolean>();
  readonly #days = new Map<string, UsageDay>();
  readonly #adjustments: UsageAdjustment[] = [];
  readonly #calendar: Calendar;
  readonly #now: number;

  /** Takes the rows that were read and locked for this batch, and the batch's instant (epoch milliseconds). */
  constructor(records: Iterable<UsageRecord>, { calendar, now }: { calendar: Calendar; now: number }) {
    for (const record of records) {
      this.#records.set(record.userId, record);
      this.#wasExceeded.set(record.userId, record.isExceeded);
    }
    this.#calendar = calendar;
    this.#now = now;
  }

  /** Adds octets to a user's counters and days and returns the usage as it then is; a user without usage gets it with the first octets. */
  charge(charge: Charge): UsageRecord | undefined {
    const { userId, inputOctets, outputOctets } = charge;
    const octets = inputOctets + outputOctets;
    const known = this.#records.get(userId);
    if (known === undefined && octets === 0) return undefined;
    const record = known ?? this.#firstUsage(userId, Math.min(charge.eventAt, this.#now));
    const now = latestSeen(record.counters, this.#now);
    // Arrival is measured before the batch begins, on a clock that may have been set back since: a day that has not begun has no octets.
    const eventAt = Math.min(charge.eventAt, now);
    const current = this.#calendar.periodStarts(now);
    const { counters, difference } = addOctets(rollOver(record.counters, current), {
      octets,
      eventAt,
      current,
    });
    const charged = { ...record, counters, isExceeded: isExceeded(counters, charge.allowances) };
    if (octets > 0)
      this.#addToDay({ userId, inputOctets, outputOctets, day: this.#calendar.dayOf(eventAt).date });
    else if (counters === record.counters && charged.isExceeded === record.isExceeded) return record;
    this.#records.set(userId, charged);
    this.#changed.add(userId);
    if (difference !== undefined) {
      const reason = 'octets of before the last reset, reported after it';
      this.#adjustments.push({ userId, at: now, difference, kind: 'before_reset', reason });
    }
    return charged;
  }

  /** Returns a user's usage as it is now; undefined where there is none, or it was not read. */
  recordOf(userId: number): UsageRecord | undefined {
    return this.#records.get(userId);
  }

  /** Returns who crossed a limit in this batch, either way, and who began to use anything. */
  turned(): number[] {
    return [...this.#changed].filter(
      (userId) => this.#records.get(userId)?.isExceeded !== this.#wasExceeded.get(userId),
    );
  }

  /** Returns what the database does not have yet, users in ascending order so that batches lock alike. */
  changes(): { records: UsageRecord[]; days: UsageDay[]; adjustments: readonly UsageAdjustment[] } {
    const byUser = (a: { userId: number }, b: { userId: number }) => a.userId - b.userId;
    const records = [...this.#records.values()].filter(({ userId }) => this.#changed.has(userId));
    return {
      records: records.sort(byUser),
      days: [...this.#days.values()].sort(byUser),
      adjustments: this.#adjustments,
    };
  }

  #firstUsage(userId: number, eventAt: number): UsageRecord {
    // Not the event itself: another session's octets of a moment earlier belong to the same activation.
    const activationDate = this.#calendar.dayOf(eventAt).day;
    const counters = freshCounters(this.#calendar.periodStarts(this.#now), activationDate);
    return { id: undefined, userId, counters, isExceeded: false, isActive: true, createdAt: this.#now };
  }

  #addToDay(added: UsageDay): void {
    const key = `${added.userId} ${added.day}`;
    const known = this.#days.get(key);
    this.#days.set(key, {
      ...added,
      inputOctets: added.inputOctets + (known?.inputOctets ?? 0),
      outputOctets: added.outputOctets + (known?.outputOctets ?? 0),
    });
  }
}
