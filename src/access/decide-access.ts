/** Deciding logins in the database, as many at once as there are (design §6). */
import type { Clock } from '../clock.ts';
import type { BatchRunner, BatchTransaction } from '../db/batch.ts';
import { bisect } from '../db/bisect.ts';
import type { Database } from '../db/database.ts';
import { isRetryable } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import { freshCounters } from '../usage/counters.ts';
import type { Calendar } from '../usage/period.ts';
import { verdictPeriods } from '../usage/verdict.ts';
import type { ClassTokens } from './class-token.ts';
import {
  type AccessDecision,
  type DefaultLimits,
  decideLogins,
  type LoginTerms,
  type ProvenLogin,
} from './decide-logins.ts';
import { GroupWork } from './group-work.ts';
import { loginChanges } from './login-changes.ts';
import { readStandings, saveLoginChanges } from './login-standing-store.ts';

export type { AccessDecision, DefaultLimits, ProvenLogin } from './decide-logins.ts';

/** What deciding needs beside the login. */
export interface AccessContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly classTokens: ClassTokens;
  readonly defaultProfile: DefaultLimits;
  readonly interimIntervalSeconds: number;
}

/** The most logins decided in one transaction. */
const LOGINS_MAX = 128;
const TRIES = 5;
/** How long the first new try waits at most; each further one twice as long. */
const FIRST_RETRY_MS_MAX = 4;

/** Decides logins in groups, each in one transaction under the locks of its users' usage: two that race for the last place cannot both win, in one group or on two instances. */
export class AccessDecisions {
  readonly #context: AccessContext;
  readonly #batches: BatchRunner;
  readonly #groups: GroupWork<ProvenLogin, AccessDecision>;

  constructor(context: AccessContext, batches: BatchRunner) {
    this.#context = context;
    this.#batches = batches;
    this.#groups = new GroupWork({ itemsMax: LOGINS_MAX, work: (logins) => this.#decideAll(logins) });
  }

  /** Decides a login. Whoever is accepted has usage from then on, and a place that is held for a minute. Throws AppError `not_found` for a user who was deleted meanwhile, `unavailable` where the database does not finish in time. */
  decide(login: ProvenLogin): Promise<AccessDecision> {
    return this.#groups.take(login);
  }

  /** Gives back what it holds of the database; nothing may be under way. */
  close(): Promise<void> {
    return this.#batches.close();
  }

  /** One that the database refuses costs the others nothing but time. */
  async #decideAll(logins: readonly ProvenLogin[]): Promise<PromiseSettledResult<AccessDecision>[]> {
    const settled = new Map<ProvenLogin, PromiseSettledResult<AccessDecision>>();
    await bisect(logins, {
      dialect: this.#context.db.dialect,
      write: async (some) => {
        const decisions = await this.#decideTogether(some);
        some.forEach((login, at) => {
          settled.set(login, settledOf(decisions[at]));
        });
      },
      onRefused: (login, reason) => settled.set(login, { status: 'rejected', reason }),
    });
    return logins.map((login) => settled.get(login) ?? settledOf(undefined));
  }

  /** What lost against another transaction is decided again from fresh rows, after a random wait: those who met once would meet again. */
  async #decideTogether(logins: readonly ProvenLogin[]): Promise<readonly (AccessDecision | undefined)[]> {
    const { db } = this.#context;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#batches.run((batch) => decideInBatch(batch, logins, this.#context));
      } catch (error) {
        if (tries >= TRIES || !isRetryable[db.dialect](error)) throw error;
      }
      const waitMs = Math.random() * FIRST_RETRY_MS_MAX * 2 ** (tries - 1);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

async function decideInBatch(
  batch: BatchTransaction,
  logins: readonly ProvenLogin[],
  context: AccessContext,
): Promise<readonly (AccessDecision | undefined)[]> {
  const before = await readStandings(
    batch,
    logins.map(({ userId }) => userId),
  );
  const { decisions, standings } = decideLogins(logins, before, loginTerms(context, batch.now));
  saveLoginChanges(batch, loginChanges(before, standings));
  return decisions;
}

function loginTerms(
  { calendar, classTokens, defaultProfile, interimIntervalSeconds }: AccessContext,
  now: number,
): LoginTerms {
  const { day, week, month } = calendar.dayOf(now);
  return {
    now,
    periods: verdictPeriods(calendar, now),
    freshCounters: freshCounters({ day, week, month }, day),
    ...{ defaultProfile, interimIntervalSeconds },
    issueToken: (userId) => classTokens.issue(userId),
  };
}

function settledOf(decision: AccessDecision | undefined): PromiseSettledResult<AccessDecision> {
  return decision === undefined
    ? { status: 'rejected', reason: new AppError('not_found', 'Not found.') }
    : { status: 'fulfilled', value: decision };
}
