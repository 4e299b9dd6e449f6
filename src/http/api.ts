/** What the routes under `/api/core/` work with. */
import type { Actor } from '../audit/actor.ts';
import { personName } from '../audit/actor-name.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { CommandContext, PeriodStarts } from '../profiles/command-context.ts';
import type { RememberCount } from '../profiles/head-counts.ts';
import type { Caller } from './caller.ts';
import type { ListCounts } from './list-counts.ts';

export interface Api {
  /** For queries, and for them alone: on SQLite it is read from beside the recorder, never in its way. */
  readonly reader: Database;
  /** For commands. */
  readonly db: Database;
  readonly clock: Clock;
  readonly periodStartsAt: (nowMs: number) => PeriodStarts;
  readonly listCounts: ListCounts;
}

/** Returns what commands ask for, on behalf of whoever sent a request. */
export function commandContext({ db, clock, periodStartsAt }: Api, caller: Caller): CommandContext {
  return { db, clock, periodStartsAt, actor: actorOf(caller) };
}

/** Returns whoever sent a request as history and audit name them. */
export function actorOf({ name, userId, address }: Caller): Actor {
  return { name: userId === null ? name : personName(name), userId, address };
}

/** Returns what queries ask for counts that may be up to a minute old. */
export function rememberCounts({ listCounts }: Api): RememberCount {
  return (list, count) => listCounts.of(list, count);
}
