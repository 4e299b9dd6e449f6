/** Whose records those of a batch are: by our Class, then Chargeable-User-Identity (RFC 4372), then User-Name (design: user). */
import type { ClassToken, ClassTokens } from './access/class-token.ts';
import type { SessionRecord } from './accounting/record.ts';
import type { BatchTransaction } from './db/batch.ts';
import type { Subscriber } from './profiles/subscriber.ts';
import { selectSubscribersById, selectSubscribersByName } from './profiles/subscriber-store.ts';
import { insertUnknownUsers, type UnknownUserPolicy } from './profiles/unknown-users.ts';
import { looksLike, type NameRules, usernameFor } from './profiles/user-names.ts';
import { selectUsageByUserId, selectUsageByUsername, type UsageRecord } from './usage/usage-store.ts';

/** How a record's user is found. */
export interface UserRules {
  readonly nameRules: NameRules;
  readonly unknownUsers: UnknownUserPolicy;
  /** What tells a Class of ours; undefined where nobody here gives any out. */
  readonly classTokens?: ClassTokens | undefined;
}

/** What a record says of its user. */
export interface UserClues {
  readonly ourClass: ClassToken | undefined;
  /** What it may be calling its user, the surest first. */
  readonly names: readonly string[];
}

export type Clues = ReadonlyMap<SessionRecord, UserClues>;

/** Users and their usage, the usage locked. */
export interface ReadUsers {
  readonly subscribers: readonly Subscriber[];
  readonly usage: readonly UsageRecord[];
}

/** Returns what each record says of its user. */
export function cluesOf(records: readonly SessionRecord[], rules: UserRules): Clues {
  return new Map(
    records.map((record) => [
      record,
      {
        ourClass: record.classes.length === 0 ? undefined : rules.classTokens?.find(record.classes),
        names: namesIn(record, rules.nameRules),
      },
    ]),
  );
}

function namesIn(record: SessionRecord, rules: NameRules): string[] {
  return [record.chargeableUserIdentity, record.userName].flatMap((name) => {
    const username = name === undefined ? undefined : usernameFor(name, rules);
    return username === undefined ? [] : [username];
  });
}

/** Reads the users that records are of, and locks their usage; they are there after the next flush. Whoever has a Class of ours is not looked for by name. */
export function selectClued(batch: BatchTransaction, clues: Clues): () => ReadUsers {
  const ids = new Set<number>();
  const names = new Set<string>();
  for (const clue of clues.values()) {
    if (clue.ourClass !== undefined) ids.add(clue.ourClass.userId);
    else for (const name of clue.names) names.add(name);
  }
  const userIds = [...ids].sort((a, b) => a - b);
  const reads = [
    { usage: selectUsageByUsername(batch, [...names]), subscribers: selectSubscribersByName(batch, names) },
    { usage: selectUsageByUserId(batch, userIds), subscribers: selectSubscribersById(batch, userIds) },
  ];
  return () => ({
    usage: reads.flatMap(({ usage }) => usage()),
    subscribers: reads.flatMap(({ subscribers }) => subscribers()),
  });
}

/** Adds to the users read those that only a name tells, as the user of the Class is no more, and those who are made of names that nobody has. */
export async function completeUsers(
  batch: BatchTransaction,
  read: ReadUsers,
  { clues, rules }: { readonly clues: Clues; readonly rules: UserRules },
): Promise<ReadUsers> {
  const found = await withNamesake(batch, read, clues);
  const subscribers = await withUnknownUsers(batch, found.subscribers, { clues, rules });
  return { subscribers, usage: found.usage };
}

async function withNamesake(batch: BatchTransaction, read: ReadUsers, clues: Clues): Promise<ReadUsers> {
  const known = new Set(read.subscribers.map(({ userId }) => userId));
  const names = new Set<string>();
  for (const { ourClass, names: called } of clues.values()) {
    if (ourClass !== undefined && !known.has(ourClass.userId)) for (const name of called) names.add(name);
  }
  if (names.size === 0) return read;
  const usage = selectUsageByUsername(batch, [...names]);
  const subscribers = selectSubscribersByName(batch, names);
  await batch.flush();
  return {
    subscribers: [...read.subscribers, ...subscribers()],
    usage: [...read.usage, ...usage()],
  };
}

/** Returns the function that gives a record's user; undefined for nobody's. */
export function userFinder(
  clues: Clues,
  subscribers: readonly Subscriber[],
): (record: SessionRecord) => Subscriber | undefined {
  const byName = new Map(subscribers.map((subscriber) => [subscriber.username, subscriber]));
  const byId = new Map(subscribers.map((subscriber) => [subscriber.userId, subscriber]));
  return (record) => {
    const clue = clues.get(record);
    const ofClass = clue?.ourClass === undefined ? undefined : byId.get(clue.ourClass.userId);
    return ofClass ?? firstKnown(clue?.names ?? [], byName);
  };
}

function firstKnown(
  names: readonly string[],
  byName: ReadonlyMap<string, Subscriber>,
): Subscriber | undefined {
  for (const name of names) {
    const subscriber = byName.get(name);
    if (subscriber !== undefined) return subscriber;
  }
  return undefined;
}

/** Makes users of the User-Names of records that nobody known is named in; a Chargeable-User-Identity is somebody's name for a user, not a username. */
async function withUnknownUsers(
  batch: BatchTransaction,
  equal: readonly Subscriber[],
  { clues, rules }: { clues: Clues; rules: UserRules },
): Promise<readonly Subscriber[]> {
  if (rules.unknownUsers === 'unmetered') return equal;
  const userOf = userFinder(clues, equal);
  const unknown = new Set<string>();
  for (const record of clues.keys()) {
    const { userName } = record;
    const username = userName === undefined ? undefined : usernameFor(userName, rules.nameRules);
    if (username === undefined || userOf(record) !== undefined) continue;
    if (canBeAdded(username, equal)) unknown.add(username);
  }
  if (unknown.size === 0) return equal;
  insertUnknownUsers(batch, [...unknown], rules.unknownUsers);
  const created = selectSubscribersByName(batch, unknown);
  await batch.flush();
  return [...equal, ...created()];
}

/** A name that the database takes for one it has cannot be added beside it, and stays nobody's. */
function canBeAdded(username: string, equal: readonly Subscriber[]): boolean {
  return username.trim() === username && !equal.some((known) => looksLike(known.username, username));
}
