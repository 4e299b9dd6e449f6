/** Writing counters that another system kept into `user_profile_usage`, with the adjustments that prove them (contract §0.14). */
import { hash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Transaction } from '../db/database.ts';
import { instantToText, lockRows } from '../db/dialect.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import type { Profile } from '../profiles/profile.ts';
import { type ProfileRow, profileFromRow } from '../profiles/profile-row.ts';
import { auditedUsage } from '../usage/audited-usage.ts';
import { type CounterDifference, type Counters, latestSeen, rollOver } from '../usage/counters.ts';
import { isExceeded } from '../usage/quota.ts';
import { countersFromRow, type UsageRow, updateUsageRow } from '../usage/usage-row.ts';
import {
  type ImportOrigin,
  importedStates,
  inSlices,
  keepImported,
  ROWS_TO_AN_INSERT,
} from './imported-rows.ts';

/** The counters of a user as the source has them; periods that have ended since are rolled over here. */
export interface SourceUsage {
  readonly sourceId: number;
  readonly userId: number;
  readonly username: string;
  readonly counters: Counters;
  readonly isActive: boolean;
}

/** What an existing row means: it stays unless an import wrote it and nothing moved it since; it stays; it is overwritten. */
export type ExistingUsage = 'replace-unmoved' | 'skip' | 'force';

export interface PlaceOptions {
  readonly origin: ImportOrigin;
  /** The kind of the adjustments. */
  readonly kind: string;
  readonly existing: ExistingUsage;
}

/** What becomes of one user's counters; `profile` is the effective one. */
export interface PlacedUsage {
  readonly usage: SourceUsage;
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'kept' | 'skipped';
  /** As they stand now, or would. */
  readonly counters: Counters;
  readonly profile: Profile | null;
  /** Whether the source says what it said the last time. */
  readonly isKnown: boolean;
  readonly reason: string | null;
}

/** What stands in `imported_rows.state`: a hash of what the source said, and the counters as they were written. */
interface UsageState {
  readonly source: string;
  readonly written: Counters;
}

interface Planned extends PlacedUsage {
  readonly row: UsageRow | undefined;
  readonly before: Counters | undefined;
  readonly at: number;
}

/** Returns what becomes of the counters of users (each once), and writes it unless `isDryRun`; the usage rows stay locked until the transaction ends. */
export async function placeUsage(
  transaction: Transaction,
  context: CommandContext,
  usages: readonly SourceUsage[],
  options: PlaceOptions & { readonly isDryRun: boolean },
): Promise<PlacedUsage[]> {
  const { dialect, trx } = transaction;
  const userIds = usages.map(({ userId }) => userId);
  const rows: UsageRow[] = await lockRows[dialect](
    trx('user_profile_usage').whereIn('user_id', userIds).orderBy('user_id').select('*'),
  );
  const byUser = new Map(rows.map((row) => [row.user_id, row]));
  const profiles = await effectiveProfiles(trx, userIds);
  const states = await importedStates(trx, ['usage', 'quota'], userIds);
  const planned = usages.map((usage) =>
    plan(usage, {
      row: byUser.get(usage.userId),
      state: stateFrom(states.get(usage.userId)?.state),
      isOutdated: options.origin.kind === 'quota' && states.get(usage.userId)?.kind === 'usage',
      profile: profiles.get(usage.userId) ?? null,
      existing: options.existing,
      now: transaction.now,
      context,
    }),
  );
  if (!options.isDryRun) await write(transaction, context, planned, options);
  return planned;
}

interface PlanSource {
  readonly row: UsageRow | undefined;
  readonly state: UsageState | undefined;
  /** Whether it is a row of `user_quotas`, and the user's row of `user_profile_usage`, which took its place, was imported before. */
  readonly isOutdated: boolean;
  readonly profile: Profile | null;
  readonly existing: ExistingUsage;
  readonly now: number;
  readonly context: CommandContext;
}

function plan(usage: SourceUsage, source: PlanSource): Planned {
  const { row, state, isOutdated, profile, existing, now, context } = source;
  const stored = row === undefined ? undefined : countersFromRow(row);
  const at = stored === undefined ? now : latestSeen(stored, now);
  const starts = context.periodStartsAt(at);
  const before = stored === undefined ? undefined : rollOver(stored, starts);
  const counters = rollOver(notAfter(usage.counters, at), starts);
  const isKnown = state?.source === sourceHash(usage);
  const base = { usage, profile, row, before, at, isKnown, reason: null };
  if (before === undefined) return { ...base, outcome: 'created', counters };
  if (existing === 'skip') return { ...base, outcome: 'skipped', counters: before };
  const isUnmoved = state !== undefined && isSame(rollOver(state.written, starts), before);
  if ((isUnmoved && !isOutdated) || existing === 'force') {
    const outcome = isSame(before, counters) ? 'unchanged' : 'updated';
    return { ...base, outcome, counters };
  }
  return { ...base, outcome: 'kept', counters: before, reason: whyKept(source) };
}

