/** Reading which users alerts fire for: the database compares every user's counters with each profile's thresholds, a stretch of users at a time, and hands out or counts only those that reach one (contract §7, §0.11). */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import type { ReadingTime } from '../usage/usage-queries.ts';
import type { UsageRow } from '../usage/usage-row.ts';
import {
  EFFECTIVE_PROFILE,
  firesAtNothing,
  firingCount,
  type SqlPart,
  type Watch,
  whereAnyMayFire,
  whereFires,
} from './due-conditions.ts';

/** A user that an alert fires for, with their usage. */
export interface DueRow extends Omit<UsageRow, 'id'> {
  readonly users_id: number;
  readonly username: string;
  readonly email: string;
  readonly phone_number: string | null;
  /** The effective one. */
  readonly profile_id: number;
  /** Null where the user has no usage yet, and with it every column of it. */
  readonly id: number | null;
}

/** Some thousand users who stand next to each other. */
export interface Stretch {
  /** Returns those that at least one alert fires for, the newest usage first; so many of them at most, all without it. */
  rows(limit?: number): Promise<DueRow[]>;
  /** Returns how many alerts fire for them: all alerts of all of them. */
  count(): Promise<number>;
}

/** So many rows of usage one statement reads: some hundredths of a second. */
const STRETCH_ROWS = 10_000;
/** So many conditions one statement may hold. */
const PROFILES_MAX = 200;

/** Yields all users with usage by stretches, the newest usage first, and then those without, where an alert fires for them. */
export async function* stretchesOf(
  { knex }: Database,
  watches: readonly Watch[],
  time: ReadingTime,
): AsyncGenerator<Stretch> {
  for (const reading of [usageReaching(knex, watches, time), withoutUsage(knex, watches, time)]) {
    // A table that nothing need be read from is not walked.
    if (reading.parts.length === 0) continue;
    for await (const { above, upTo } of idRanges(knex, reading.table)) {
      const within = (query: Knex.QueryBuilder) =>
        query.where(reading.id, '>', above).where(reading.id, '<=', upTo);
      yield {
        rows: (limit) => rowsOf(knex, reading, within, limit),
        count: () => countOf(knex, reading, within),
      };
    }
  }
}

/** What is read of the users of one kind: those with usage, or those without. */
interface Reading {
  readonly table: 'user_profile_usage' | 'users';
  readonly id: 'counted.id' | 'users.id';
  readonly parts: readonly Part[];
}

/** What is read of the users of some profiles. */
interface Part {
  /** All that an alert fires for are among them. */
  readonly candidates: () => Knex.QueryBuilder;
  /** Those that one fires for, and nobody else. */
  readonly users: () => Knex.QueryBuilder;
  /** How many fire for a candidate. */
  readonly firing: SqlPart;
}

type Within = (query: Knex.QueryBuilder) => Knex.QueryBuilder;

async function rowsOf(knex: Knex, { id, parts }: Reading, within: Within, limit?: number): Promise<DueRow[]> {
  const rows: DueRow[] = [];
  for (const { users } of parts) {
    const query = within(users())
      .orderBy(id, 'desc')
      .select(
        'counted.*',
        'users.id as users_id',
        'users.username',
        'users.email',
        'users.phone_number',
        knex.raw(`${EFFECTIVE_PROFILE} as profile_id`),
      );
    if (limit !== undefined) query.limit(limit);
    rows.push(...(await query));
  }
  const newestFirst = parts.length > 1 ? rows.sort((a, b) => orderOf(b) - orderOf(a)) : rows;
  return newestFirst.slice(0, limit);
}

function orderOf({ id, users_id }: DueRow): number {
  return id ?? users_id;
}

async function countOf(knex: Knex, { parts }: Reading, within: Within): Promise<number> {
  let count = 0;
  for (const { candidates, firing } of parts) {
    const [row]: { due: number | null }[] = await within(candidates()).select(
      knex.raw(`SUM(${firing.sql}) as due`, [...firing.bindings]),
    );
    count += row?.due ?? 0;
  }
  return count;
}

/** Yields ranges of ids that hold at least one row each, from the highest down. */
async function* idRanges(
  knex: Knex,
  table: Reading['table'],
): AsyncGenerator<{ above: number; upTo: number }> {
  for (let upTo = Number.MAX_SAFE_INTEGER; ; upTo -= STRETCH_ROWS) {
    const [row]: { id: number }[] = await knex(table)
      .select('id')
      .where('id', '<=', upTo)
      .orderBy('id', 'desc')
      .limit(1);
    if (row === undefined) return;
    upTo = row.id;
    yield { above: upTo - STRETCH_ROWS, upTo };
  }
}

/** The usage row comes first: it alone says for most users that nothing fires. */
function usageReaching(knex: Knex, watches: readonly Watch[], time: ReadingTime): Reading {
  const candidates = (some: readonly Watch[]) =>
    knex('user_profile_usage as counted')
      .join('users', 'users.id', 'counted.user_id')
      .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
      .where('counted.is_active', true)
      .where((query) => whereAnyMayFire(query, some, time));
  const users = (some: readonly Watch[]) =>
    candidates(some).where((query) => {
      for (const watch of some) {
        query.orWhere((one) =>
          one.whereRaw(`${EFFECTIVE_PROFILE} = ?`, [watch.profile.id]).andWhere((reached) => {
            for (const alert of watch.alerts) reached.orWhere((each) => whereFires(each, alert, watch, time));
          }),
        );
      }
    });
  return {
    table: 'user_profile_usage',
    id: 'counted.id',
    parts: groupsOf(watches).map((some) => ({
      candidates: () => candidates(some),
      users: () => users(some),
      firing: firingCount(some, time),
    })),
  };
}

function withoutUsage(knex: Knex, watches: readonly Watch[], time: ReadingTime): Reading {
  const atNothing = watches.flatMap((watch) => {
    const alerts = watch.alerts.filter((alert) => firesAtNothing(alert, watch));
    return alerts.length === 0 ? [] : [{ ...watch, alerts }];
  });
  const users = (ids: readonly number[]) =>
    knex('users')
      .leftJoin('promotions', 'promotions.id', 'users.promotion_id')
      .leftJoin('user_profile_usage as counted', 'counted.user_id', 'users.id')
      .whereNull('counted.id')
      .whereRaw(`${EFFECTIVE_PROFILE} IN (${ids.map(() => '?').join(', ')})`, [...ids]);
  return {
    table: 'users',
    id: 'users.id',
    parts: groupsOf(atNothing).map((some) => {
      const ofThese = () => users(some.map(({ profile }) => profile.id));
      return { candidates: ofThese, users: ofThese, firing: firingCount(some, time) };
    }),
  };
}

function groupsOf(watches: readonly Watch[]): Watch[][] {
  const groups: Watch[][] = [];
  for (let at = 0; at < watches.length; at += PROFILES_MAX) groups.push(watches.slice(at, at + PROFILES_MAX));
  return groups;
}
