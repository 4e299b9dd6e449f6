/** What people do with their notices. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import { type Notice, type NoticeRow, noticeFromRow } from './notice-queries.ts';

/** Marks one's own notice as read and returns it; one that is read already keeps its time. Throws AppError `not_found`, also for somebody else's. */
export function markNoticeRead(
  { db, clock }: { readonly db: Database; readonly clock: Clock },
  { id, userId }: { readonly id: number; readonly userId: number },
): Promise<Notice> {
  return inTransaction(db, clock, async ({ dialect, trx, now }) => {
    const query = trx('notices').where({ id, user_id: userId }).select('*');
    const [row]: NoticeRow[] = await lockRows[dialect](query);
    if (row === undefined) throw new AppError('not_found', 'Not found.');
    if (row.read_at !== null) return noticeFromRow(row);
    await trx('notices').where({ id }).update({ read_at: now });
    return noticeFromRow({ ...row, read_at: now });
  });
}
