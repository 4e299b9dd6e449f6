/** Days in the life of a few users as a list of events: records, calendar, profiles, changes by hand and of the time zone. */
import type { SessionRecord } from '../../src/accounting/record.ts';
import type { Database } from '../../src/db/database.ts';
import { createMeter } from '../../src/metering.ts';
import type { CommandContext } from '../../src/profiles/command-context.ts';
import { createProfile, updateProfile } from '../../src/profiles/profile-commands.ts';
import { assignProfileToPromotion, createPromotion } from '../../src/profiles/promotion-commands.ts';
import {
  assignProfileToUser,
  createUser,
  deleteUser,
  removeProfileFromUser,
  updateUser,
} from '../../src/profiles/user-commands.ts';
import { getUser } from '../../src/profiles/user-queries.ts';
import type { AdjustedCounter } from '../../src/usage/counters.ts';
import { Calendar } from '../../src/usage/period.ts';
import { fixTimezone } from '../../src/usage/stored-timezone.ts';
import { changeTimezone } from '../../src/usage/timezone-change.ts';
import { addUsage, adjustUsage } from '../../src/usage/usage-commands.ts';
import { type Reset, resetUsage } from '../../src/usage/usage-reset-commands.ts';
import { createUsage, deleteUsage } from '../../src/usage/usage-row-commands.ts';
import { testRunner } from './batches.ts';
import { EPOCH, sessionRecord } from './records.ts';
import { submissionOf } from './submissions.ts';

/** Users that exist when a story begins; `newcomer` is made by the first record that names it. */
export const STORY_USERS = ['john', 'jane', 'newcomer'] as const;
export type StoryUser = (typeof STORY_USERS)[number];

/** What one session reports: how much it grew, whose it is, how long ago it was. */
export interface Report {
  readonly session: number;
  readonly user: StoryUser;
  readonly grown: number;
  readonly isRestarted: boolean;
  readonly minutesAgo: number;
  readonly status: 'Interim-Update' | 'Stop';
}

export type StoryEvent =
  | { readonly kind: 'pass'; readonly minutes: number }
  /** A batch, at an instance whose clock is behind the others'. */
  | { readonly kind: 'records'; readonly behindSeconds: number; readonly reports: readonly Report[] }
  | { readonly kind: 'profile'; readonly user: StoryUser; readonly profile: 'A' | 'B' | null }
  | { readonly kind: 'promotion-profile'; readonly profile: 'A' | 'B' | null }
  | { readonly kind: 'move'; readonly user: StoryUser; readonly promotion: 'L3' | null }
  | { readonly kind: 'limit'; readonly dailyLimit: number | null }
  | {
      readonly kind: 'adjust';
      readonly user: StoryUser;
      readonly octets: number;
      readonly counters: readonly AdjustedCounter[];
    }
  | { readonly kind: 'add'; readonly user: StoryUser; readonly octets: number }
  | { readonly kind: 'recreate'; readonly user: StoryUser }
  | { readonly kind: 'reset'; readonly user: StoryUser; readonly reset: Reset }
  /** Takes the usage row away where there is one, else makes one. */
  | { readonly kind: 'row'; readonly user: StoryUser }
  | { readonly kind: 'zone'; readonly timezone: string };

/** A database in which a story is told, event by event. */
export interface StoryTeller {
  tell(event: StoryEvent): Promise<void>;
  timezone(): string;
  close(): Promise<void>;
}

const TABLES = [
  ...['radacct', 'usage_days', 'usage_adjustments', 'user_profile_usage', 'profile_history'],
  ...['users', 'promotions', 'profiles', 'settings', 'instances'],
];

