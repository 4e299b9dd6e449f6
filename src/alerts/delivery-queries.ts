/** Reading what became of deliveries and of the messages that leave for them. */
import type { Database } from '../db/database.ts';
import { identityText } from './delivery.ts';
import { wherePairs } from './delivery-pairs.ts';
import type { DueAlert } from './due-alerts.ts';
import type { QueueRow, QueueStatus, QueueTable } from './queue-row.ts';

/** How far a delivery is. */
export interface DeliveryState {
  readonly id: number;
  readonly status: string;
  /** Epoch milliseconds; null where it has not been delivered. */
  readonly deliveredAt: number | null;
  /** Why it came to nothing, or has not yet. */
  readonly detail: string | null;
}

const PAIRS_MAX = 500;

/** Returns the deliveries of alerts that are due, by identityText. */
export async function deliveryStates(
  db: Database,
  due: readonly DueAlert[],
): Promise<ReadonlyMap<string, DeliveryState>> {
  const states = new Map<string, DeliveryState>();
  for (let at = 0; at < due.length; at += PAIRS_MAX) {
    const some = due.slice(at, at + PAIRS_MAX);
    for (const [identity, state] of await statesOf(db, some)) states.set(identity, state);
  }
  return states;
}

async function statesOf({ knex }: Database, due: readonly DueAlert[]): Promise<[string, DeliveryState][]> {
  const pairs = due.map(({ alert, user }) => ({ alertId: alert.id, userId: user.userId }));
  const query = wherePairs(knex('alert_deliveries'), pairs).whereNull('ended_at');
  const rows: DeliveryRow[] = await query.select('*');
  return rows.map((row) => [
    identityText({ alertId: row.alert_id, userId: row.user_id, armKey: row.arm_key, method: row.method }),
    { id: row.id, status: row.status, deliveredAt: row.delivered_at, detail: row.detail },
  ]);
}

interface DeliveryRow {
  readonly id: number;
  readonly alert_id: number;
  readonly user_id: number;
  readonly arm_key: string;
  readonly method: string;
  readonly status: string;
  readonly delivered_at: number | null;
  readonly detail: string | null;
}

/** Which messages to list. */
export interface QueueFilter {
  readonly table: QueueTable;
  readonly status?: QueueStatus | undefined;
  readonly limit: number;
}

/** Returns messages that wait, were sent or were given up, the newest first. */
export function listQueued<Row extends QueueRow>(
  { knex }: Database,
  { table, status, limit }: QueueFilter,
): Promise<Row[]> {
  const query = knex(table).orderBy('id', 'desc').limit(limit);
  if (status !== undefined) query.where('status', status);
  return query.select('*');
}

/** Returns how many messages wait to leave. */
export async function countPending({ knex }: Database, table: QueueTable): Promise<number> {
  const [row]: { rows: number }[] = await knex(table).where('status', 'pending').count({ rows: '*' });
  return Number(row?.rows ?? 0);
}
