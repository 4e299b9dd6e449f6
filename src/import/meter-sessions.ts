/** Metering sessions of another server's `radacct` as if their NASes reported them: what is known already adds nothing. */
import type { Meter } from '../accounting/batch-writer.ts';
import type { BatchRunner, BatchTransaction } from '../db/batch.ts';
import { isRecordFault, isRetryable } from '../db/dialect.ts';
import type { Metered, MeterOutcome } from '../metering.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import { awaitImported } from '../sessions/imported-runs.ts';
import { runIdsOf } from './imported-run-ids.ts';
import {
  type Forgotten,
  findKnown,
  type KnownSession,
  type KnownTerms,
  keepKnown,
} from './known-sessions.ts';
import type { SessionItem } from './reported-sessions.ts';
import { grownUsage, selectCredits, takeExplained } from './usage-credit.ts';

/** What metering sessions needs. */
export interface SessionMetering extends KnownTerms {
  readonly isDryRun: boolean;
  readonly batches: BatchRunner;
  readonly meter: Meter<MeterOutcome>;
}

/** What became of a session: metered; not, because of what is forgotten here; refused by the database. */
export type SessionResult =
  | { readonly kind: 'metered'; readonly outcomes: readonly MeterOutcome[] }
  | { readonly kind: 'forgotten'; readonly why: Forgotten }
  | { readonly kind: 'refused'; readonly reason: string };

export type SessionResults = ReadonlyMap<SessionItem, SessionResult>;

/** Meters sessions in one transaction, or, where the database refuses one of them, in as many as it takes to find it. */
export async function meterSessions(
  context: CommandContext,
  metering: SessionMetering,
  items: readonly SessionItem[],
): Promise<SessionResults> {
  const [first] = items;
  if (first === undefined) return new Map();
  try {
    return await inBatch(context, metering, (batch) => meterIn(batch, context, { metering, items }));
  } catch (error) {
    if (!isRecordFault[context.db.dialect](error)) throw error;
    if (items.length === 1) {
      const reason = error instanceof Error ? error.message : String(error);
      return new Map([[first, { kind: 'refused', reason }]]);
    }
  }
  const middle = Math.ceil(items.length / 2);
  const before = await meterSessions(context, metering, items.slice(0, middle));
  const after = await meterSessions(context, metering, items.slice(middle));
  return new Map([...before, ...after]);
}

const RETRIES_MAX = 10;
/** Rolls a dry run back. */
const ROLL_BACK = new Error('a dry run commits nothing');

async function inBatch<T>(
  { db }: CommandContext,
  { batches, isDryRun }: SessionMetering,
  work: (batch: BatchTransaction) => Promise<T>,
): Promise<T> {
  for (let retries = 0; ; retries++) {
    let rolledBack: { readonly value: T } | undefined;
    try {
      return await batches.run(async (batch) => {
        const value = await work(batch);
        if (!isDryRun) return value;
        await batch.flush();
        rolledBack = { value };
        throw ROLL_BACK;
      });
    } catch (error) {
      if (error === ROLL_BACK && rolledBack !== undefined) return rolledBack.value;
      if (retries >= RETRIES_MAX || !isRetryable[db.dialect](error)) throw error;
    }
  }
}

async function meterIn(
  batch: BatchTransaction,
  context: CommandContext,
  { metering, items }: { metering: SessionMetering; items: readonly SessionItem[] },
): Promise<SessionResults> {
  const known = await findKnown(batch, items, metering);
  const metered = known.filter(({ forgotten }) => forgotten === undefined);
  if (metered.some(({ isNew, item }) => isNew && item.session.isOpen)) awaitImported(batch);
  const outcomes = await metering.meter(
    batch,
    metered.flatMap(({ requests }) => requests),
  );
  const outcomesOf = apart(metered, outcomes);
  const grown = grownUsage(outcomes);
  const credits = selectCredits(batch, [...grown.keys()], context.periodStartsAt(batch.now));
  const lastOf = new Map(metered.map((each) => [each.item, lastMetered(outcomesOf.get(each.item) ?? [])]));
  const radacctIds = runIdsOf(batch, lastOf);
  await batch.flush();
  for (const usage of grown.values()) takeExplained(batch, credits(), usage);
  keepKnown(batch, known, { source: metering.source, radacctIds: radacctIds() });
  return new Map(known.map((each) => [each.item, resultOf(each, outcomesOf)]));
}

function apart(
  metered: readonly KnownSession[],
  outcomes: readonly MeterOutcome[],
): Map<SessionItem, readonly MeterOutcome[]> {
  let at = 0;
  return new Map(
    metered.map(({ item, requests }) => {
      const from = at;
      at += requests.length;
      return [item, outcomes.slice(from, at)] as const;
    }),
  );
}

function lastMetered(outcomes: readonly MeterOutcome[]): Extract<Metered, { kind: 'recorded' }> | undefined {
  return outcomes.findLast((outcome) => outcome.kind === 'recorded');
}

function resultOf(
  { item, forgotten }: KnownSession,
  outcomesOf: ReadonlyMap<SessionItem, readonly MeterOutcome[]>,
): SessionResult {
  if (forgotten !== undefined) return { kind: 'forgotten', why: forgotten };
  return { kind: 'metered', outcomes: outcomesOf.get(item) ?? [] };
}