/** Empties a database and returns who tells a story in it from an instant (epoch milliseconds) on. */
export async function storyIn(db: Database, start: { at: number; timezone: string }): Promise<StoryTeller> {
  for (const table of TABLES) await db.knex(table).delete();
  await fixTimezone(db, start.timezone);
  let now = start.at;
  let behindMs = 0;
  let calendar = new Calendar(start.timezone);
  const runner = testRunner(db, () => now - behindMs);
  const sessions = new Map<number, { startedAt: number; total: number }>();
  const context: CommandContext = {
    db,
    clock: { now: () => now },
    actor: { name: 'cli:tester', userId: null },
    periodStartsAt: (nowMs) => calendar.periodStarts(nowMs),
  };
  for (const name of ['A', 'B']) await createProfile(context, { name, dailyLimit: 1_000 });
  await createPromotion(context, { name: 'L3', profile: 'A' });
  await createUser(context, { username: 'john', profile: 'A' });
  await createUser(context, { username: 'jane', promotion: 'L3' });

  const recordOf = (report: Report): SessionRecord => {
    const eventAt = now - report.minutesAgo * 60_000;
    const known = sessions.get(report.session);
    const session = known === undefined || report.isRestarted ? { startedAt: eventAt, total: 0 } : known;
    session.total += report.grown;
    sessions.set(report.session, session);
    return sessionRecord({
      at: (eventAt - EPOCH) / 1000,
      arrived: (now - EPOCH) / 1000,
      time: Math.max(0, Math.round((eventAt - session.startedAt) / 1000)),
      ...{ up: session.total, down: 3 * session.total, user: report.user, status: report.status },
      id: `s${report.session}`,
      station: `station ${report.session}`,
    });
  };
  const isThere = async (username: StoryUser) =>
    (await db.knex('users').where({ username }).first('id')) !== undefined;
  const usageRowOf = async (username: StoryUser): Promise<number | undefined> =>
    (
      await db
        .knex('user_profile_usage')
        .join('users', 'users.id', 'user_profile_usage.user_id')
        .where({ username })
        .first('user_profile_usage.id as id')
    )?.id;

  async function tell(event: StoryEvent): Promise<void> {
    if ('user' in event && !(await isThere(event.user))) await createUser(context, { username: event.user });
    switch (event.kind) {
      case 'pass':
        now += event.minutes * 60_000;
        return;
      case 'records': {
        behindMs = event.behindSeconds * 1000;
        const meter = createMeter({
          calendar,
          defaultTerms: { bandwidthUpload: 10_000, bandwidthDownload: 10_000 },
          nameRules: { stripsRealm: false, lowersCase: false },
          unknownUsers: 'create',
        });
        const submissions = event.reports.map((report) => submissionOf(recordOf(report)));
        await runner.run((batch) => meter(batch, submissions));
        return;
      }
      case 'profile':
        if (event.profile === null) await removeProfileFromUser(context, event.user);
        else await assignProfileToUser(context, event.user, event.profile);
        return;
      case 'promotion-profile':
        await assignProfileToPromotion(context, 'L3', event.profile);
        return;
      case 'move':
        await updateUser(context, event.user, { promotion: event.promotion });
        return;
      case 'limit':
        await updateProfile(context, 'A', { dailyLimit: event.dailyLimit });
        return;
      case 'adjust':
        if (event.octets < 0 && (await usageRowOf(event.user)) === undefined) return;
        await adjustUsage(context, event.user, { ...event, reason: 'a story' });
        return;
      case 'add':
        await addUsage(context, event.user, event.octets);
        return;
      case 'recreate':
        await deleteUser(context, event.user);
        await createUser(context, { username: event.user });
        return;
      case 'reset': {
        const row = await usageRowOf(event.user);
        if (row !== undefined) await resetUsage(context, row, event.reset);
        return;
      }
      case 'row': {
        const row = await usageRowOf(event.user);
        if (row !== undefined) await deleteUsage(context, row);
        else await createUsage(context, { userId: (await getUser(db, event.user)).id });
        return;
      }
      case 'zone':
        await changeTimezone(db, { ...event, clock: context.clock, actor: context.actor });
        calendar = new Calendar(event.timezone);
        return;
    }
  }
  return { tell, timezone: () => calendar.timezone, close: () => runner.close() };
}
