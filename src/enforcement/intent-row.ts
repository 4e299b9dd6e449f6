/** Rows of the table `enforcement_intents`, and the intents they are. */
import { AppError } from '../errors.ts';
import { INTENT_KINDS, type Intent, NOBODY } from './intent.ts';

/** A row as the driver hands it out. */
export interface IntentRow {
  readonly id: number;
  readonly radacctid: number;
  readonly user_id: number;
  readonly kind: string;
  readonly reason: string;
  readonly status: string;
  readonly live_key: string | null;
  readonly attempts: number;
  readonly due_at: number;
  readonly detail: string | null;
  readonly outcome: string | null;
  readonly created_at: number;
  readonly finished_at: number | null;
}

/** Returns the intent of a row; throws AppError `invalid` for a kind that no version of radmeter wrote. */
export function intentFromRow(row: IntentRow): Intent {
  const kind = INTENT_KINDS.find((known) => known === row.kind);
  if (kind === undefined) {
    throw new AppError('invalid', `intent ${row.id}: column kind holds ${JSON.stringify(row.kind)}`);
  }
  return {
    id: row.id,
    sessionId: row.radacctid,
    userId: row.user_id === NOBODY ? null : row.user_id,
    kind,
    reason: row.reason,
    status: row.status,
    isLive: row.live_key !== null,
    attemptCount: row.attempts,
    dueAt: row.due_at,
    detail: row.detail,
    outcome: row.outcome,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
