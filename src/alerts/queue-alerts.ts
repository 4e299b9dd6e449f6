/** The check of all alerts as the schedule runs it: whoever has not been told yet of an alert that fires for them is told, once for each firing, and alerts that fire no more are armed again (contract §0.11, §0.13). */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import type { SpoiltRow } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { PeriodStarts } from '../usage/period.ts';
import type { ReadingTime } from '../usage/usage-queries.ts';
import { alertMail, type Wording } from './alert-mail.ts';
import { alertMessage } from './alert-message.ts';
import { type Channels, identityText, plannedDeliveries } from './delivery.ts';
import { type DeliveryState, deliveryStates } from './delivery-queries.ts';
import { beginDeliveries, endDeliveries, type WantedDelivery } from './delivery-store.ts';
import { type DueAlert, dueAlerts, watchedProfiles } from './due-alerts.ts';
import { endedFirings } from './ended-firings.ts';

export interface AlertQueueOptions extends Wording {
  /** What is read of all users comes from here, never in the way of whoever writes. */
  readonly reader: Database;
  readonly db: Database;
  readonly clock: Clock;
  readonly periodStartsAt: (nowMs: number) => PeriodStarts;
  readonly channels: Channels;
  readonly metrics?: Pick<Metrics, 'alertsFired'>;
  /** Ends the check after the chunk at hand; what is left is found by the next one. */
  readonly signal?: AbortSignal;
  /** Begins and ends nothing, and counts what it would. */
  readonly isDryRun?: boolean;
  /** Told how many deliveries more were begun. */
  readonly onBegun?: (count: number) => void;
}

/** What a check came to. */
export interface AlertQueueResult {
  /** Alerts that fire, each for one user, those told of before too. */
  readonly triggered: number;
  /** Deliveries begun now: mails and messages that leave, and notices that can be read. */
  readonly begun: number;
  /** Deliveries noted now that nothing can be sent for. */
  readonly undeliverable: number;
  /** Deliveries whose alert fires no more: it may fire again. */
  readonly ended: number;
  /** Users about whom nothing can be decided; everybody else was told. */
  readonly spoilt: readonly SpoiltRow[];
}

/** So few that a batch of records which waits for them does not notice. */
const BEGIN_ROWS = 100;
const END_ROWS = 500;

/** Checks every active alert and begins what is to be delivered; nothing leaves before it is committed, and two checks at once begin nothing twice. A check that is cut off anywhere is finished by the next. */
export async function checkAndQueueAlerts(options: AlertQueueOptions): Promise<AlertQueueResult> {
  const { clock, periodStartsAt } = options;
  const now = clock.now();
  const time = { now, starts: periodStartsAt(now) };
  const ended = await endFirings(options, time);
  const counts = { triggered: 0, begun: 0, undeliverable: 0 };
  const spoilt: SpoiltRow[] = [];
  const onSpoilt = (row: SpoiltRow) => void spoilt.push(row);
  for await (const due of dueAlerts(options.reader, { ...time, onSpoilt })) {
    if (isAborted(options)) break;
    counts.triggered += due.length;
    const begun = await gently(() => begin(options, due));
    counts.begun += begun.filter(({ plan }) => plan.obstacle === null).length;
    counts.undeliverable += begun.filter(({ plan }) => plan.obstacle !== null).length;
  }
  return { ...counts, ended, spoilt };
}

/** What falls below its threshold and rises again between two checks has not been seen below it. */
async function endFirings(options: AlertQueueOptions, time: ReadingTime): Promise<number> {
  const { reader, db, clock, isDryRun } = options;
  let ended = 0;
  for (const watch of await watchedProfiles(reader)) {
    for (const alert of watch.alerts) {
      for await (const ids of endedFirings(reader, { alert, watch }, time)) {
        for (let at = 0; at < ids.length; at += END_ROWS) {
          if (isAborted(options)) return ended;
          const some = ids.slice(at, at + END_ROWS);
          ended +=
            isDryRun === true
              ? some.length
              : await gently(() =>
                  inTransaction(db, clock, (transaction) => endDeliveries(transaction, some)),
                );
        }
      }
    }
  }
  return ended;
}

async function begin(options: AlertQueueOptions, due: readonly DueAlert[]): Promise<WantedDelivery[]> {
  const { reader, db, clock, metrics, isDryRun, onBegun } = options;
  const wanted = wantedOf(due, await deliveryStates(reader, due), options);
  if (isDryRun === true) return wanted;
  const begun: WantedDelivery[] = [];
  for (let at = 0; at < wanted.length; at += BEGIN_ROWS) {
    if (isAborted(options)) break;
    const some = wanted.slice(at, at + BEGIN_ROWS);
    const done = await gently(() =>
      inTransaction(db, clock, (transaction) => beginDeliveries(transaction, some)),
    );
    begun.push(...done);
    onBegun?.(done.filter(({ plan }) => plan.obstacle === null).length);
  }
  for (const { plan } of begun) metrics?.alertsFired.inc({ method: plan.method });
  return begun;
}

/** What has been begun needs nothing more here, unless it was impossible and is so no longer. */
function wantedOf(
  due: readonly DueAlert[],
  states: ReadonlyMap<string, DeliveryState>,
  { channels, ...wording }: AlertQueueOptions,
): WantedDelivery[] {
  return due.flatMap((one) =>
    plannedDeliveries(one.alert.notificationMethod, one.user, channels).flatMap((plan) => {
      const identity = { alertId: one.alert.id, userId: one.user.userId, armKey: one.armKey };
      const state = states.get(identityText({ ...identity, method: plan.method }));
      const isBegun = state !== undefined && (state.status !== 'undeliverable' || plan.obstacle !== null);
      if (isBegun) return [];
      const message = alertMessage(one.alert, one.user, wording.language);
      const isLeaving = plan.obstacle === null;
      return [
        {
          ...identity,
          plan,
          message,
          // Made here, so that the transaction need not wait for it.
          mail: isLeaving && plan.method === 'email' ? alertMail(one, wording) : null,
          webhookBody: isLeaving && plan.method === 'sms' ? webhookBody(one, message) : null,
        },
      ];
    }),
  );
}

/** What the SMS webhook is posted; its `id` is added where the message gets it. */
function webhookBody({ alert, user }: DueAlert, message: string): object {
  return {
    to: user.phoneNumber?.trim(),
    message,
    username: user.username,
    user_id: user.userId,
    alert_id: alert.id,
    alert_type: alert.alertType,
    profile_name: user.profileName,
  };
}

function isAborted({ signal }: AlertQueueOptions): boolean {
  return signal?.aborted === true;
}
