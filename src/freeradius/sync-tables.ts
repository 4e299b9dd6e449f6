/** Brings FreeRADIUS's tables into step with users and profiles: for some users, or for the groups; each in one transaction, or looked at without a change. */
import type { DefaultLimits } from '../access/decide-access.ts';
import { replyMessages } from '../access/reply-message.ts';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import type { NasKind } from '../nas/nas.ts';
import { listNas } from '../nas/nas-queries.ts';
import { noteForFreeradius } from '../profiles/freeradius-changes.ts';
import type { Profile } from '../profiles/profile.ts';
import type { SecretBox } from '../sign-in/secret-box.ts';
import type { Calendar } from '../usage/period.ts';
import { defaultTerms, type Verdict, verdict, verdictPeriods } from '../usage/verdict.ts';
import { type Language, verdictSentence } from '../usage/verdict-texts.ts';
import { type BridgeProfile, type GroupOptions, groupName, groupRows, userRows } from './bridge-rows.ts';
import { lockBridge, rowsOfProfiles, rowsOfUsers, writeGroupRows, writeUserRows } from './bridge-store.ts';
import { profilesById, type UserFacts, userFacts } from './bridge-user-queries.ts';
import { saveBridgedUsers } from './bridged-user-store.ts';
import { passwordCheck, type ToldPasswords } from './password-check.ts';
import { type OwnedDifference, rowDifference } from './row-diff.ts';

export interface BridgeContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly defaultProfile: DefaultLimits;
  readonly interimIntervalSeconds: number;
  readonly language: Language;
  readonly passwords: ToldPasswords;
  readonly secretBox: SecretBox | undefined;
  /** Of the NASes of the configuration file. */
  readonly configuredKinds: readonly NasKind[];
}

/** What a synchronisation may do. */
export interface SyncOptions {
  /** Writes nothing. */
  readonly isDryRun?: boolean;
}

/** How many users are looked at in one transaction: others wait for it, on SQLite everybody. */
export const CHUNK_USERS = 200;

/** Brings the rows of these users, CHUNK_USERS at most, into step, and returns what differed. */
export function syncUsers(
  context: BridgeContext,
  userIds: readonly number[],
  { isDryRun = false }: SyncOptions = {},
): Promise<OwnedDifference[]> {
  return inTransaction(context.db, context.clock, async (transaction) => {
    const { trx } = transaction;
    if (!isDryRun) await lockBridge(transaction);
    const box = context.passwords === 'hashed' ? undefined : context.secretBox;
    const facts = await userFacts(trx, userIds, { profiles: await profilesById(trx), box });
    const judged = facts.map((user) => ({ user, verdict: verdictOf(user, context, transaction) }));
    const wanted = new Map(
      judged.map(({ user, verdict: given }) => [user.userId, userRows(bridgeUser(user, given, context))]),
    );
    const stored = await rowsOfUsers(trx, userIds);
    const differences = userIds
      .map((ownerId) => ({
        ownerId,
        ...rowDifference(stored.get(ownerId) ?? [], wanted.get(ownerId) ?? []),
      }))
      .filter(isDifferent);
    if (isDryRun) return differences;
    await writeUserRows(trx, differences);
    const bridged = judged.map(({ user, verdict: given }) => ({
      userId: user.userId,
      profileId: user.profile?.id ?? 0,
      promotionId: user.promotionId,
      dueAt: dueAt(given, transaction.now),
    }));
    const goneIds = userIds.filter((id) => !wanted.has(id));
    await saveBridgedUsers(trx, bridged, goneIds);
    return differences;
  });
}

