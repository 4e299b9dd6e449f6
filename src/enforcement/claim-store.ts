/** Intents that are carried out: taken under a lease, and what became of them. */
import type { Transaction } from '../db/database.ts';
import { lockFreeRows } from '../db/dialect.ts';
import { closeKindCode } from '../sessions/run-codes.ts';
import { ACKNOWLEDGED, type Intent, type IntentEnd, PENDING } from './intent.ts';
import { type IntentRow, intentFromRow } from './intent-row.ts';

/** Which intents to take, by whom, and for how long. */
export interface Claim {
  readonly owner: string;
  readonly limit: number;
  readonly leaseMs: number;
  /** Due by then, epoch milliseconds. */
  readonly dueBy: number;
}

/** Takes intents that are due, those that wait longest first, and counts an attempt for each; until the lease ends nobody else takes them, and then anybody does. */
export async function claimIntents(
  { dialect, trx, now }: Transaction,
  { owner, limit, leaseMs, dueBy }: Claim,
): Promise<Intent[]> {
  const due = trx(INTENTS).where('status', PENDING).where('due_at', '<=', dueBy);
  const rows: IntentRow[] = await lockFreeRows[dialect](due.orderBy('due_at').limit(limit)).select('*');
  if (rows.length === 0) return [];
  const leasedUntil = now + leaseMs;
  const ids = rows.map(({ id }) => id);
  await trx(INTENTS)
    .whereIn('id', ids)
    .update({
      leased_by: owner,
      leased_until: leasedUntil,
      // What is leased is not due, so that nobody reads over it.
      due_at: leasedUntil,
      attempts: trx.raw('attempts + 1'),
    });
  return rows.map((row) => ({ ...intentFromRow(row), attemptCount: row.attempts + 1 }));
}

/** What became of an intent; instants are epoch milliseconds. */
export type Settlement =
  | {
      readonly kind: 'ended';
      readonly status: IntentEnd;
      readonly outcome: string;
      readonly detail: string | null;
    }
  /** Its Stop is waited for until `dueAt`. */
  | {
      readonly kind: 'acknowledged';
      readonly outcome: string;
      readonly detail: string | null;
      readonly dueAt: number;
    }
  | {
      readonly kind: 'again';
      readonly outcome: string;
      readonly detail: string | null;
      readonly dueAt: number;
    }
  /** Nothing was done: the attempt does not count. */
  | { readonly kind: 'released'; readonly dueAt: number };

/** Writes down what became of an intent; false where somebody else has it now, or something else took its place. */
export async function settleIntent(
  { trx, now }: Transaction,
  { id, owner }: { readonly id: number; readonly owner: string },
  settlement: Settlement,
): Promise<boolean> {
  const columns = { leased_by: null, leased_until: null, ...settledColumns(settlement, now) };
  const attempts = settlement.kind === 'released' ? { attempts: trx.raw('attempts - 1') } : {};
  const changed: number = await trx(INTENTS)
    .where({ id, leased_by: owner, status: PENDING })
    .update({ ...columns, ...attempts });
  return changed > 0;
}

function settledColumns(settlement: Settlement, now: number) {
  if (settlement.kind === 'released') return { due_at: settlement.dueAt };
  const { outcome, detail } = settlement;
  switch (settlement.kind) {
    case 'ended':
      return { status: settlement.status, live_key: null, finished_at: now, outcome, detail };
    case 'acknowledged':
      return { status: ACKNOWLEDGED, due_at: settlement.dueAt, outcome, detail };
    case 'again':
      return { due_at: settlement.dueAt, outcome, detail };
  }
}

/** An acknowledged intent whose session ended, or was to have ended by now. */
export interface Acknowledged {
  readonly id: number;
  readonly kind: string;
  readonly sessionId: number;
  readonly hasEnded: boolean;
}

const CHECKED_MAX = 500;

/** Returns acknowledged intents about whose sessions something can be said now, CHECKED_MAX at most. */
export async function takeAnswered({ dialect, trx, now }: Transaction): Promise<Acknowledged[]> {
  const found: { id: number; kind: string; radacctid: number; close_kind: number | null }[] = await trx(
    INTENTS,
  )
    .leftJoin('radacct', 'radacct.radacctid', `${INTENTS}.radacctid`)
    .where(`${INTENTS}.status`, ACKNOWLEDGED)
    .where((either) =>
      either
        .where(`${INTENTS}.due_at`, '<=', now)
        .orWhere('radacct.close_kind', '<>', closeKindCode('open'))
        .orWhereNull('radacct.radacctid'),
    )
    .limit(CHECKED_MAX)
    .select(`${INTENTS}.id`, `${INTENTS}.kind`, `${INTENTS}.radacctid`, 'radacct.close_kind');
  if (found.length === 0) return [];
  const ids = found.map(({ id }) => id);
  const free: { id: number }[] = await lockFreeRows[dialect](
    trx(INTENTS).whereIn('id', ids).where('status', ACKNOWLEDGED).select('id'),
  );
  const ours = new Set(free.map(({ id }) => id));
  return found
    .filter(({ id }) => ours.has(id))
    .map(({ id, kind, radacctid, close_kind }) => ({
      id,
      kind,
      sessionId: radacctid,
      hasEnded: close_kind !== closeKindCode('open'),
    }));
}

/** Ends acknowledged intents that this transaction took. */
export async function endAcknowledged(
  { trx, now }: Transaction,
  ids: readonly number[],
  { status, outcome }: { readonly status: IntentEnd; readonly outcome: string },
): Promise<void> {
  if (ids.length === 0) return;
  await trx(INTENTS)
    .whereIn('id', [...ids])
    .update({ status, live_key: null, finished_at: now, outcome });
}

const INTENTS = 'enforcement_intents';
