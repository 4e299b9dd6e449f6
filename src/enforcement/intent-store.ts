/** The table `enforcement_intents`: writes to it, and reads that lock. */
import type { Transaction } from '../db/database.ts';
import { lockRows } from '../db/dialect.ts';
import { type Intent, type IntentKind, liveKeyOf, NOBODY, PENDING, SUPERSEDED } from './intent.ts';
import { type IntentRow, intentFromRow } from './intent-row.ts';

/** Returns the live intent of a session whose row is locked, and locks it; undefined when there is none. */
export async function lockLiveIntent(
  { dialect, trx }: Transaction,
  sessionId: number,
): Promise<Intent | undefined> {
  const query = trx('enforcement_intents').where('live_key', liveKeyOf(sessionId)).select('*');
  const [row]: IntentRow[] = await lockRows[dialect](query);
  return row === undefined ? undefined : intentFromRow(row);
}

/** A decision about a session. */
export interface NewIntent {
  readonly sessionId: number;
  readonly userId: number | null;
  readonly kind: IntentKind;
  readonly reason: string;
}

/** Adds a live intent that is due at once, and returns it; a session that has one already is the driver's duplicate-key error. */
export async function insertIntent(
  { trx, now }: Transaction,
  { sessionId, userId, kind, reason }: NewIntent,
): Promise<Intent> {
  const row = {
    radacctid: sessionId,
    user_id: userId ?? NOBODY,
    kind,
    reason,
    status: PENDING,
    live_key: liveKeyOf(sessionId),
    attempts: 0,
    due_at: now,
    detail: null,
    outcome: null,
    created_at: now,
    finished_at: null,
  };
  const [id] = await trx('enforcement_intents').insert(row);
  return intentFromRow({ ...row, id: Number(id) });
}

/** Ends a live intent that another one takes the place of. */
export async function supersedeIntent({ trx, now }: Transaction, id: number): Promise<void> {
  await trx('enforcement_intents')
    .where({ id })
    .update({ status: SUPERSEDED, live_key: null, finished_at: now });
}
