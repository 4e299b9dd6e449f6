/** Bringing sessions of a FreeRADIUS `radacct` over: each is metered as if its NAS reported it to us, so what is known already adds nothing. */
import { recordAudit } from '../audit/record-audit.ts';
import { type Database, inTransaction } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import { AppError } from '../errors.ts';
import type { MeterOutcome } from '../metering.ts';
import type { Nas } from '../nas/nas.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import type { NameRules } from '../profiles/user-names.ts';
import { readRow } from './cells.ts';
import { prepareUsage } from './complete-users.ts';
import type { ImportReport, RowOutcome } from './import-report.ts';
import { saveSendersOf } from './imported-senders.ts';
import type { Forgotten } from './known-sessions.ts';
import { meterSessions, type SessionMetering, type SessionResult } from './meter-sessions.ts';
import type { NasIdentity } from './nas-identity.ts';
import { requestsOf } from './radacct-records.ts';
import { countSessions, sessionRows } from './radacct-rows.ts';
import { type RadacctSession, readSession } from './radacct-session.ts';
import { RadacctUsers } from './radacct-users.ts';
import type { NewestBefore, SessionItem } from './reported-sessions.ts';
import { hasOwnSessions, isSameDatabase } from './same-database.ts';
import { type SourceDatabase, type SourceRow, tablesOf } from './source-database.ts';

export interface ImportRadacctOptions extends Pick<SessionMetering, 'isDryRun' | 'batches' | 'meter'> {
  readonly source: SourceDatabase;
  /** Only sessions that were heard of at or after this instant (epoch milliseconds); all without it. */
  readonly since: number | undefined;
  readonly report: ImportReport;
  readonly nameRules: NameRules;
  readonly findNas: (address: string, nasIdentifier: string | undefined) => Nas;
  readonly identityOf: NasIdentity;
  readonly dayEnd: (instant: number) => number;
  /** For how long sessions are kept here, in milliseconds; null: for ever. */
  readonly keepSessionsMs: number | null;
}

const TABLE = 'radacct';

/** Where sessions come from. */
export interface RadacctSource extends Pick<ImportRadacctOptions, 'source' | 'since'> {
  readonly isOfRadmeter: boolean;
}

/** Returns how many sessions there are to bring over, undefined where counting them takes too long; throws AppError `invalid` where the source has no `radacct`, is the database that is imported into, or has sessions that a radmeter metered, unless `isOfRadmeter` says that these are another one's. */
export async function countRadacct(
  context: CommandContext,
  { source, since, isOfRadmeter }: RadacctSource,
): Promise<number | undefined> {
  if (await isSameDatabase(source, context.db)) {
    throw new AppError('invalid', `--from: ${source.shown} is the database that is imported into`);
  }
  if (!(await tablesOf(source, [TABLE])).has(TABLE)) {
    throw new AppError('invalid', `the database ${source.shown} has no table radacct`);
  }
  if (!isOfRadmeter && (await hasOwnSessions(source))) {
    throw new AppError(
      'invalid',
      `--from: the sessions in ${source.shown} were metered by a radmeter; a copy of this database has nothing to bring over, and --from-radmeter says that it is another one's`,
    );
  }
  return countSessions(source, since);
}

/** What is found out on the way. */
interface Finding {
  readonly users: RadacctUsers;
  readonly newestBefore: NewestBefore;
  /** How many sessions of each name nobody here has. */
  readonly unknown: Map<string, number>;
  readonly forgotten: Map<Forgotten, number>;
}

