/** The wiring of enforcement: what a running radmeter starts so that its decisions about sessions reach the NASes. */
import type { Clock } from '../clock.ts';
import { createBatchRunner } from '../db/batch-runner.ts';
import type { Database } from '../db/database.ts';
import { isRetryable } from '../db/dialect.ts';
import { openReader } from '../db/reader.ts';
import { Enforcer, type EnforcerOptions } from '../enforcement/enforcer.ts';
import { letUsersBackIn } from '../enforcement/let-back-in.ts';
import { type DefaultLimits, defaultSessionTerms } from '../enforcement/standing.ts';
import { TermsWatch } from '../enforcement/terms-watch.ts';
import type { Logger } from '../logger.ts';
import type { MeterOutcome } from '../metering.ts';
import type { EnforcementRules } from '../metering-enforcement.ts';
import { lookAt } from '../metering-look.ts';
import type { Metrics } from '../metrics.ts';
import type { Calendar } from '../usage/period.ts';
import type { Language } from '../usage/verdict-texts.ts';

/** The settings that decide how sessions are held to what their users may have. */
export interface EnforcingSettings {
  readonly defaultProfile: DefaultLimits;
  readonly language: Language;
  /** Whether NASes are told; where not, what they would be told is written down. */
  readonly enforce: boolean;
}

/** Returns the rules that settings stand for, the same wherever sessions are judged. */
export function enforcementRules({ defaultProfile, language, enforce }: EnforcingSettings): EnforcementRules {
  return { isSending: enforce, language, defaultTerms: defaultSessionTerms(defaultProfile) };
}

/** Returns whether sessions are to be ended or changed because of a request. */
export function isEnforced(outcome: MeterOutcome): boolean {
  return outcome.kind === 'recorded' && outcome.isEnforced === true;
}

export interface EnforcingOptions
  extends Pick<
    EnforcerOptions,
    'dictionary' | 'findNas' | 'clockOffsetMs' | 'interimIntervalSeconds' | 'owner' | 'requester'
  > {
  readonly settings: EnforcingSettings;
  readonly db: Database;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly dbTimeoutMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The enforcer, and the watch for what commands change. */
export class Enforcing {
  readonly #enforcer: Enforcer;
  readonly #watch: TermsWatch;
  readonly #closeParts: () => Promise<unknown>;

  constructor(options: EnforcingOptions) {
    const { settings, db, clock, calendar, dbTimeoutMs, logger } = options;
    const { defaultProfile, enforce } = settings;
    const reader = openReader(db);
    const batches = createBatchRunner(db, { clock, timeoutMs: dbTimeoutMs });
    this.#enforcer = new Enforcer({ ...options, defaultProfile, isSending: enforce });
    const looking = {
      ...{ batches, calendar },
      rules: enforcementRules(settings),
      isRetryable: isRetryable[db.dialect],
    };
    this.#watch = new TermsWatch({
      ...{ db, reader, clock, logger },
      lookAt: (userIds) => lookAt(userIds, looking),
      letBackIn: (scope, signal) => letUsersBackIn({ db, clock, calendar, defaultProfile, scope, signal }),
      onDecided: () => this.#enforcer.wake(),
    });
    this.#closeParts = () => Promise.all([reader.close(), batches.close()]);
    if (!enforce) logger.warn('NASes are told nothing (setting enforce): decisions are only written down');
  }

  /** Begins to carry out what is decided, and to look at what changes. */
  start(): void {
    this.#enforcer.start();
    this.#watch.start();
  }

  /** Carries out now what has just been decided. */
  wake(): void {
    this.#enforcer.wake();
  }

  /** Stops within a second; what is not done is there for the next one. */
  async close(): Promise<void> {
    await Promise.all([this.#enforcer.close(), this.#watch.close()]);
    await this.#closeParts();
  }
}
