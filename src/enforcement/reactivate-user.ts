/** Letting a user in again whom the replaced system, or radmeter, has cut off. */
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction } from '../db/database.ts';
import { instantToText } from '../db/dialect.ts';
import { AppError } from '../errors.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { closeDisconnection, enableRadcheck, lockDisconnection } from './disconnection-log-store.ts';

/** What letting somebody in again came to. */
export interface Reactivation {
  readonly username: string;
  /** Their rows of `radcheck`, all in force now. */
  readonly radcheckRows: number;
  /** UTC text. */
  readonly reconnectedAt: string;
  readonly reconnectedBy: string;
}

/** Closes an entry of the disconnection log and puts the user's rows of `radcheck` in force (contract §12); what refuses them otherwise, such as a spent quota, still does. Throws AppError `not_found`, and `conflict` for an entry that is closed already. */
export function reactivateUser(context: CommandContext, logId: number): Promise<Reactivation> {
  const { db, clock, actor } = context;
  return inTransaction(db, clock, async (transaction) => {
    const { username, isActive } = await lockDisconnection(transaction, logId);
    if (!isActive) throw isResolved(username);
    const reconnectedAt = instantToText(transaction.now);
    await closeDisconnection(transaction, logId, actor.userId);
    const radcheckRows = await enableRadcheck(transaction, username);
    await recordAudit(transaction, actor, {
      action: 'reactivate',
      objectType: 'disconnection_log',
      objectId: logId,
      before: { is_active: true, reconnected_at: null, reconnected_by_id: null },
      after: {
        is_active: false,
        reconnected_at: reconnectedAt,
        reconnected_by_id: actor.userId,
        radcheck_updated: radcheckRows,
      },
    });
    return { username, radcheckRows, reconnectedAt, reconnectedBy: actor.name };
  });
}

function isResolved(username: string): AppError {
  return new AppError('conflict', `${JSON.stringify(username)} was let in again already`, {
    reason: 'Cette déconnexion a déjà été résolue',
  });
}
