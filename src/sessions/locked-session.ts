/** A session's state for commands that decide by it. */
import type { Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import type { CloseKind } from './run.ts';
import { closeKindOf } from './run-codes.ts';

export interface LockedSession {
  readonly id: number;
  /** Null where it is nobody's. */
  readonly userId: number | null;
  readonly closeKind: CloseKind;
}

/** Returns a session and locks its row until the transaction ends, before anything else of it is locked (design §4); throws AppError `not_found`, also for a row that another program wrote. */
export async function lockSession({ dialect, trx }: Transaction, id: number): Promise<LockedSession> {
  const query = trx('radacct').where('radacctid', id).whereNotNull('runkey').select('user_id', 'close_kind');
  const [row]: { user_id: number | null; close_kind: number }[] = await lockRows[dialect](query);
  if (row === undefined) throw new AppError('not_found', 'Not found.');
  return { id, userId: row.user_id, closeKind: closeKindOf(row.close_kind) };
}
