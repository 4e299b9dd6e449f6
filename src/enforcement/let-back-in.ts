/** Letting users in again whom a spent quota cut off, once a new period gives them one. */
import type { Actor } from '../audit/actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { isRecordFault } from '../db/dialect.ts';
import { gently } from '../db/gently.ts';
import { AppError, type SpoiltRow } from '../errors.ts';
import type { TermsScope } from '../profiles/changed-terms.ts';
import { explainUser } from '../usage/explain-queries.ts';
import type { Calendar } from '../usage/period.ts';
import { lockUsageRow } from '../usage/usage-row.ts';
import { verdictPeriods } from '../usage/verdict.ts';
import { usersCutOff } from './disconnection-log-queries.ts';
import {
  closeDisconnection,
  enableRadcheck,
  isSwitchedOffInRadcheck,
  lockOpenDisconnections,
} from './disconnection-log-store.ts';

/** How it is gone about. */
export interface LetBackInOptions {
  readonly db: Database;
  readonly clock: Clock;
  /** In the zone of the database. */
  readonly calendar: Calendar;
  readonly defaultProfile: { readonly simultaneousUse: number };
  readonly isDryRun?: boolean;
  /** Among whom; anybody if not given. */
  readonly scope?: TermsScope;
  /** Who asks for it; absent where it is a running radmeter's own. */
  readonly actor?: Actor;
  /** Ends it after the user at hand. */
  readonly signal?: AbortSignal;
  /** Called for each user, in the transaction that lets them in, with the reasons they were cut off for. */
  readonly onLetIn?: (transaction: Transaction, user: LetIn) => Promise<void>;
  /** Told of a user about whom nothing can be decided, because their row is spoilt; the others are let in. */
  readonly onSpoilt?: (row: SpoiltRow) => void;
}

export interface LetIn {
  readonly userId: number;
  /** By the words of `user_disconnection_logs`; those of a spent quota only. */
  readonly reasons: readonly string[];
}

const CHUNK_USERS = 200;

/**
 * Closes the entries of the disconnection log that a spent quota opened, or an administrator, of every user whom the verdict lets stay online
 * now, puts their rows of `radcheck` in force unless something else still cuts them off (contract §12), and returns
 * who they are. It rests on the verdict and not on what a reset did, so that it does not matter whether a packet or a
 * sweep rolled the counters over, nor whether a sweep was killed in between.
 */
export async function letUsersBackIn(options: LetBackInOptions): Promise<string[]> {
  const { db, signal, scope = { kind: 'all' } } = options;
  const names: string[] = [];
  for (let after = 0; ; ) {
    const userIds = await gently(() => usersCutOff(db, { scope, after, limit: CHUNK_USERS }));
    for (const userId of userIds) {
      if (signal?.aborted === true) return names;
      // Each by themselves: on SQLite nobody else's packet is answered while one is looked at.
      const name = await gently(() => letBackInUnlessSpoilt(options, userId));
      if (name !== undefined) names.push(name);
    }
    const last = userIds.at(-1);
    if (last === undefined) return names;
    after = last;
  }
}

async function letBackInUnlessSpoilt(options: LetBackInOptions, userId: number): Promise<string | undefined> {
  try {
    return await letBackIn(options, userId);
  } catch (error) {
    // Whoever was removed meanwhile need not be let in.
    if (error instanceof AppError && error.code === 'not_found') return undefined;
    if (!isRecordFault[options.db.dialect](error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    options.onSpoilt?.({ row: `user ${userId}`, reason });
    return undefined;
  }
}

/** Most are still over it, which a look without locks tells. */
async function letBackIn(options: LetBackInOptions, userId: number): Promise<string | undefined> {
  const { db, clock, isDryRun } = options;
  const seen = await mayStayOnline(options, { db, userId, now: clock.now() });
  if (seen === undefined || isDryRun === true) return seen;
  return inTransaction(db, clock, async (transaction) => {
    await lockUsageRow(transaction, userId);
    const inside = { ...db, knex: transaction.trx };
    const username = await mayStayOnline(options, { db: inside, userId, now: transaction.now });
    if (username === undefined) return undefined;
    const reasons = await reopen(transaction, { userId, username, actor: options.actor });
    if (reasons.length > 0) await options.onLetIn?.(transaction, { userId, reasons });
    return username;
  });
}

/** Returns the user's name where they may. */
async function mayStayOnline(
  { calendar, defaultProfile }: LetBackInOptions,
  { db, userId, now }: { db: Database; userId: number; now: number },
): Promise<string | undefined> {
  const periods = verdictPeriods(calendar, now);
  const { username, verdict } = await explainUser(db, userId, { now, periods, defaultProfile });
  return verdict.mayStayOnline ? username : undefined;
}

/** Returns the reasons of a spent quota that hold no longer. */
async function reopen(
  transaction: Transaction,
  { userId, username, actor }: { userId: number; username: string; actor: Actor | undefined },
): Promise<string[]> {
  const open = await lockOpenDisconnections(transaction, userId);
  // What was switched off by hand elsewhere is switched on again by hand.
  const isOff =
    open.some(({ isByHand }) => isByHand) && (await isSwitchedOffInRadcheck(transaction, username));
  const ours = open.filter(({ isForQuota, isByHand }) => isForQuota || (isByHand && !isOff));
  for (const { id } of ours) await closeDisconnection(transaction, id, actor?.userId ?? null);
  const radcheckRows =
    ours.length === open.length && ours.length > 0 ? await enableRadcheck(transaction, username) : 0;
  const reasons = ours.filter(({ isForQuota }) => isForQuota).map(({ reason }) => reason);
  if (actor === undefined) return reasons;
  for (const { id } of ours) {
    await recordAudit(transaction, actor, {
      action: 'reactivate',
      objectType: 'disconnection_log',
      objectId: id,
      before: { is_active: true },
      after: { is_active: false, radcheck_updated: radcheckRows },
    });
  }
  return reasons;
}