/** Brings the groups into step, and returns what differed. Members of a group that has another name now are noted as changed. */
export async function syncGroups(
  context: BridgeContext,
  { isDryRun = false }: SyncOptions = {},
): Promise<OwnedDifference[]> {
  const kinds = await kindsOf(context);
  return inTransaction(context.db, context.clock, async (transaction) => {
    const { trx } = transaction;
    if (!isDryRun) await lockBridge(transaction);
    const profiles = [...(await profilesById(trx)).values()].map(bridgeProfile);
    const { interimIntervalSeconds } = context;
    const options: GroupOptions = { kinds, interimIntervalSeconds };
    const wanted = new Map(
      [...profiles, defaultGroup(context)].map((profile) => [profile.id, groupRows(profile, options)]),
    );
    const stored = await rowsOfProfiles(trx);
    const differences = [...new Set([...wanted.keys(), ...stored.keys()])]
      .map((ownerId) => ({
        ownerId,
        ...rowDifference(stored.get(ownerId) ?? [], wanted.get(ownerId) ?? []),
      }))
      .filter(isDifferent);
    if (isDryRun) return differences;
    await writeGroupRows(trx, differences);
    for (const { ownerId, remove } of differences) {
      if (remove.length > 0 && ownerId !== 0) {
        await noteForFreeradius(transaction, { kind: 'profile', id: ownerId });
      }
    }
    return differences;
  });
}

/** Returns the kinds of all NASes there are, each once. */
export async function kindsOf({ db, configuredKinds }: BridgeContext): Promise<NasKind[]> {
  const { nases } = await listNas(db);
  return [...new Set([...nases.map(({ kind }) => kind), ...configuredKinds])].sort();
}

function isDifferent({ add, remove }: OwnedDifference): boolean {
  return add.length > 0 || remove.length > 0;
}

function verdictOf(
  { isActive, isRadiusEnabled, profile, isPromotionActive, counters }: UserFacts,
  { calendar, defaultProfile }: BridgeContext,
  { now }: Pick<Transaction, 'now'>,
): Verdict {
  return verdict({
    user: { isActive, isRadiusEnabled },
    terms: profile ?? defaultTerms(defaultProfile),
    isPromotionActive,
    counters,
    // FreeRADIUS counts them itself, by Simultaneous-Use and radacct.
    openSessions: 0,
    periods: verdictPeriods(calendar, now),
    now,
  });
}

function bridgeUser(user: UserFacts, given: Verdict, context: BridgeContext) {
  const { username, profile, profileSource } = user;
  const { language, calendar } = context;
  const sentence = verdictSentence(given, { username, language, timezone: calendar.timezone });
  return {
    ...{ username, profileSource, verdict: given },
    messages: given.isAllowed ? [] : replyMessages(sentence).map((bytes) => bytes.toString('utf8')),
    group: groupName(profile ?? DEFAULT_GROUP, given.isThrottled),
    password: passwordCheck(user, context.passwords),
  };
}

/** Returns when a user's rows may be others by the clock alone: a period ends that holds something against them, or their validity does. */
function dueAt({ reasons, validUntil }: Verdict, now: number): number | null {
  const ends = [...reasons.map(({ endsAt }) => endsAt), validUntil === null ? null : validUntil + 1];
  const due = ends.filter((end) => end !== null && end > now);
  return due.length === 0 ? null : Math.min(...due.map(Number));
}

const DEFAULT_GROUP = { id: 0, name: 'default' };

function bridgeProfile(profile: Profile): BridgeProfile {
  return { id: profile.id, name: profile.name, terms: profile };
}

function defaultGroup({ defaultProfile }: BridgeContext): BridgeProfile {
  return {
    ...DEFAULT_GROUP,
    terms: {
      ...defaultTerms(defaultProfile),
      bandwidthUpload: defaultProfile.bandwidthUploadKbps,
      bandwidthDownload: defaultProfile.bandwidthDownloadKbps,
      sessionTimeout: defaultProfile.sessionTimeoutSeconds,
      idleTimeout: defaultProfile.idleTimeoutSeconds ?? 0,
      throttleUpload: null,
      throttleDownload: null,
    },
  };
}
