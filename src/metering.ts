/**
 * What one batch of Accounting-Requests does to the database, in two round trips (three where a session's user
 * is not the one its record names): read and lock everything, decide every record in turn in memory, write what changed. The order of the ledgers is the data flow: sessions, usage.
 */
import { type BegunPlace, consumeReservations } from './access/reservation-store.ts';
import type { Meter } from './accounting/batch-writer.ts';
import { isNasRecord, isSessionRecord, type NasRecord, type SessionRecord } from './accounting/record.ts';
import { insertSetAside, type NotMetered, type SetAside } from './accounting/set-aside-store.ts';
import type { Submission } from './accounting/submission.ts';
import type { BatchTransaction, PendingCount } from './db/batch.ts';
import { type EnforcementRules, Judge, type JudgedRuns } from './metering-enforcement.ts';
import {
  type Clues,
  cluesOf,
  completeUsers,
  selectClued,
  type UserRules,
  userFinder,
} from './metering-users.ts';
import type { ProfileTerms } from './profiles/profile.ts';
import type { Subscriber } from './profiles/subscriber.ts';
import { selectSubscribersById } from './profiles/subscriber-store.ts';
import type { UnknownUserPolicy } from './profiles/unknown-users.ts';
import type { RunChange } from './sessions/decide-run.ts';
import { ImportedRuns } from './sessions/imported-runs.ts';
import type { LineRates } from './sessions/octet-wraps.ts';
import type { OctetPair, Run } from './sessions/run.ts';
import { SessionLedger } from './sessions/session-ledger.ts';
import { closeRuns, retireRuns, saveRuns, selectRuns } from './sessions/session-store.ts';
import { Calendar } from './usage/period.ts';
import { selectTimezone } from './usage/stored-timezone.ts';
import { UsageLedger } from './usage/usage-ledger.ts';
import {
  addToDays,
  insertAdjustments,
  saveUsage,
  selectUsageByUserId,
  type UsageRecord,
} from './usage/usage-store.ts';

export interface MeteringOptions extends UserRules {
  readonly calendar: Calendar;
  /** What applies to users without a profile: their lines' rates. */
  readonly defaultTerms: Pick<ProfileTerms, 'bandwidthUpload' | 'bandwidthDownload'>;
  /** How what is recorded is held against open sessions; without it, it is not. */
  readonly enforcement?: EnforcementRules | undefined;
  /** Told, within the batch, of users who crossed a limit, either way, or began to use anything. */
  readonly onTurned?: ((batch: BatchTransaction, userIds: readonly number[]) => void) | undefined;
}

/** The settings that decide how records are metered. */
export interface MeteringSettings {
  readonly defaultProfile: { readonly bandwidthUploadKbps: number; readonly bandwidthDownloadKbps: number };
  readonly stripRealm: boolean;
  readonly lowercaseUserNames: boolean;
  readonly unknownUser: UnknownUserPolicy;
}

/** Returns the options that settings stand for, the same wherever records are metered. */
export function meteringOptions(settings: MeteringSettings, calendar: Calendar): MeteringOptions {
  return {
    calendar,
    defaultTerms: {
      bandwidthUpload: settings.defaultProfile.bandwidthUploadKbps,
      bandwidthDownload: settings.defaultProfile.bandwidthDownloadKbps,
    },
    nameRules: { stripsRealm: settings.stripRealm, lowersCase: settings.lowercaseUserNames },
    unknownUsers: settings.unknownUser,
  };
}

/** What became of a request, for those who watch. */
export type MeterOutcome = Metered | NotMetered;

/** What became of a request that was metered. */
export type Metered =
  | {
      readonly kind: 'recorded';
      readonly record: SessionRecord;
      readonly how: RunChange;
      readonly run: Run;
      readonly delta: OctetPair;
      /** Undefined when nobody was charged, or nothing ever to this user. */
      readonly usage: UsageRecord | undefined;
      /** Whose session it is; undefined when nobody's. */
      readonly subscriber: Subscriber | undefined;
      /** Whether sessions of that user are to be ended or changed because of it. */
      readonly isEnforced?: boolean;
    }
  | { readonly kind: 'closed-sessions'; readonly record: NasRecord; readonly closed: number };

/** Returns the function that meters batches and sets aside what of them it cannot meter. */
export function createMeter(options: MeteringOptions): Meter<MeterOutcome> {
  const meter = createReplayMeter(options);
  return async (batch, submissions) => {
    const outcomes = await meter(batch, submissions);
    insertSetAside(batch, setAsides(submissions, outcomes));
    return outcomes;
  };
}

