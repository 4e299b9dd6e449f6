/** The table `alert_deliveries`, and with each of its rows, in the same transaction, what leaves for it: a mail, a message to the SMS webhook, or a notice (contract §0.13). */
import { randomUUID } from 'node:crypto';
import type { Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import type { MailContent } from './alert-mail.ts';
import { type DeliveryMethod, type DeliveryStatus, identityText, type PlannedDelivery } from './delivery.ts';
import { wherePairs } from './delivery-pairs.ts';

/** One way to tell one user of one firing. */
export interface WantedDelivery {
  readonly alertId: number;
  readonly userId: number;
  readonly armKey: string;
  readonly plan: PlannedDelivery;
  readonly message: string;
  /** Null where no mail is to be sent. */
  readonly mail: MailContent | null;
  /** A JSON object; null where the webhook is not to be told. */
  readonly webhookBody: object | null;
}

/** Begins the deliveries that have not been begun, each with what leaves; one that had been impossible is begun once it is not. Returns those begun. Of two transactions at once that begin the same one, one gets the driver's duplicate-key error and decides again from fresh rows. */
export async function beginDeliveries(
  transaction: Transaction,
  wanted: readonly WantedDelivery[],
): Promise<WantedDelivery[]> {
  const { trx, now } = transaction;
  const known = await deliveriesOf(transaction, wanted, true);
  const fresh = wanted.filter((each) => !known.has(textOf(each)));
  const possible = wanted.flatMap((each) => {
    const delivery = known.get(textOf(each));
    const isPossibleNow = delivery?.status === 'undeliverable' && each.plan.obstacle === null;
    return isPossibleNow ? [{ each, id: delivery.id }] : [];
  });
  if (fresh.length > 0) await trx('alert_deliveries').insert(fresh.map((each) => rowOf(each, now)));
  for (const { each, id } of possible) {
    await trx('alert_deliveries').where({ id }).update(stateOf(each.plan, now));
  }
  const begun = [...fresh, ...possible.map(({ each }) => each)];
  const ids = fresh.length > 0 ? await deliveriesOf(transaction, begun, false) : known;
  await insertLeaving(
    transaction,
    begun.filter(({ plan }) => plan.obstacle === null),
    (each) => ids.get(textOf(each))?.id ?? null,
  );
  return begun;
}

/** Ends deliveries, so that their alerts may fire again for the same reset, activation or expiry date (contract §0.11). Returns how many. */
export function endDeliveries({ trx, now }: Transaction, ids: readonly number[]): Promise<number> {
  return (
    trx('alert_deliveries')
      .whereIn('id', ids)
      .whereNull('ended_at')
      // The key must be free for the next firing, and no two ended ones alike.
      .update({ ended_at: now, arm_key: trx.raw("CONCAT(arm_key, '#', id)") })
  );
}

function textOf({ plan, ...each }: WantedDelivery): string {
  return identityText({ ...each, method: plan.method });
}

interface KnownDelivery {
  readonly id: number;
  readonly status: string;
}

async function deliveriesOf(
  { dialect, trx }: Transaction,
  wanted: readonly WantedDelivery[],
  isLocking: boolean,
): Promise<ReadonlyMap<string, KnownDelivery>> {
  const query = wherePairs(trx('alert_deliveries'), wanted).whereNull('ended_at');
  const rows: (KnownDelivery & { alert_id: number; user_id: number; arm_key: string; method: string })[] =
    await (isLocking ? lockRows[dialect](query) : query).select('*');
  return new Map(
    rows.map((row) => [
      identityText({
        alertId: row.alert_id,
        userId: row.user_id,
        armKey: row.arm_key,
        method: row.method,
      }),
      { id: row.id, status: row.status },
    ]),
  );
}

function rowOf({ alertId, userId, armKey, plan }: WantedDelivery, now: number) {
  return {
    alert_id: alertId,
    user_id: userId,
    arm_key: armKey,
    method: plan.method,
    created_at: now,
    ...stateOf(plan, now),
  };
}

/** A notice is delivered by being there. */
function stateOf({ method, obstacle }: PlannedDelivery, now: number) {
  const status: DeliveryStatus =
    obstacle !== null ? 'undeliverable' : method === 'system' ? 'delivered' : 'pending';
  return { status, detail: obstacle, delivered_at: status === 'delivered' ? now : null };
}

/** Numbers of bound values are limited: a mail has nine. */
const INSERT_ROWS = 100;

async function insertLeaving(
  { trx, now }: Transaction,
  wanted: readonly WantedDelivery[],
  idOf: (each: WantedDelivery) => number | null,
): Promise<void> {
  const rows: Record<DeliveryMethod, (each: WantedDelivery) => object> = {
    email: (each) => mailRow(each, idOf(each), now),
    sms: (each) => webhookRow(each, idOf(each), now),
    system: (each) => noticeRow(each, now),
  };
  for (const [method, some] of Map.groupBy(wanted, ({ plan }) => plan.method)) {
    for (let at = 0; at < some.length; at += INSERT_ROWS) {
      await trx(TABLE_OF[method]).insert(some.slice(at, at + INSERT_ROWS).map(rows[method]));
    }
  }
}

const TABLE_OF = { email: 'mail_queue', sms: 'webhook_queue', system: 'notices' } as const satisfies Record<
  DeliveryMethod,
  string
>;

function mailRow({ plan, mail, message }: WantedDelivery, deliveryId: number | null, now: number) {
  return {
    delivery_id: deliveryId,
    recipient: plan.address ?? '',
    subject: mail?.subject ?? '',
    body_text: mail?.text ?? message,
    body_html: mail?.html ?? null,
    message_id: randomUUID(),
    status: 'pending',
    due_at: now,
    created_at: now,
  };
}

function webhookRow({ plan, webhookBody }: WantedDelivery, deliveryId: number | null, now: number) {
  const messageId = randomUUID();
  return {
    delivery_id: deliveryId,
    recipient: plan.address ?? '',
    body: JSON.stringify({ id: messageId, ...webhookBody }),
    message_id: messageId,
    status: 'pending',
    due_at: now,
    created_at: now,
  };
}

function noticeRow({ alertId, userId, message }: WantedDelivery, now: number) {
  return { user_id: userId, alert_id: alertId, message, created_at: now, read_at: null };
}
