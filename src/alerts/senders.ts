/** The senders of one running radmeter: one for each way out that is configured. */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Channels } from './delivery.ts';
import { mailOutlet, type SmtpOptions } from './mailer.ts';
import type { MailRow, WebhookRow } from './queue-row.ts';
import { QueueSender } from './queue-sender.ts';
import { openWebhook, type WebhookOptions } from './sms-webhook.ts';

/** The ways out; null where one is not configured. */
export interface Ways {
  readonly smtp: SmtpOptions | null;
  readonly webhook: WebhookOptions | null;
}

export interface SendersOptions extends Ways {
  readonly db: Database;
  readonly clock: Clock;
  /** By what name leases are held: no two senders of one queue have the same. */
  readonly owner: string;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'messages' | 'messagesQueued'>;
  /** As QueueSender takes it. */
  readonly heartbeatMs?: number;
}

/** The settings the ways are made of, by their names. */
export interface WaySettings {
  readonly smtpUrl: Pick<SmtpOptions, 'host' | 'port' | 'tls' | 'caFile' | 'user'> | null;
  readonly mailFrom: string | null;
}

/** The settings that are nobody's to see. */
export interface WaySecrets {
  readonly smtpPassword: string | null;
  readonly smsWebhookUrl: string | null;
  readonly smsWebhookSecret: string | null;
}

/** Returns the ways that are configured. */
export function waysOf(
  { smtpUrl, mailFrom }: WaySettings,
  { smtpPassword, smsWebhookUrl, smsWebhookSecret }: WaySecrets,
): Ways {
  return {
    smtp:
      smtpUrl === null || mailFrom === null ? null : { ...smtpUrl, password: smtpPassword, from: mailFrom },
    webhook: smsWebhookUrl === null ? null : { url: smsWebhookUrl, secret: smsWebhookSecret },
  };
}

/** Returns which ways are open. */
export function channelsOf({ smtp, webhook }: Ways): Channels {
  return { email: smtp !== null, sms: webhook !== null };
}

/** Sends what waits, in the background from `start` on. */
export class Senders {
  readonly #senders: readonly (QueueSender<MailRow> | QueueSender<WebhookRow>)[];

  constructor({ smtp, webhook, ...shared }: SendersOptions) {
    this.#senders = [
      ...(smtp === null
        ? []
        : [new QueueSender<MailRow>({ ...shared, table: 'mail_queue', open: () => mailOutlet(smtp) })]),
      ...(webhook === null
        ? []
        : [
            new QueueSender<WebhookRow>({
              ...shared,
              table: 'webhook_queue',
              open: () => openWebhook(webhook),
            }),
          ]),
    ];
  }

  start(): void {
    for (const sender of this.#senders) sender.start();
  }

  /** Sends what is due now, for those who have just put something into a queue. */
  wake(): void {
    for (const sender of this.#senders) sender.wake();
  }

  /** Sends what is due now; resolves when nothing is. Rejects when the database cannot be asked. */
  async drain(): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.drain()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.close()));
  }
}
