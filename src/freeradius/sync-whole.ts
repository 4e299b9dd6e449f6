/** Bringing FreeRADIUS's tables into step as a whole: the groups, then everybody, a chunk after the other. */
import type { Knex } from 'knex';
import { bridgedBetween } from './bridged-user-store.ts';
import type { OwnedDifference } from './row-diff.ts';
import { type BridgeContext, CHUNK_USERS, type SyncOptions, syncGroups, syncUsers } from './sync-tables.ts';

/** What one step of a synchronisation came to. */
export interface SyncStep {
  readonly kind: 'groups' | 'users';
  /** Users looked at. */
  readonly userCount: number;
  readonly differences: readonly OwnedDifference[];
}

/** Users, and those that are gone, up to an id. */
export interface UserWindow {
  readonly userIds: readonly number[];
  /** Where the next window begins; undefined after the last one. */
  readonly after: number | undefined;
}

/** Yields what each step came to. What changes meanwhile is noted, and followed by a running daemon. */
export async function* syncWhole(
  context: BridgeContext,
  options: SyncOptions = {},
): AsyncGenerator<SyncStep> {
  yield { kind: 'groups', userCount: 0, differences: await syncGroups(context, options) };
  for (let after: number | undefined = 0; after !== undefined; ) {
    const window: UserWindow = await nextWindow(context.db.knex, after);
    yield* syncWindow(context, window, options);
    after = window.after;
  }
}

async function* syncWindow(
  context: BridgeContext,
  { userIds }: UserWindow,
  options: SyncOptions,
): AsyncGenerator<SyncStep> {
  for (let at = 0; at < userIds.length; at += CHUNK_USERS) {
    const some = userIds.slice(at, at + CHUNK_USERS);
    yield {
      kind: 'users',
      userCount: some.length,
      differences: await syncUsers(context, some, options),
    };
  }
}

/** Returns the next users by their ids, with those that are gone and whose rows are there still. */
export async function nextWindow(knex: Knex, after: number): Promise<UserWindow> {
  const there: number[] = await knex('users')
    .where('id', '>', after)
    .orderBy('id')
    .limit(CHUNK_USERS)
    .pluck('id');
  const isLast = there.length < CHUNK_USERS;
  const upTo = isLast ? Number.MAX_SAFE_INTEGER : (there.at(-1) ?? after);
  const known = await bridgedBetween(knex, after, upTo);
  const userIds = [...new Set([...there, ...known])].sort((a, b) => a - b);
  return { userIds, after: isLast ? undefined : upTo };
}
