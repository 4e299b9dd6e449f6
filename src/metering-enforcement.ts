/** What the records of a batch mean for open sessions: whose are to be ended or changed. For nearly every record the answer is nobody's, and costs no question. */
import type { BatchTransaction } from './db/batch.ts';
import { type DecidingOptions, decideForUsers, type JudgedUser } from './enforcement/decide-batch.ts';
import { type SessionTerms, type Standing, standingOf } from './enforcement/standing.ts';
import type { Subscriber } from './profiles/subscriber.ts';
import type { Run } from './sessions/run.ts';
import type { Counters } from './usage/counters.ts';
import type { Calendar } from './usage/period.ts';
import { verdictPeriods } from './usage/verdict.ts';

/** How the sessions of a batch's users are judged. */
export interface EnforcementRules extends Omit<DecidingOptions, 'timezone'> {
  readonly defaultTerms: SessionTerms;
}

/** What judging a batch needs of it. */
export interface BatchFacts {
  readonly calendar: Calendar;
  readonly subscriberById: ReadonlyMap<number, Subscriber>;
  readonly countersOf: (userId: number) => Counters | undefined;
}

/** The runs as they are to be saved, and the users whose sessions are to be decided about. */
export interface JudgedRuns {
  readonly runs: readonly Run[];
  readonly users: readonly JudgedUser[];
}

/** Judges the users of batches. It keeps in mind, as a courtesy to the database alone, about whom it has just asked in vain. */
export class Judge {
  readonly #rules: EnforcementRules;
  readonly #quiet = new QuietUsers();

  constructor(rules: EnforcementRules) {
    this.#rules = rules;
  }

  /** Returns a batch's changed runs, each with what its session was told where nobody knew, and the users who are refused or whose limits are others than those told. */
  judge(runs: readonly Run[], facts: BatchFacts, now: number): JudgedRuns {
    const standings = new Map<number, JudgedUser | undefined>();
    const concerned = new Map<number, JudgedUser>();
    const periods = verdictPeriods(facts.calendar, now);
    const judgedUser = (userId: number): JudgedUser | undefined => {
      const subscriber = facts.subscriberById.get(userId);
      if (subscriber === undefined) return undefined;
      const { defaultTerms } = this.#rules;
      const standing = standingOf({
        ...{ subscriber, defaultTerms, periods, now },
        counters: facts.countersOf(userId),
      });
      return { userId, username: subscriber.username, standing };
    };
    const judged = runs.map((run) => {
      if (run.userId === undefined) return run;
      if (!standings.has(run.userId)) standings.set(run.userId, judgedUser(run.userId));
      const user = standings.get(run.userId);
      if (user === undefined) return run;
      const { standing } = user;
      if (isConcerned(run, standing) && !this.#quiet.has(run, standing, now)) concerned.set(run.userId, user);
      return run.closeKind === 'open' && isUntold(run, standing)
        ? { ...run, limitsTold: standing.limitsPrint, hasNewDetails: true }
        : run;
    });
    return { runs: judged, users: [...concerned.values()] };
  }

  /** Decides about the sessions of users, whose rows are as they were saved, and returns whose are to be ended or changed. */
  async decide(
    batch: BatchTransaction,
    users: readonly JudgedUser[],
    { timezone }: Calendar,
  ): Promise<ReadonlySet<number>> {
    if (users.length === 0) return NOBODY;
    const decided = await decideForUsers(batch, users, { ...this.#rules, timezone });
    this.#quiet.note(users, decided.quietUntil);
    return decided.userIds;
  }
}

const NOBODY: ReadonlySet<number> = new Set();

/** Also a Stop concerns whoever is refused: it may be what spent their quota, and other sessions go on. */
function isConcerned(run: Run, standing: Standing): boolean {
  if (!standing.mayStayOnline) return true;
  if (run.closeKind !== 'open' || run.limitsTold === undefined || isUntold(run, standing)) return false;
  return run.limitsTold !== standing.limitsPrint;
}

/** What its NAS was told is not known, or is what holds now in other words. */
function isUntold({ limitsTold }: Run, { limitsPrint, isSameButBegun }: Standing): boolean {
  return limitsTold === undefined || (limitsTold !== limitsPrint && isSameButBegun(limitsTold));
}

const QUIET_USERS_MAX = 100_000;

/** Users about whom the database said that nothing is to be decided yet. A session that begins is always asked about. */
class QuietUsers {
  readonly #until = new Map<number, { readonly at: number; readonly mayStayOnline: boolean }>();

  has({ userId, radacctId }: Run, { mayStayOnline }: Standing, now: number): boolean {
    if (userId === undefined || radacctId === undefined) return false;
    const quiet = this.#until.get(userId);
    return quiet !== undefined && quiet.at > now && quiet.mayStayOnline === mayStayOnline;
  }

  note(users: readonly JudgedUser[], quietUntil: ReadonlyMap<number, number>): void {
    if (this.#until.size > QUIET_USERS_MAX) this.#until.clear();
    for (const { userId, standing } of users) {
      const at = quietUntil.get(userId);
      if (at === undefined) this.#until.delete(userId);
      else this.#until.set(userId, { at, mayStayOnline: standing.mayStayOnline });
    }
  }
}
