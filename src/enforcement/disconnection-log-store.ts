/** The table `user_disconnection_logs`, and the switch in `radcheck` that goes with it. */
import type { Transaction } from '../db/database.ts';
import { instantToText, lockRows } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import { type Flag, flag } from '../profiles/row-values.ts';
import { MANUAL, QUOTA_REASONS } from './disconnection-reasons.ts';

/** An entry whose row is locked until the transaction ends. */
export interface LockedDisconnection {
  readonly id: number;
  readonly username: string;
  readonly isActive: boolean;
}

/** Returns an entry and locks it; throws AppError `not_found`. */
export async function lockDisconnection(
  { dialect, trx }: Transaction,
  id: number,
): Promise<LockedDisconnection> {
  const rows: { user_id: number; is_active: Flag }[] = await lockRows[dialect](
    trx('user_disconnection_logs').where({ id }).select('user_id', 'is_active'),
  );
  const [row] = rows;
  const users: { username: string }[] =
    row === undefined ? [] : await trx('users').where('id', row.user_id).select('username');
  const [user] = users;
  if (row === undefined || user === undefined) throw new AppError('not_found', 'Not found.');
  return { id, username: user.username, isActive: flag(row.is_active) };
}

/** Returns a user's entries that still cut them off, in the order of their ids, and locks them. */
export async function lockOpenDisconnections(
  { dialect, trx }: Transaction,
  userId: number,
): Promise<
  { readonly id: number; readonly reason: string; readonly isForQuota: boolean; readonly isByHand: boolean }[]
> {
  const rows: { id: number; reason: string }[] = await lockRows[dialect](
    trx('user_disconnection_logs')
      .where({ user_id: userId, is_active: true })
      .orderBy('id')
      .select('id', 'reason'),
  );
  return rows.map(({ id, reason }) => ({
    id,
    reason,
    isForQuota: QUOTA_REASONS.includes(reason),
    isByHand: reason === MANUAL,
  }));
}

/** Says of a locked entry that it cuts nobody off any more. */
export async function closeDisconnection(
  { trx, now }: Transaction,
  id: number,
  reconnectedById: number | null,
): Promise<void> {
  await trx('user_disconnection_logs')
    .where({ id })
    .update({ is_active: false, reconnected_at: instantToText(now), reconnected_by_id: reconnectedById });
}

/** Returns whether a row of `radcheck` is out of force for a user, which the replaced system did by hand (contract §12). */
export async function isSwitchedOffInRadcheck({ trx }: Transaction, username: string): Promise<boolean> {
  const named: { username: string }[] = await trx('radcheck')
    .where({ username, statut: false })
    .select('username');
  return named.some((row) => row.username === username);
}

/** Puts a user's rows of `radcheck` in force again, as FreeRADIUS of the replaced system asks for them (contract §10), and returns how many there are. */
export async function enableRadcheck({ trx }: Transaction, username: string): Promise<number> {
  const named: { id: number; username: string }[] = await trx('radcheck')
    .where({ username })
    .select('id', 'username');
  // The column may compare without case or accents; a name means exactly one user.
  const ids = named.filter((row) => row.username === username).map(({ id }) => id);
  await trx('radcheck').whereIn('id', ids).update({ statut: true });
  return ids.length;
}
