/** Deciding by hand what is to happen with sessions. */
import { recordAudit } from '../audit/record-audit.ts';
import { inTransaction, type Transaction } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { type LockedSession, lockSession } from '../sessions/locked-session.ts';
import { MANUAL } from './disconnection-reasons.ts';
import type { Intent } from './intent.ts';
import { insertIntent, lockLiveIntent, supersedeIntent } from './intent-store.ts';

/** Decides that a session is to be disconnected. Returns the intent, and whether it is a new one: a session that is to be disconnected already keeps that intent; one that is to be changed is disconnected instead. Throws AppError `not_found`, and `conflict` for a session that is over. */
export function disconnectSession(
  context: CommandContext,
  sessionId: number,
): Promise<{ intent: Intent; isNew: boolean }> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    const session = await lockSession(transaction, sessionId);
    if (session.closeKind !== 'open') throw isOver(session);
    const live = await lockLiveIntent(transaction, sessionId);
    if (live?.kind === 'disconnect') return { intent: live, isNew: false };
    if (live !== undefined) await supersedeIntent(transaction, live.id);
    return { intent: await addDisconnect(context, transaction, session), isNew: true };
  });
}

async function addDisconnect(
  { actor }: CommandContext,
  transaction: Transaction,
  { id: sessionId, userId }: LockedSession,
): Promise<Intent> {
  const intent = await insertIntent(transaction, { sessionId, userId, kind: 'disconnect', reason: MANUAL });
  await recordAudit(transaction, actor, {
    action: 'disconnect',
    objectType: 'session',
    objectId: sessionId,
    after: { intent: intent.id, user: userId, reason: MANUAL },
  });
  return intent;
}

function isOver({ id, closeKind }: LockedSession): AppError {
  const how = closeKind === 'stopped' ? 'it has ended' : 'it is presumed to have ended';
  return new AppError('conflict', `session ${id} cannot be disconnected: ${how}`, {
    reason: 'session_closed',
  });
}
