/** Bringing sessions of a FreeRADIUS `radacct` over: each is metered as if its NAS reported it to us, so what is known already adds nothing. */
import type { Meter } from '../accounting/batch-writer.ts';
import type { Submission } from '../accounting/submission.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BatchRunner, BatchTransaction } from '../db/batch.ts';
import { inTransaction } from '../db/database.ts';
import { isRecordFault, isRetryable } from '../db/dialect.ts';
import { gently } from '../db/gently.ts';
import { sessionTimeMs } from '../db/session-time.ts';
import { AppError } from '../errors.ts';
import type { MeterOutcome } from '../metering.ts';
import type { Nas } from '../nas/nas.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import type { NameRules } from '../profiles/user-names.ts';
import type { Octets } from '../radius/octets.ts';
import { readRow } from './cells.ts';
import { prepareUsage } from './complete-users.ts';
import type { ImportReport, RowOutcome } from './import-report.ts';
import { saveSendersOf } from './imported-senders.ts';
import type { NasIdentity } from './nas-identity.ts';
import { requestsOf } from './radacct-records.ts';
import { type RadacctSession, readSession } from './radacct-session.ts';
import { RadacctUsers } from './radacct-users.ts';
import { isSameDatabase, type SourceDatabase, type SourceRow, tablesOf } from './source-database.ts';
import { grownUsage, selectCredits, takeExplained } from './usage-credit.ts';

export interface ImportRadacctOptions {
  readonly source: SourceDatabase;
  /** Only sessions that were heard of at or after this instant (epoch milliseconds); all without it. */
  readonly since: number | undefined;
  readonly isDryRun: boolean;
  readonly report: ImportReport;
  readonly batches: BatchRunner;
  readonly meter: Meter<MeterOutcome>;
  readonly nameRules: NameRules;
  readonly findNas: (address: string, nasIdentifier: string | undefined) => Nas;
  readonly identityOf: NasIdentity;
  readonly dayEnd: (instant: number) => number;
}

const SESSIONS_TOGETHER = 200;
const RETRIES_MAX = 10;
const TABLE = 'radacct';
/** An open session that was silent for longer goes on no more. */
const LIVE_MS = 86_400_000;
/** Rolls a dry run back. */
const ROLL_BACK = new Error('a dry run commits nothing');

/** Returns how many sessions there are to bring over; throws AppError `invalid` where the source has no `radacct`, or is the database that is imported into. */
export async function countRadacct(
  context: CommandContext,
  { source, since }: Pick<ImportRadacctOptions, 'source' | 'since'>,
): Promise<number> {
  if (isSameDatabase(source, context.db)) {
    throw new AppError('invalid', `--from: ${source.shown} is the database that is imported into`);
  }
  if (!(await tablesOf(source, [TABLE])).has(TABLE)) {
    throw new AppError('invalid', `the database ${source.shown} has no table radacct`);
  }
  const [row]: { sessions: number }[] = await selected(source, since).count('* as sessions');
  return Number(row?.sessions ?? 0);
}

/** Brings the sessions over, in the order they began, and says what became of them; each is whole or not there. */
export async function importRadacct(context: CommandContext, options: ImportRadacctOptions): Promise<void> {
  const { source, report, isDryRun } = options;
  report.show(TABLE);
  const unknown = new Map<string, number>();
  const known = new RadacctUsers(context, options.nameRules);
  for (let after = 0; ; ) {
    const rows = await readRows(options, after);
    if (rows.length > 0) await gently(() => importChunk(context, options, { rows, known, unknown }));
    after = Number(rows.at(-1)?.['radacctid'] ?? after);
    if (rows.length < SESSIONS_TOGETHER) break;
  }
  for (const [name, sessions] of unknown) {
    const reason = `${sessions} session(s) of a user who is not here`;
    report.note({ table: TABLE, id: null, name, outcome: 'skipped', reason });
  }
  if (isDryRun) return;
  await inTransaction(context.db, context.clock, (transaction) =>
    recordAudit(transaction, context.actor, {
      action: 'import_radacct',
      objectType: 'import',
      objectId: null,
      after: { from: source.shown, ...Object.fromEntries(report.counts), problems: report.problems.length },
    }),
  );
}

function selected({ reader }: SourceDatabase, since: number | undefined) {
  const { knex, dialect } = reader;
  const query = knex(TABLE);
  if (since === undefined) return query;
  return query.where((either) =>
    either.whereNull('acctstoptime').orWhereRaw(`${sessionTimeMs[dialect]('acctstoptime')} >= ?`, [since]),
  );
}

async function readRows({ source, since }: ImportRadacctOptions, after: number): Promise<SourceRow[]> {
  const { knex, dialect } = source.reader;
  const instant = (column: string, name: string) => knex.raw(`${sessionTimeMs[dialect](column)} AS ${name}`);
  return selected(source, since)
    .where('radacctid', '>', after)
    .orderBy('radacctid')
    .limit(SESSIONS_TOGETHER)
    .select('*')
    .select(instant('acctstarttime', 'started_ms'))
    .select(instant('acctupdatetime', 'updated_ms'))
    .select(instant('acctstoptime', 'stopped_ms'));
}

/** A session with the requests it stands for, and whose it is. */
interface Item {
  readonly session: RadacctSession;
  readonly userId: number;
  readonly nasIdentifier: Octets | undefined;
  readonly requests: readonly Submission[];
}

