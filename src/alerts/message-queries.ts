/** Reading what became of the messages to users, whichever way they go: those that leave by a queue, and those that had nowhere to go. */
import type { Database } from '../db/database.ts';
import { listQueued } from './delivery-queries.ts';
import {
  type MailRow,
  QUEUE_STATUSES,
  type QueueRow,
  type QueueStatus,
  type WebhookRow,
} from './queue-row.ts';

/** `undeliverable`: nothing could be sent, and nothing was; it is begun once it can be. */
export const MESSAGE_STATUSES = [...QUEUE_STATUSES, 'undeliverable'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** One message; instants are epoch milliseconds. */
export interface MessageListing {
  /** In the queue of its method; null where nothing was ever queued. */
  readonly id: number | null;
  readonly method: 'email' | 'sms';
  readonly deliveryId: number | null;
  /** Null where the message is for nobody of ours. */
  readonly username: string | null;
  readonly recipient: string | null;
  readonly subject: string | null;
  readonly status: string;
  /** How often the other side had it, or may have had it. */
  readonly attempts: number;
  readonly createdAt: number;
  /** Null unless it waits. */
  readonly nextAttemptAt: number | null;
  readonly sentAt: number | null;
  readonly lastError: string | null;
}

/** Which messages to list. */
export interface MessageFilter {
  readonly methods: readonly MessageListing['method'][];
  readonly status?: MessageStatus | undefined;
  readonly limit: number;
}

/** Returns messages, the newest first. */
export async function listMessages(
  db: Database,
  { methods, status, limit }: MessageFilter,
): Promise<MessageListing[]> {
  const found: MessageListing[] = [];
  for (const method of methods) {
    if (status !== 'undeliverable') found.push(...(await queued[method](db, { status, limit })));
    if (status === undefined || status === 'undeliverable') {
      found.push(...(await undeliverable(db, { method, limit })));
    }
  }
  return found
    .sort((a, b) => b.createdAt - a.createdAt || (b.deliveryId ?? 0) - (a.deliveryId ?? 0))
    .slice(0, limit);
}

interface Some {
  readonly status: QueueStatus | undefined;
  readonly limit: number;
}

const queued: Record<MessageListing['method'], (db: Database, some: Some) => Promise<MessageListing[]>> = {
  async email(db, some) {
    const rows = await listQueued<MailRow>(db, { ...some, table: 'mail_queue' });
    const names = await usernamesOf(db, rows);
    return rows.map((row) => ({ ...listingOf(row, 'email', names), subject: row.subject }));
  },
  async sms(db, some) {
    const rows = await listQueued<WebhookRow>(db, { ...some, table: 'webhook_queue' });
    const names = await usernamesOf(db, rows);
    return rows.map((row) => listingOf(row, 'sms', names));
  },
};

function listingOf(
  row: QueueRow,
  method: MessageListing['method'],
  names: ReadonlyMap<number, string>,
): MessageListing {
  return {
    id: row.id,
    method,
    deliveryId: row.delivery_id,
    username: (row.delivery_id === null ? undefined : names.get(row.delivery_id)) ?? null,
    recipient: row.recipient,
    subject: null,
    status: row.status,
    attempts: row.attempts,
    createdAt: row.created_at,
    nextAttemptAt: row.status === 'pending' ? row.due_at : null,
    sentAt: row.sent_at,
    lastError: row.last_error,
  };
}

const IDS_MAX = 500;

/** By the deliveries they are for. */
async function usernamesOf(
  { knex }: Database,
  rows: readonly QueueRow[],
): Promise<ReadonlyMap<number, string>> {
  const ids = rows.flatMap((row) => row.delivery_id ?? []);
  const names = new Map<number, string>();
  for (let at = 0; at < ids.length; at += IDS_MAX) {
    const found: { id: number; username: string }[] = await knex('alert_deliveries')
      .join('users', 'users.id', 'alert_deliveries.user_id')
      .whereIn('alert_deliveries.id', ids.slice(at, at + IDS_MAX))
      .select('alert_deliveries.id', 'users.username');
    for (const { id, username } of found) names.set(id, username);
  }
  return names;
}

interface UndeliverableRow {
  readonly id: number;
  readonly username: string | null;
  readonly created_at: number;
  readonly detail: string | null;
}

async function undeliverable(
  { knex }: Database,
  { method, limit }: { method: MessageListing['method']; limit: number },
): Promise<MessageListing[]> {
  const rows: UndeliverableRow[] = await knex('alert_deliveries')
    .leftJoin('users', 'users.id', 'alert_deliveries.user_id')
    .where({ 'alert_deliveries.status': 'undeliverable', 'alert_deliveries.method': method })
    .whereNull('alert_deliveries.ended_at')
    .orderBy('alert_deliveries.id', 'desc')
    .limit(limit)
    .select(
      'alert_deliveries.id',
      'users.username',
      'alert_deliveries.created_at',
      'alert_deliveries.detail',
    );
  return rows.map((row) => ({
    ...{ id: null, method, deliveryId: row.id, username: row.username, recipient: null, subject: null },
    ...{ status: 'undeliverable', attempts: 0, createdAt: row.created_at },
    ...{ nextAttemptAt: null, sentAt: null, lastError: row.detail },
  }));
}