/** Returns the function that meters requests that are in `set_aside` already: what it cannot meter it leaves there. */
export function createReplayMeter(options: MeteringOptions): Meter<MeterOutcome> {
  const judge = options.enforcement === undefined ? undefined : new Judge(options.enforcement);
  const rules = { ...options, imported: new ImportedRuns() };
  return async (batch, submissions) => {
    const ledgers = await openLedgers(batch, submissions, rules);
    const outcomes = submissions.map((submission) => meterOne(submission, ledgers));
    const { runs, users } = judge === undefined ? unjudged(ledgers) : judged(judge, ledgers, batch.now);
    save(batch, ledgers, runs);
    options.onTurned?.(batch, ledgers.usage.turned());
    if (options.classTokens !== undefined) consumeReservations(batch, begunPlaces(outcomes));
    const enforced = (await judge?.decide(batch, users, ledgers.calendar)) ?? NOBODY;
    return enforced.size === 0 ? outcomes : outcomes.map((outcome) => marked(outcome, enforced));
  };
}

/** Everything a batch is decided by. */
interface Ledgers {
  readonly calendar: Calendar;
  readonly sessions: SessionLedger;
  /** The sessions in the database that Accounting-On and -Off ended. */
  readonly closings: ReadonlyMap<NasRecord, PendingCount>;
  readonly usage: UsageLedger;
  readonly clues: Clues;
  readonly subscriberOf: (record: SessionRecord) => Subscriber | undefined;
  readonly subscriberById: ReadonlyMap<number, Subscriber>;
  readonly ratesOf: (subscriber: Subscriber | undefined) => LineRates;
}

async function openLedgers(
  batch: BatchTransaction,
  submissions: readonly Submission[],
  options: MeteringOptions & { readonly imported: ImportedRuns },
): Promise<Ledgers> {
  const records = submissions.flatMap(({ decoded }) => (decoded.ok ? [decoded.record] : []));
  const sessionRecords = records.filter(isSessionRecord);
  const clues = cluesOf(sessionRecords, options);
  // Locks in the house's order: sessions, then usage. Profiles are read once the usage is locked, as those who assign them lock it too.
  const closings = new Map(records.filter(isNasRecord).map((record) => [record, closeRuns(batch, record)]));
  const runsOfKeys = selectRuns(batch, [...new Set(sessionRecords.map(({ runKey }) => runKey))]);
  const clued = selectClued(batch, clues);
  const withImported = options.imported.select(batch, sessionRecords);
  // Behind the locked usage, as whoever moves the counters to another zone locks it too.
  const timezone = selectTimezone(batch);
  await batch.flush();

  const sessions = new SessionLedger(await withImported(runsOfKeys()));
  const { subscribers, usage: cluedUsage } = await completeUsers(batch, clued(), { clues, rules: options });
  const owners = await ownersBeside(batch, sessionRecords, { sessions, subscribers });
  const byId = new Map(
    [...subscribers, ...owners.subscribers].map((subscriber) => [subscriber.userId, subscriber]),
  );
  const calendar = calendarOf(timezone(), options.calendar);
  const usage = new UsageLedger([...cluedUsage, ...owners.usage], { calendar, now: batch.now });
  return {
    calendar,
    sessions,
    closings,
    usage,
    clues,
    subscriberById: byId,
    subscriberOf: userFinder(clues, subscribers),
    ratesOf: (subscriber) => {
      const { bandwidthUpload, bandwidthDownload } = subscriber?.terms ?? options.defaultTerms;
      return subscriber === undefined
        ? { inputKbps: undefined, outputKbps: undefined }
        : { inputKbps: bandwidthUpload, outputKbps: bandwidthDownload };
    },
  };
}

/** Building one costs more than a batch, and a database has hardly ever more than one in its life. */
const calendars = new Map<string, Calendar>();

/** The calendar of the database's zone as this very batch sees it; the daemon's own where none is stored. */
function calendarOf(timezone: string | undefined, own: Calendar): Calendar {
  if (timezone === undefined || timezone === own.timezone) return own;
  const known = calendars.get(timezone) ?? new Calendar(timezone);
  calendars.set(timezone, known);
  return known;
}

