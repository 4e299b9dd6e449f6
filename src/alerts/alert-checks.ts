/** Which alerts are due, for everybody who asks: found once for all who ask at once, of this moment where that takes no time, and where it takes long never older than a minute. */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { Timing } from '../usage/kept-fresh.ts';
import { KeptValue } from '../usage/kept-value.ts';
import type { PeriodStarts } from '../usage/period.ts';
import type { Language } from '../usage/verdict-texts.ts';
import { type AlertCheck, checkAlerts } from './check-alerts.ts';
import { watchedProfiles } from './due-alerts.ts';

export interface AlertChecksOptions {
  readonly reader: Database;
  readonly clock: Clock;
  readonly periodStartsAt: (nowMs: number) => PeriodStarts;
  /** What messages are in where an alert has no template of its own. */
  readonly language: Language;
  /** How many alerts to show at most. */
  readonly limit: number;
  /** As KeptValue takes it. */
  readonly maxAgeMs?: ((tookMs: number) => number) | undefined;
  /** What ages are told by; the process's own clock if not given. */
  readonly timing?: Timing | undefined;
}

/** What was due at one instant. */
export interface DatedAlertCheck extends AlertCheck {
  /** Epoch milliseconds. */
  readonly asOf: number;
}

/** Who sets alerts up looks again soon; every look after that would cost the database one more walk over all users. */
const INTEREST_MS = 2 * 60_000;

export class AlertChecks {
  readonly #reader: Database;
  readonly #kept: KeptValue<DatedAlertCheck>;
  /** The alerts and profiles that were in force at the last question. */
  #rules: string | undefined;

  constructor({ reader, clock, periodStartsAt, language, limit, maxAgeMs, timing }: AlertChecksOptions) {
    this.#reader = reader;
    this.#kept = new KeptValue({
      maxAgeMs,
      timing,
      showsOlder: false,
      interestMs: INTEREST_MS,
      make: async (terms) => {
        const asOf = clock.now();
        const time = { now: asOf, starts: periodStartsAt(asOf) };
        return { asOf, ...(await checkAlerts(reader, { ...time, language, limit, ...terms })) };
      },
    });
  }

  /** Returns what is due by the alerts and profiles of this moment, whoever changed them and where. Rejects with the database's error. */
  async current(): Promise<DatedAlertCheck> {
    const rules = JSON.stringify(await watchedProfiles(this.#reader));
    if (rules !== this.#rules) {
      this.#rules = rules;
      this.#kept.forget();
    }
    return this.#kept.current();
  }

  /** Ends what is under way. */
  close(): void {
    this.#kept.close();
  }
}
