/** Deciding again, by what is known now, what was set aside: once, however often and from wherever it is asked for. */
import type { Actor } from '../audit/actor.ts';
import { addAudit, onlyOne } from '../audit/record-audit.ts';
import type { BatchRunner, BatchTransaction } from '../db/batch.ts';
import type { Database } from '../db/database.ts';
import { isRecordFault, isRetryable } from '../db/dialect.ts';
import type { Meter } from './batch-writer.ts';
import { type SetAsideSelection, setAsideIds } from './set-aside-queries.ts';
import {
  changeReason,
  type KeptRequest,
  lockSetAside,
  markReplayed,
  type NotMetered,
} from './set-aside-store.ts';
import type { ReceivedRequest, Submission } from './submission.ts';

export interface ReplayOptions<Metered extends { readonly kind: string }> {
  readonly batches: BatchRunner;
  /** Meters, and only says what it cannot meter: that is set aside already. */
  readonly meter: Meter<Metered | NotMetered>;
  /** Decodes a kept request again, with its first arrival and the clock offset kept with it. */
  readonly reopen: (received: ReceivedRequest) => Submission;
  /** Whether everything is decided and then rolled back. Each transaction sees the database as it is, not what those before it would have changed. */
  readonly isDryRun: boolean;
  /** Who asks. */
  readonly actor: Actor;
}

/** What became of one request. */
export type ReplayResult<Metered> =
  | { readonly kind: 'metered'; readonly request: KeptRequest; readonly outcome: Metered }
  /** It still cannot be metered; the reason may be a new one. */
  | {
      readonly kind: 'kept';
      readonly request: KeptRequest;
      readonly reason: string;
      readonly detail: string;
    }
  | { readonly kind: 'replayed-before'; readonly request: KeptRequest }
  /** It was discarded meanwhile. */
  | { readonly kind: 'gone'; readonly id: number };

/** Small enough that a daemon on the same rows hardly waits. */
export const REPLAYED_TOGETHER = 200;
const RETRIES_MAX = 10;
/** Rolls a dry run back. */
const ROLL_BACK = new Error('a dry run commits nothing');

/**
 * Meters the selected requests that wait, and says of each what became of it.
 *
 * A request, the octets it adds and the mark that it was replayed are one transaction, so that two replays at once, or
 * one that is killed, add nothing twice. Throws AppError `not_found` for ids that are not there, before anything is
 * done; an error of the database ends it, and what was said until then is committed.
 */
export async function* replaySetAside<Metered extends { readonly kind: string }>(
  db: Database,
  selection: SetAsideSelection,
  options: ReplayOptions<Metered>,
): AsyncGenerator<ReplayResult<Metered>> {
  for await (const ids of setAsideIds(db, selection, REPLAYED_TOGETHER)) yield* replay(db, ids, options);
}

/** One transaction, or, where the database refuses one of the records, as many as it takes to find it. */
async function* replay<Metered extends { readonly kind: string }>(
  db: Database,
  ids: readonly number[],
  options: ReplayOptions<Metered>,
): AsyncGenerator<ReplayResult<Metered>> {
  try {
    yield* await inBatch(db, options, (batch) => replayLocked(batch, ids, options));
    return;
  } catch (error) {
    if (!isRecordFault[db.dialect](error)) throw error;
    if (ids.length === 1) {
      yield* await inBatch(db, options, (batch) => keepRefused(batch, ids, error));
      return;
    }
  }
  const middle = Math.ceil(ids.length / 2);
  yield* replay(db, ids.slice(0, middle), options);
  yield* replay(db, ids.slice(middle), options);
}

async function inBatch<Metered>(
  db: Database,
  { batches, isDryRun, actor }: Pick<ReplayOptions<never>, 'batches' | 'isDryRun' | 'actor'>,
  work: (batch: BatchTransaction) => Promise<ReplayResult<Metered>[]>,
): Promise<ReplayResult<Metered>[]> {
  for (let retries = 0; ; retries++) {
    let rolledBack: { results: ReplayResult<Metered>[] } | undefined;
    try {
      return await batches.run(async (batch) => {
        const results = await work(batch);
        auditChanges(batch, actor, results);
        if (!isDryRun) return results;
        // What the database would refuse shows only when it is written.
        await batch.flush();
        rolledBack = { results };
        throw ROLL_BACK;
      });
    } catch (error) {
      if (error === ROLL_BACK && rolledBack !== undefined) return rolledBack.results;
      if (retries >= RETRIES_MAX || !isRetryable[db.dialect](error)) throw error;
    }
  }
}