/** Sessions belong to their users also when a record names nobody, or somebody else: those users are read too. */
async function ownersBeside(
  batch: BatchTransaction,
  records: readonly SessionRecord[],
  { sessions, subscribers }: { sessions: SessionLedger; subscribers: readonly Subscriber[] },
): Promise<{ subscribers: readonly Subscriber[]; usage: readonly UsageRecord[] }> {
  const known = new Set(subscribers.map(({ userId }) => userId));
  const missing = new Set<number>();
  for (const { runKey } of records) {
    for (const userId of sessions.usersOf(runKey)) if (!known.has(userId)) missing.add(userId);
  }
  if (missing.size === 0) return { subscribers: [], usage: [] };
  const userIds = [...missing].sort((a, b) => a - b);
  const usage = selectUsageByUserId(batch, userIds);
  const owners = selectSubscribersById(batch, userIds);
  await batch.flush();
  const found = owners();
  for (const { userId } of found) missing.delete(userId);
  // Deleted in the instant between their first record's decision and its commit.
  if (missing.size > 0) sessions.release(missing);
  return { subscribers: found, usage: usage() };
}

function meterOne({ decoded }: Submission, ledgers: Ledgers): MeterOutcome {
  if (!decoded.ok) return { kind: 'set-aside', reason: decoded.reason, detail: decoded.detail };
  const { record } = decoded;
  if (isSessionRecord(record)) return meterSession(record, ledgers);
  const closed = (ledgers.closings.get(record)?.count() ?? 0) + ledgers.sessions.closeAll(record);
  return { kind: 'closed-sessions', record, closed };
}

function meterSession(record: SessionRecord, ledgers: Ledgers): MeterOutcome {
  const named = ledgers.subscriberOf(record);
  const classToken = ledgers.clues.get(record)?.ourClass?.token;
  const rates = ledgers.ratesOf(named);
  const decision = ledgers.sessions.apply(record, { userId: named?.userId, rates, classToken });
  if (decision.kind === 'before-kept') {
    const detail = 'it began before the runs of its Acct-Session-Id that are kept in mind';
    return { kind: 'set-aside', reason: 'before-kept-runs', detail };
  }
  if (decision.kind === 'implausible') {
    const { delta, seconds } = decision;
    const detail = `${delta.input} octets up and ${delta.output} down within ${seconds} s exceed ${record.nas.maxRateKbps} kbit/s`;
    return { kind: 'set-aside', reason: 'implausible-growth', detail };
  }
  const { run, delta, how } = decision;
  const subscriber = run.userId === undefined ? undefined : ledgers.subscriberById.get(run.userId);
  const usage =
    subscriber === undefined
      ? undefined
      : ledgers.usage.charge({
          userId: subscriber.userId,
          inputOctets: delta.input,
          outputOctets: delta.output,
          eventAt: record.eventAt,
          allowances: subscriber.terms,
        });
  return { kind: 'recorded', record, how, run, delta, usage, subscriber };
}

/** A session that begins takes the place that was held for it since its login. */
function begunPlaces(outcomes: readonly MeterOutcome[]): BegunPlace[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.kind !== 'recorded' || outcome.how === 'joined' || outcome.subscriber === undefined)
      return [];
    const { run, record, subscriber } = outcome;
    const { classToken, station } = run;
    return [{ userId: subscriber.userId, classToken, station, sourceAddress: record.sourceAddress }];
  });
}

const NOBODY: ReadonlySet<number> = new Set();

function marked(outcome: MeterOutcome, userIds: ReadonlySet<number>): MeterOutcome {
  if (outcome.kind !== 'recorded' || outcome.run.userId === undefined) return outcome;
  return userIds.has(outcome.run.userId) ? { ...outcome, isEnforced: true } : outcome;
}

function unjudged({ sessions }: Ledgers): JudgedRuns {
  return { runs: sessions.changed(), users: [] };
}

function judged(judge: Judge, ledgers: Ledgers, now: number): JudgedRuns {
  const { sessions, usage, calendar, subscriberById } = ledgers;
  const countersOf = (userId: number) => usage.recordOf(userId)?.counters;
  return judge.judge(sessions.changed(), { calendar, subscriberById, countersOf }, now);
}

function setAsides(submissions: readonly Submission[], outcomes: readonly MeterOutcome[]): SetAside[] {
  return outcomes.flatMap((outcome, index) => {
    const submission = submissions[index];
    if (outcome.kind !== 'set-aside' || submission === undefined) return [];
    return [{ submission, reason: outcome.reason, detail: outcome.detail }];
  });
}

function save(batch: BatchTransaction, { sessions, usage }: Ledgers, runs: readonly Run[]): void {
  const { records, days, adjustments } = usage.changes();
  saveRuns(batch, runs);
  retireRuns(batch, sessions.retired());
  saveUsage(batch, records);
  addToDays(batch, days);
  insertAdjustments(batch, adjustments);
}
