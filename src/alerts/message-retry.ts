/** Beginning messages again that were given up. */
import type { Actor } from '../audit/actor.ts';
import { onlyOne, recordAudit } from '../audit/record-audit.ts';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { gently } from '../db/gently.ts';
import { AppError } from '../errors.ts';
import type { QueueTable } from './queue-row.ts';

/** Who asks, and whether it is only tried. */
export interface RetryContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly actor: Actor;
  readonly isDryRun: boolean;
}

const CHUNK_ROWS = 200;

/** Begins one message again that was given up, or does at once what waits. Throws AppError `not_found`, and `conflict` where it was sent or is being sent. */
export async function retryMessage(
  { db, clock, actor, isDryRun }: RetryContext,
  { table, id }: { readonly table: QueueTable; readonly id: number },
): Promise<void> {
  await inTransaction(db, clock, async (transaction) => {
    const { dialect, trx } = transaction;
    const [row]: { status: string; leased_by: string | null }[] = await lockRows[dialect](
      trx(table).where({ id }).select('status', 'leased_by'),
    );
    if (row === undefined) throw new AppError('not_found', `there is no message ${id} in ${table}`);
    if (row.status === 'sent') throw new AppError('conflict', `message ${id} was sent`);
    if (row.leased_by !== null) {
      throw new AppError('conflict', `message ${id} is being sent by ${row.leased_by}`);
    }
    if (!isDryRun) await beginAgain(transaction, { table, ids: [id], actor });
  });
}

/** Begins all messages of a queue again that were given up, and returns how many those are. */
export async function retryFailedMessages(context: RetryContext, table: QueueTable): Promise<number> {
  const { db, clock, actor, isDryRun } = context;
  let count = 0;
  for (let after = 0; ; ) {
    const ids = await gently(() =>
      inTransaction(db, clock, async (transaction) => {
        const { dialect, trx } = transaction;
        const failed = trx(table).where('status', 'failed').where('id', '>', after);
        const rows: { id: number }[] = await lockRows[dialect](
          failed.orderBy('id').limit(CHUNK_ROWS).select('id'),
        );
        const found = rows.map((row) => row.id);
        if (found.length > 0 && !isDryRun) await beginAgain(transaction, { table, ids: found, actor });
        return found;
      }),
    );
    const last = ids.at(-1);
    if (last === undefined) return count;
    count += ids.length;
    after = last;
  }
}

/** With all attempts and all the time that a new message has. */
async function beginAgain(
  transaction: Transaction,
  { table, ids, actor }: { table: QueueTable; ids: readonly number[]; actor: Actor },
): Promise<void> {
  const { trx, now } = transaction;
  await trx(table)
    .whereIn('id', ids)
    .update({ status: 'pending', attempts: 0, due_at: now, created_at: now, leased_by: null });
  await trx('alert_deliveries')
    .whereIn('id', trx(table).whereIn('id', ids).whereNotNull('delivery_id').select('delivery_id'))
    .update({ status: 'pending', detail: null });
  await recordAudit(transaction, actor, {
    action: 'retry',
    objectType: 'message',
    objectId: onlyOne(ids),
    after: { queue: table, ids, status: 'pending' },
  });
}
