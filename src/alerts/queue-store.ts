/** The queues of messages that leave: taking what is due under a lease, and writing down what became of it together with its delivery. */
import type { Knex } from 'knex';
import type { Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import type { QueueRow, QueueTable } from './queue-row.ts';

/** What became of a message. */
export type Settlement =
  | { readonly kind: 'sent' }
  /** Not now: tried again at `dueAt`. */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly dueAt: number;
      /** Whether the attempt counts towards giving up. */
      readonly isCounted: boolean;
    }
  | { readonly kind: 'failed'; readonly reason: string }
  /** It was not even begun: the attempt does not count. */
  | { readonly kind: 'released'; readonly dueAt: number };

/** Which messages to take, and for how long. */
export interface Claim {
  readonly table: QueueTable;
  readonly owner: string;
  readonly limit: number;
  readonly leaseMs: number;
}

/** Takes messages that are due, those that wait longest first, and counts an attempt for each; until the lease ends nobody else takes them, and then anybody does. */
export async function claimDue<Row extends QueueRow>(
  { dialect, trx, now }: Transaction,
  { table, owner, limit, leaseMs }: Claim,
): Promise<Row[]> {
  const rows: Row[] = await lockRows[dialect](
    trx(table).where('status', 'pending').where('due_at', '<=', now).orderBy('due_at').limit(limit),
  ).select('*');
  if (rows.length === 0) return [];
  const leasedUntil = now + leaseMs;
  await trx(table)
    .whereIn(
      'id',
      rows.map(({ id }) => id),
    )
    .update({
      leased_by: owner,
      leased_until: leasedUntil,
      // What is leased is not due, so that nobody reads over it.
      due_at: leasedUntil,
      attempts: trx.raw('attempts + 1'),
    });
  return rows.map((row) => ({ ...row, attempts: row.attempts + 1, leased_until: leasedUntil }));
}

/** Prolongs the leases of messages and returns those that are still the owner's. */
export async function prolongLeases(
  { trx, now }: Transaction,
  { table, owner, leaseMs, ids }: Omit<Claim, 'limit'> & { readonly ids: readonly number[] },
): Promise<readonly number[]> {
  const ours = () => trx(table).whereIn('id', ids).where({ status: 'pending', leased_by: owner });
  const leasedUntil = now + leaseMs;
  await ours().update({ leased_until: leasedUntil, due_at: leasedUntil });
  return ours().pluck('id');
}

/** Writes down what became of a message; false where that is known already, or somebody else has it now. */
export async function settle(
  { trx, now }: Transaction,
  message: { readonly table: QueueTable; readonly id: number; readonly owner: string },
  settlement: Settlement,
): Promise<boolean> {
  const { table, id, owner } = message;
  const found = trx(table).where({ id, status: 'pending' });
  // That it was sent is true whoever has the lease now.
  if (settlement.kind !== 'sent') found.where('leased_by', owner);
  const leaseEnd = { leased_by: null, leased_until: null };
  const changed: number = await found.update({ ...queueColumns(settlement, trx, now), ...leaseEnd });
  if (changed === 0) return false;
  const delivery = deliveryColumns(settlement, now);
  if (delivery !== undefined) {
    await trx('alert_deliveries')
      .where('id', trx(table).where({ id }).select('delivery_id'))
      .update(delivery);
  }
  return true;
}

function queueColumns(settlement: Settlement, trx: Knex.Transaction, now: number): object {
  switch (settlement.kind) {
    case 'sent':
      return { status: 'sent', sent_at: now, last_error: null };
    case 'retry':
      return {
        due_at: settlement.dueAt,
        last_error: settlement.reason,
        ...(settlement.isCounted ? {} : { attempts: trx.raw('attempts - 1') }),
      };
    case 'failed':
      return { status: 'failed', last_error: settlement.reason };
    case 'released':
      return { due_at: settlement.dueAt, attempts: trx.raw('attempts - 1') };
  }
}

function deliveryColumns(settlement: Settlement, now: number): object | undefined {
  if (settlement.kind === 'sent') return { status: 'delivered', delivered_at: now, detail: null };
  if (settlement.kind === 'failed') return { status: 'failed', detail: settlement.reason };
  return settlement.kind === 'retry' ? { detail: settlement.reason } : undefined;
}