async function replayLocked<Metered extends { readonly kind: string }>(
  batch: BatchTransaction,
  ids: readonly number[],
  { meter, reopen }: ReplayOptions<Metered>,
): Promise<ReplayResult<Metered>[]> {
  const locked = lockSetAside(batch, ids);
  await batch.flush();
  const requests = locked().sort((a, b) => a.arrivedAt - b.arrivedAt || a.id - b.id);
  const waiting = requests.filter(({ replayedAt }) => replayedAt === null);
  const outcomes = await meter(batch, waiting.map(reopen));
  const decided = waiting.flatMap((request, index) => {
    const outcome = outcomes[index];
    return outcome === undefined ? [] : [resultOf(batch, request, outcome)];
  });
  const known = new Set(requests.map(({ id }) => id));
  return [
    ...requests.flatMap((request) =>
      request.replayedAt === null ? [] : [{ kind: 'replayed-before', request } as const],
    ),
    ...ids.flatMap((id) => (known.has(id) ? [] : [{ kind: 'gone', id } as const])),
    ...decided,
  ];
}

function resultOf<Metered extends { readonly kind: string }>(
  batch: BatchTransaction,
  request: KeptRequest,
  outcome: Metered | NotMetered,
): ReplayResult<Metered> {
  if (isNotMetered(outcome)) return keep(batch, request, outcome);
  markReplayed(batch, request.id);
  return { kind: 'metered', request, outcome };
}

function isNotMetered(outcome: { readonly kind: string }): outcome is NotMetered {
  return outcome.kind === 'set-aside';
}

function keep(
  batch: BatchTransaction,
  request: KeptRequest,
  { reason, detail }: Pick<NotMetered, 'reason' | 'detail'>,
): ReplayResult<never> {
  if (isNewReason({ request, reason, detail })) {
    changeReason(batch, { id: request.id, reason, detail });
  }
  return { kind: 'kept', request, reason, detail };
}

async function keepRefused(
  batch: BatchTransaction,
  ids: readonly number[],
  error: unknown,
): Promise<ReplayResult<never>[]> {
  const locked = lockSetAside(batch, ids);
  await batch.flush();
  const detail = error instanceof Error ? error.message : String(error);
  return locked().map((request) =>
    request.replayedAt === null
      ? keep(batch, request, { reason: 'refused-by-database', detail })
      : { kind: 'replayed-before', request },
  );
}

/** One entry for a transaction; what stays as it was is not in it. */
function auditChanges(
  batch: BatchTransaction,
  actor: Actor,
  results: readonly ReplayResult<unknown>[],
): void {
  const metered = results.flatMap((result) => (result.kind === 'metered' ? [result.request.id] : []));
  const renamed = results.flatMap((result) =>
    result.kind === 'kept' && isNewReason(result) ? [result] : [],
  );
  const ids = [...metered, ...renamed.map(({ request }) => request.id)].sort((a, b) => a - b);
  if (ids.length === 0) return;
  const reasonOf = (id: number, { reason, detail }: { reason: string; detail: string | null }) => ({
    id,
    reason,
    detail,
  });
  addAudit(batch, actor, {
    action: 'replay',
    objectType: 'set_aside',
    objectId: onlyOne(ids),
    before: { metered: [], kept: renamed.map(({ request }) => reasonOf(request.id, request)) },
    after: { metered, kept: renamed.map((result) => reasonOf(result.request.id, result)) },
  });
}

function isNewReason({
  request,
  reason,
  detail,
}: {
  readonly request: KeptRequest;
  readonly reason: string;
  readonly detail: string | null;
}): boolean {
  return reason !== request.reason || detail !== request.detail;
}
