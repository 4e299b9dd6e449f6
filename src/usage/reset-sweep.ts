/** Rolling counters over that the calendar has made due, for everybody at once: what a packet does for one user, done early and in pieces (design §8). */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '../audit/actor.ts';
import type { Clock } from '../clock.ts';
import { bisect } from '../db/bisect.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import { windowsDown } from '../db/id-windows.ts';
import type { SpoiltRow } from '../errors.ts';
import { dueAmong, dueIds, dueUsages, type ResetPeriod, type ResetUsage } from './due-resets-queries.ts';
import type { Calendar } from './period.ts';
import { resetDue } from './reset-sweep-store.ts';

/** How a sweep goes about it. */
export interface ResetSweepOptions {
  readonly db: Database;
  readonly clock: Clock;
  /** In the zone of the database. */
  readonly calendar: Calendar;
  readonly period: ResetPeriod;
  /** Finds what is due and changes nothing. */
  readonly isDryRun?: boolean;
  /** Who asks for it; absent where it is a running radmeter's own. */
  readonly actor?: Actor;
  /** Ends it after the piece at hand. */
  readonly signal?: AbortSignal;
  /** Told of the usages that were reset, or would be, the newest first, a piece at a time. */
  readonly onReset?: (usages: readonly ResetUsage[]) => void;
  /** Told of a usage that nothing can be made of; the others are reset. */
  readonly onSpoilt?: (row: SpoiltRow) => void;
}

const WINDOW_ROWS = 2_000;
/** Small enough that a batch of records which waits for it does not notice. */
const CHUNK_ROWS = 250;
/** What a batch holds for longer than this many tries is waited for. */
const FREE_TRIES = 8;
const TRY_AGAIN_MS = 25;

/**
 * Resets one counter of every active usage whose last reset lies before the current day, week or month, and returns how
 * many those were. Rows that a batch of records has locked are left for later, so that neither waits for the other
 * while it holds something: a batch rolls them over itself, or lets them go. Run twice, the second finds nothing.
 * Throws AppError `conflict` where the time zone of the database is changed meanwhile.
 */
export async function sweepResets(options: ResetSweepOptions): Promise<number> {
  const { db, clock, calendar, period, signal } = options;
  const startsAt = calendar.periodStarts(clock.now())[PERIODS[period]];
  const due = { period, startsAt };
  const held: number[] = [];
  let count = 0;
  for await (const window of windowsDown(db, 'user_profile_usage', WINDOW_ROWS)) {
    const ids = await gently(() => dueIds(db, due, window));
    for (let at = 0; at < ids.length; at += CHUNK_ROWS) {
      if (signal?.aborted === true) return count;
      const chunk = ids.slice(at, at + CHUNK_ROWS);
      const { reset, left } = await resetChunk(options, { ...due, ids: chunk });
      count += reset.length;
      held.push(...left);
    }
  }
  return count + (await resetHeld(options, { ...due, ids: held }));
}

const PERIODS = { daily: 'day', weekly: 'week', monthly: 'month' } as const;

interface Chunk {
  readonly period: ResetPeriod;
  readonly startsAt: number;
  readonly ids: readonly number[];
  readonly waits?: boolean;
}

/** Returns what was reset, and of whom nothing is known yet. */
async function resetChunk(
  options: ResetSweepOptions,
  chunk: Chunk,
): Promise<{ readonly reset: readonly ResetUsage[]; readonly left: readonly number[] }> {
  const { db, clock, calendar, actor, isDryRun, onReset, onSpoilt } = options;
  const reset: ResetUsage[] = [];
  const spoilt: number[] = [];
  await bisect(chunk.ids, {
    dialect: db.dialect,
    write: async (ids) => {
      const some = { ...chunk, ids };
      const usages = await gently(() =>
        isDryRun === true
          ? dueUsages(db, some, ids)
          : inTransaction(db, clock, (transaction) => resetDue(transaction, { ...some, calendar, actor })),
      );
      reset.push(...usages);
      if (usages.length > 0) onReset?.(usages);
    },
    onRefused: (id, error) => {
      spoilt.push(id);
      onSpoilt?.({ row: `user_profile_usage ${id}`, reason: reasonOf(error) });
    },
  });
  return {
    reset,
    left: withoutThose(
      withoutThose(
        chunk.ids,
        reset.map(({ id }) => id),
      ),
      spoilt,
    ),
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Those left were locked, or are not due any more; which of it, the next try tells. */
async function resetHeld(options: ResetSweepOptions, { ids, ...due }: Chunk): Promise<number> {
  let left = ids;
  let count = 0;
  for (let tries = 1; left.length > 0; tries++) {
    await sleep(TRY_AGAIN_MS);
    const still: number[] = [];
    for (let at = 0; at < left.length; at += CHUNK_ROWS) {
      if (options.signal?.aborted === true) return count;
      const dueNow = await dueAmong(options.db, due, left.slice(at, at + CHUNK_ROWS));
      const chunk = await resetChunk(options, { ...due, ids: dueNow, waits: tries >= FREE_TRIES });
      count += chunk.reset.length;
      still.push(...chunk.left);
    }
    left = still;
  }
  return count;
}

function withoutThose(ids: readonly number[], others: readonly number[]): number[] {
  const those = new Set(others);
  return ids.filter((id) => !those.has(id));
}