function whyKept({ state, isOutdated }: PlanSource): string {
  if (state === undefined) return 'the usage that is here did not come from an import';
  return isOutdated
    ? 'the usage that is here came from user_profile_usage, which user_quotas is older than'
    : 'the usage that is here has moved since it was imported';
}

async function write(
  transaction: Transaction,
  context: CommandContext,
  planned: readonly Planned[],
  options: PlaceOptions,
): Promise<void> {
  const changed = planned.filter(({ outcome }) => outcome === 'created' || outcome === 'updated');
  await insertRows(
    transaction,
    changed.filter(({ row }) => row === undefined),
  );
  for (const each of changed.filter(({ row }) => row !== undefined)) {
    const { usage, counters, profile } = each;
    const state = { counters, isExceeded: isExceeded(counters, profile), isActive: usage.isActive };
    await updateUsageRow(transaction, usage.userId, state);
  }
  const changedBy = context.actor.name;
  await insertAdjustments(transaction, changed, { kind: options.kind, changedBy });
  const kept = planned.filter(({ outcome }) => outcome !== 'kept' && outcome !== 'skipped');
  const imported = kept.map(({ usage, counters }) => ({
    sourceId: usage.sourceId,
    targetId: usage.userId,
    state: JSON.stringify({ source: sourceHash(usage), written: counters } satisfies UsageState),
  }));
  await keepImported(transaction.trx, options.origin, imported, transaction.now);
}

async function insertRows({ trx, now }: Transaction, planned: readonly Planned[]): Promise<void> {
  const at = instantToText(now);
  for (const some of inSlices(planned, ROWS_TO_AN_INSERT)) {
    await trx('user_profile_usage').insert(
      some.map(({ usage: { userId, isActive }, counters, profile }) => ({
        ...auditedUsage({ userId, counters, isExceeded: isExceeded(counters, profile), isActive }),
        created_at: at,
        updated_at: at,
      })),
    );
  }
}

async function insertAdjustments(
  { trx }: Transaction,
  planned: readonly Planned[],
  note: { readonly kind: string; readonly changedBy: string },
): Promise<void> {
  const rows = planned.flatMap(({ usage, before, counters, at }) => {
    const difference = differenceOf(before, counters);
    if (Object.values(difference).every((octets) => octets === 0)) return [];
    const said = { kind: note.kind, changed_by: note.changedBy, reason: 'counted by the system before' };
    return [{ user_id: usage.userId, at, ...difference, ...said }];
  });
  for (const some of inSlices(rows, ROWS_TO_AN_INSERT)) await trx('usage_adjustments').insert(some);
}

function differenceOf(before: Counters | undefined, after: Counters): CounterDifference {
  return {
    today: after.usedToday - (before?.usedToday ?? 0),
    week: after.usedWeek - (before?.usedWeek ?? 0),
    month: after.usedMonth - (before?.usedMonth ?? 0),
    total: after.usedTotal - (before?.usedTotal ?? 0),
  };
}

/** Returns the effective profiles of users; whoever has none is not in it. */
async function effectiveProfiles(
  trx: Knex.Transaction,
  userIds: readonly number[],
): Promise<Map<number, Profile>> {
  const held: { user_id: number; profile_id: number | null }[] = await trx('users')
    .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
    .whereIn('users.id', userIds)
    .select(
      'users.id as user_id',
      trx.raw('COALESCE(users.profile_id, promotions.profile_id) as profile_id'),
    );
  const ids = [...new Set(held.flatMap(({ profile_id }) => profile_id ?? []))];
  const rows: ProfileRow[] = await trx('profiles').whereIn('id', ids).select('*');
  const byId = new Map(rows.map((row) => [row.id, profileFromRow(row)]));
  return new Map(
    held.flatMap(({ user_id, profile_id }) => {
      const profile = profile_id === null ? undefined : byId.get(profile_id);
      return profile === undefined ? [] : [[user_id, profile] as const];
    }),
  );
}

/** A reset of the future would keep its counter from rolling over until then. */
function notAfter(counters: Counters, at: number): Counters {
  return {
    ...counters,
    lastDailyReset: Math.min(counters.lastDailyReset, at),
    lastWeeklyReset: Math.min(counters.lastWeeklyReset, at),
    lastMonthlyReset: Math.min(counters.lastMonthlyReset, at),
    activationDate: Math.min(counters.activationDate, at),
  };
}

function valuesOf(counters: Counters): number[] {
  return [
    ...[counters.usedToday, counters.usedWeek, counters.usedMonth, counters.usedTotal],
    ...[counters.lastDailyReset, counters.lastWeeklyReset, counters.lastMonthlyReset],
    counters.activationDate,
  ];
}

function isSame(one: Counters, other: Counters): boolean {
  const values = valuesOf(other);
  return valuesOf(one).every((value, at) => value === values[at]);
}

function sourceHash({ counters, isActive }: SourceUsage): string {
  return hash('md5', JSON.stringify([...valuesOf(counters), isActive]), 'hex');
}

function stateFrom(text: string | undefined): UsageState | undefined {
  // Only this file writes states of these kinds.
  return text === undefined ? undefined : (JSON.parse(text) as UsageState);
}
