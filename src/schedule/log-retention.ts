/** Forgetting entries of logs: what happened long ago and nothing rests on any more. */
import type { Knex } from 'knex';
import type { Database } from '../db/database.ts';
import { instantToText } from '../db/dialect.ts';
import { gently } from '../db/gently.ts';
import { windowsUp } from '../db/id-windows.ts';

/** A log: its table, and which entries are older than an instant (epoch milliseconds). */
export interface Log {
  readonly table: string;
  readonly older: (query: Knex.QueryBuilder, before: number, now: number) => Knex.QueryBuilder;
}

const DAY_MS = 86_400_000;
/** The newest run of a job says that it need not run again. */
const RUNS_KEPT_MS = 62 * DAY_MS;

export const AUDIT_LOG: Log = {
  table: 'audit_log',
  older: (query, before) => query.where('at', '<', before),
};

/** Runs of jobs, answers to logins, disconnections that are over, intents that have been carried out, messages that were sent or given up, and notices that were read. */
export const LOGS: readonly Log[] = [
  {
    table: 'job_runs',
    older: (query, before, now) => query.where('finished_at', '<', Math.min(before, now - RUNS_KEPT_MS)),
  },
  {
    table: 'radpostauth',
    // In the local time of whoever wrote it: a day more is longer than any zone's.
    older: (query, before) => query.where('authdate', '<', instantToText(before - DAY_MS)),
  },
  {
    table: 'user_disconnection_logs',
    older: (query, before) =>
      query.where('is_active', false).where('disconnected_at', '<', instantToText(before)),
  },
  {
    table: 'enforcement_intents',
    older: (query, before) => query.whereNull('live_key').where('finished_at', '<', before),
  },
  ...['mail_queue', 'webhook_queue'].map(
    (table): Log => ({
      table,
      // Of what does not wait any more this is when its last attempt was over at the latest.
      older: (query, before) => query.where('status', '<>', 'pending').where('due_at', '<', before),
    }),
  ),
  { table: 'notices', older: (query, before) => query.where('read_at', '<', before) },
  {
    table: 'alert_deliveries',
    // The others keep their alerts from firing again.
    older: (query, before) => query.where('status', '<>', 'pending').where('ended_at', '<', before),
  },
];

export interface LogRetentionOptions {
  readonly db: Database;
  readonly now: number;
  readonly before: number;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  readonly onForgotten: (count: number) => void;
}

const WINDOW_ROWS = 1_000;

/** Forgets entries of a log a piece at a time and returns how many those were. */
export async function retainLog(log: Log, options: LogRetentionOptions): Promise<number> {
  const { db, now, before, isDryRun, signal, onForgotten } = options;
  let count = 0;
  for await (const { low, high } of windowsUp(db, log.table, { rows: WINDOW_ROWS })) {
    if (signal.aborted) break;
    const entries = () =>
      log.older(db.knex(log.table).where('id', '>=', low).where('id', '<=', high), before, now);
    const forgotten: number = await gently(async () =>
      isDryRun ? (await entries().count('* as entries'))[0].entries : entries().delete(),
    );
    count += forgotten;
    if (forgotten > 0) onForgotten(forgotten);
  }
  return count;
}