/** Brings the sessions over, in the order they began, and says what became of them; each is whole or not there. */
export async function importRadacct(context: CommandContext, options: ImportRadacctOptions): Promise<void> {
  const { source, since, report, isDryRun } = options;
  report.show(TABLE);
  const finding: Finding = {
    users: new RadacctUsers(context, options.nameRules),
    newestBefore: { radacctId: await newestSession(context.db), at: context.clock.now() },
    unknown: new Map(),
    forgotten: new Map(),
  };
  for await (const rows of sessionRows(source, since)) {
    await gently(() => importChunk(context, options, { rows, finding }));
  }
  noteTogether(options, finding);
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

async function newestSession({ knex }: Database): Promise<number> {
  const [row]: { id: number | null }[] = await knex('radacct').max('radacctid as id');
  return row?.id ?? 0;
}

const FORGOTTEN: Record<Forgotten, string> = {
  'imported-and-forgotten': 'brought over before and not here any more (keep-sessions)',
  'maybe-forgotten': 'older than what is kept here of their users (keep-sessions), who had such sessions',
};

/** What is the same of many sessions is said once. */
function noteTogether({ report }: ImportRadacctOptions, { unknown, forgotten }: Finding): void {
  const skipped = { table: TABLE, id: null, outcome: 'skipped' } as const;
  for (const [why, sessions] of forgotten) {
    report.note({ ...skipped, name: null, reason: `${sessions} session(s) ${FORGOTTEN[why]}` });
  }
  for (const [name, sessions] of unknown) {
    report.note({ ...skipped, name, reason: `${sessions} session(s) of a user who is not here` });
  }
}

async function importChunk(
  context: CommandContext,
  options: ImportRadacctOptions,
  { rows, finding }: { rows: readonly SourceRow[]; finding: Finding },
): Promise<void> {
  const now = context.clock.now();
  const sessions = rows.flatMap((row) => {
    const read = readRow(row, () => readSession(row, now));
    if (read.ok) return [read.value];
    skip(options, { id: Number(row['radacctid']), name: String(row['username'] ?? ''), reason: read.reason });
    return [];
  });
  const items = await itemsOf(sessions, options, finding);
  if (!options.isDryRun) {
    await prepareUsage(
      context,
      items.map(({ userId }) => userId),
    );
    await saveSendersOf(context, items);
  }
  const metering = { ...options, source: options.source.key, newestBefore: finding.newestBefore };
  const results = await meterSessions(context, metering, items);
  for (const [item, result] of results) note(options, finding, { item, result });
}

async function itemsOf(
  sessions: readonly RadacctSession[],
  options: ImportRadacctOptions,
  { users, unknown }: Finding,
): Promise<SessionItem[]> {
  const known = await users.of(sessions);
  return sessions.flatMap((session) => {
    const user = known.get(session);
    if (user !== undefined) return itemOf(session, user, options);
    const [name] = session.userNames;
    unknown.set(name, (unknown.get(name) ?? 0) + 1);
    options.report.count(TABLE, 'skipped');
    return [];
  });
}

function itemOf(
  session: RadacctSession,
  { userId, userName }: { userId: number; userName: string },
  options: ImportRadacctOptions,
): SessionItem[] {
  const { nasAddress, id } = session;
  const identity = options.identityOf(nasAddress);
  const nasIdentifier = identity === '' ? undefined : identity;
  const nas = options.findNas(nasAddress, nasIdentifier);
  const terms = { nas, nasIdentifier, userName, dayEnd: options.dayEnd };
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

function note(
  options: ImportRadacctOptions,
  { forgotten }: Finding,
  { item, result }: { item: SessionItem; result: SessionResult },
): void {
  const { id, userNames } = item.session;
  if (result.kind === 'forgotten') {
    forgotten.set(result.why, (forgotten.get(result.why) ?? 0) + 1);
    options.report.count(TABLE, 'skipped');
    return;
  }
  const reason = result.kind === 'refused' ? result.reason : setAsideReason(result.outcomes);
  if (reason !== undefined) skip(options, { id, name: userNames[0], reason });
  else if (result.kind === 'metered') options.report.count(TABLE, outcomeOf(result.outcomes));
}

function setAsideReason(outcomes: readonly MeterOutcome[]): string | undefined {
  const refused = outcomes.find((outcome) => outcome.kind === 'set-aside');
  return refused && `${refused.reason}: ${refused.detail}`;
}

function outcomeOf(outcomes: readonly MeterOutcome[]): RowOutcome {
  const recorded = outcomes.flatMap((outcome) => (outcome.kind === 'recorded' ? [outcome] : []));
  if (recorded.some(({ how }) => how === 'began' || how === 'found-earlier')) return 'created';
  return recorded.some(({ delta }) => delta.input + delta.output > 0) ? 'updated' : 'unchanged';
}