async function importChunk(
  context: CommandContext,
  options: ImportRadacctOptions,
  { rows, known, unknown }: { rows: readonly SourceRow[]; known: RadacctUsers; unknown: Map<string, number> },
): Promise<void> {
  const now = context.clock.now();
  const sessions = rows.flatMap((row) => {
    const read = readRow(row, () => readSession(row, now));
    if (read.ok) return [read.value];
    skip(options, { id: Number(row['radacctid']), name: String(row['username'] ?? ''), reason: read.reason });
    return [];
  });
  const users = await known.of(sessions);
  const items = sessions.flatMap((session) => {
    const user = users.get(session);
    if (user === undefined) {
      const [name] = session.userNames;
      unknown.set(name, (unknown.get(name) ?? 0) + 1);
      options.report.count(TABLE, 'skipped');
      return [];
    }
    return itemsOf(session, user, { options, now });
  });
  if (!options.isDryRun) {
    await prepareUsage(
      context,
      items.map(({ userId }) => userId),
    );
    await saveSendersOf(context, items);
  }
  await meterItems(context, options, items);
}

function itemsOf(
  session: RadacctSession,
  { userId, userName }: { userId: number; userName: string },
  { options, now }: { options: ImportRadacctOptions; now: number },
): Item[] {
  const { nasAddress, id } = session;
  const identity = options.identityOf(nasAddress);
  if (session.isOpen && identity === undefined && now - session.lastAt < LIVE_MS) {
    const reason = `is open, and what the NAS ${nasAddress} calls itself is not known; its next report brings all its octets, or say --nas-identifier ${nasAddress}=NAME (nothing after = where it sends none)`;
    skip(options, { id, name: session.userNames[0], reason });
    return [];
  }
  const nasIdentifier = identity === '' ? undefined : identity;
  const terms = {
    nas: options.findNas(nasAddress, nasIdentifier),
    nasIdentifier,
    userName,
    dayEnd: options.dayEnd,
  };
  const requests = readRow({}, () => requestsOf(session, terms));
  if (requests.ok) return [{ session, userId, nasIdentifier, requests: requests.value }];
  skip(options, { id, name: userName, reason: requests.reason });
  return [];
}

function skip(
  { report }: ImportRadacctOptions,
  problem: { readonly id: number; readonly name: string; readonly reason: string },
): void {
  report.count(TABLE, 'skipped');
  report.note({ table: TABLE, outcome: 'skipped', ...problem });
}

/** One transaction, or, where the database refuses a session, as many as it takes to find it. */
async function meterItems(
  context: CommandContext,
  options: ImportRadacctOptions,
  items: readonly Item[],
): Promise<void> {
  const [first] = items;
  if (first === undefined) return;
  try {
    const outcomes = await inBatch(context, options, (batch) => meterIn(batch, context, { options, items }));
    let at = 0;
    for (const item of items) {
      note(options, item, outcomes.slice(at, at + item.requests.length));
      at += item.requests.length;
    }
    return;
  } catch (error) {
    if (!isRecordFault[context.db.dialect](error)) throw error;
    if (items.length === 1) {
      const reason = error instanceof Error ? error.message : String(error);
      skip(options, { id: first.session.id, name: first.session.userNames[0], reason });
      return;
    }
  }
  const middle = Math.ceil(items.length / 2);
  await meterItems(context, options, items.slice(0, middle));
  await meterItems(context, options, items.slice(middle));
}

async function inBatch(
  { db }: CommandContext,
  { batches, isDryRun }: ImportRadacctOptions,
  work: (batch: BatchTransaction) => Promise<readonly MeterOutcome[]>,
): Promise<readonly MeterOutcome[]> {
  for (let retries = 0; ; retries++) {
    let rolledBack: readonly MeterOutcome[] | undefined;
    try {
      return await batches.run(async (batch) => {
        const outcomes = await work(batch);
        if (!isDryRun) return outcomes;
        await batch.flush();
        rolledBack = outcomes;
        throw ROLL_BACK;
      });
    } catch (error) {
      if (error === ROLL_BACK && rolledBack !== undefined) return rolledBack;
      if (retries >= RETRIES_MAX || !isRetryable[db.dialect](error)) throw error;
    }
  }
}

async function meterIn(
  batch: BatchTransaction,
  context: CommandContext,
  { options, items }: { options: ImportRadacctOptions; items: readonly Item[] },
): Promise<readonly MeterOutcome[]> {
  const outcomes = await options.meter(
    batch,
    items.flatMap(({ requests }) => requests),
  );
  const grown = grownUsage(outcomes);
  const credits = selectCredits(batch, [...grown.keys()], context.periodStartsAt(batch.now));
  await batch.flush();
  for (const usage of grown.values()) takeExplained(batch, credits(), usage);
  return outcomes;
}

function note({ report }: ImportRadacctOptions, { session }: Item, outcomes: readonly MeterOutcome[]): void {
  const refused = outcomes.find(({ kind }) => kind === 'set-aside');
  if (refused?.kind === 'set-aside') {
    report.count(TABLE, 'skipped');
    const reason = `${refused.reason}: ${refused.detail}`;
    report.note({ table: TABLE, id: session.id, name: session.userNames[0], outcome: 'skipped', reason });
    return;
  }
  report.count(TABLE, outcomeOf(outcomes));
}

function outcomeOf(outcomes: readonly MeterOutcome[]): RowOutcome {
  const recorded = outcomes.flatMap((outcome) => (outcome.kind === 'recorded' ? [outcome] : []));
  if (recorded.some(({ how }) => how === 'began' || how === 'found-earlier')) return 'created';
  return recorded.some(({ delta }) => delta.input + delta.output > 0) ? 'updated' : 'unchanged';
}
