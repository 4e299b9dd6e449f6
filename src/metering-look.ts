/** Looking at users whose sessions report nothing just now: the same decisions as a batch of records makes, without records. */
import { setTimeout as pause } from 'node:timers/promises';
import type { BatchRunner, BatchTransaction } from './db/batch.ts';
import { lockOpenSessions, selectOpenSessions } from './enforcement/batch-store.ts';
import { decide } from './enforcement/decide.ts';
import { decideForUsers, type JudgedUser } from './enforcement/decide-batch.ts';
import { standingOf } from './enforcement/standing.ts';
import type { EnforcementRules } from './metering-enforcement.ts';
import { selectSubscribersById } from './profiles/subscriber-store.ts';
import type { Calendar } from './usage/period.ts';
import { seeUsageByUserId, selectUsageByUserId, type UsageRecord } from './usage/usage-store.ts';
import { verdictPeriods } from './usage/verdict.ts';

export interface LookOptions {
  readonly batches: BatchRunner;
  readonly calendar: Calendar;
  readonly rules: EnforcementRules;
  readonly isRetryable: (error: unknown) => boolean;
}

const TRIES = 5;
const TRY_AGAIN_MS_MAX = 50;

/** Decides about the open sessions of users, and returns how many intents that made. Nothing is locked as long as nothing is to be done. */
export async function lookAt(userIds: readonly number[], options: LookOptions): Promise<number> {
  const concerned = await options.batches.run((batch) => concernedAmong(batch, userIds, options));
  if (concerned.length === 0) return 0;
  for (let tries = 1; ; tries++) {
    try {
      return await options.batches.run((batch) => decideAbout(batch, concerned, options));
    } catch (error) {
      if (tries >= TRIES || !options.isRetryable(error)) throw error;
    }
    await pause(Math.random() * TRY_AGAIN_MS_MAX);
  }
}

async function concernedAmong(
  batch: BatchTransaction,
  userIds: readonly number[],
  options: LookOptions,
): Promise<number[]> {
  const usageOf = seeUsageByUserId(batch, userIds);
  const sessionsOf = selectOpenSessions(batch, userIds);
  const users = new Map(
    (await judgedUsers(batch, userIds, { ...options, usageOf })).map((user) => [user.userId, user]),
  );
  const terms = { now: batch.now, isSending: options.rules.isSending };
  const concerned = sessionsOf().filter((session) => {
    const user = users.get(session.userId);
    if (user === undefined) return false;
    const { intent, limitsTold } = decide(session, user.standing, terms);
    return intent !== undefined || limitsTold !== undefined;
  });
  return [...new Set(concerned.map(({ userId }) => userId))];
}

async function decideAbout(
  batch: BatchTransaction,
  userIds: readonly number[],
  options: LookOptions,
): Promise<number> {
  lockOpenSessions(batch, userIds);
  const usageOf = selectUsageByUserId(batch, userIds);
  const users = await judgedUsers(batch, userIds, { ...options, usageOf });
  const { timezone } = options.calendar;
  const { intentCount } = await decideForUsers(batch, users, { ...options.rules, timezone });
  return intentCount;
}

/** One round trip, with whatever was asked before. */
async function judgedUsers(
  batch: BatchTransaction,
  userIds: readonly number[],
  { usageOf, rules, calendar }: LookOptions & { readonly usageOf: () => UsageRecord[] },
): Promise<JudgedUser[]> {
  const subscribersOf = selectSubscribersById(batch, userIds);
  await batch.flush();
  const usage = new Map(usageOf().map((record) => [record.userId, record]));
  const periods = verdictPeriods(calendar, batch.now);
  const { defaultTerms } = rules;
  return subscribersOf().map((subscriber) => ({
    userId: subscriber.userId,
    username: subscriber.username,
    standing: standingOf({
      ...{ subscriber, defaultTerms, periods, now: batch.now },
      counters: usage.get(subscriber.userId)?.counters,
    }),
  }));
}
