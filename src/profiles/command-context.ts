/** What every command that changes profiles, promotions, users or usage is given: the database, the time, the calendar and who asks. */
import type { Actor } from '../audit/actor.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';

/** The first instants (epoch milliseconds) of the current day, week and month in the service's time zone. */
export interface PeriodStarts {
  readonly day: number;
  readonly week: number;
  readonly month: number;
}

export interface CommandContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly actor: Actor;
  readonly periodStartsAt: (nowMs: number) => PeriodStarts;
}
