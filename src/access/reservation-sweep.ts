/** Forgets places that were held for users who never came, once a minute. */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import { RESERVATION_MS, removeExpiredReservations } from './reservation-store.ts';

export interface ReservationSweepOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class ReservationSweep {
  readonly #options: ReservationSweepOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReservationSweepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.sweep(), RESERVATION_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Sweeps now. They count no more in any case, so a database that is away costs nothing. */
  async sweep(): Promise<void> {
    const { db, clock, logger } = this.#options;
    try {
      const removed = await removeExpiredReservations(db, clock.now());
      if (removed > 0) logger.debug({ removed }, 'places given up that were held for logins');
    } catch (error) {
      logger.debug({ err: error }, 'places held for logins could not be looked through');
    }
  }
}
