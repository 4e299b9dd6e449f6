/** Rows of the two queues of messages that leave: `mail_queue` and `webhook_queue`, which differ in what is sent alone. */

/** Which queue. */
export type QueueTable = 'mail_queue' | 'webhook_queue';

/** `pending`: waits, or is being sent under a lease; `sent`: the other side took it; `failed`: given up. */
export const QUEUE_STATUSES = ['pending', 'sent', 'failed'] as const;
export type QueueStatus = (typeof QUEUE_STATUSES)[number];

/** What rows of both queues have; instants are epoch milliseconds. */
export interface QueueRow {
  readonly id: number;
  /** The row of `alert_deliveries` this message is for; null where nobody waits for it. */
  readonly delivery_id: number | null;
  readonly recipient: string;
  readonly status: string;
  /** How often it was begun to be sent. */
  readonly attempts: number;
  /** When it is looked at next; under a lease, when that ends. */
  readonly due_at: number;
  readonly leased_by: string | null;
  readonly leased_until: number | null;
  readonly last_error: string | null;
  readonly created_at: number;
  readonly sent_at: number | null;
}

/** A row of `mail_queue`. */
export interface MailRow extends QueueRow {
  readonly subject: string;
  readonly body_text: string;
  readonly body_html: string | null;
  /** The same at every attempt. */
  readonly message_id: string | null;
}

/** A row of `webhook_queue`. */
export interface WebhookRow extends QueueRow {
  /** What is posted, as JSON. */
  readonly body: string;
  /** The same at every attempt. */
  readonly message_id: string;
}
