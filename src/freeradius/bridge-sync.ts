/** Keeps FreeRADIUS's tables in step while radmeter runs: follows what is noted and what is due every few seconds, and walks through everybody now and then. */
import { setTimeout as pause } from 'node:timers/promises';
import { inTransaction } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import type { Logger } from '../logger.ts';
import type { TermsScope } from '../profiles/changed-terms.ts';
import { beginFollowing, notedChanges, removeChanges } from '../profiles/freeradius-changes.ts';
import { usersOfProfile } from '../profiles/profile-change.ts';
import { dueUsers, newUsers, usersOfVanished } from './bridged-user-store.ts';
import { type BridgeContext, CHUNK_USERS, kindsOf, syncGroups, syncUsers } from './sync-tables.ts';
import { nextWindow } from './sync-whole.ts';

export interface BridgeSyncOptions extends BridgeContext {
  readonly logger: Logger;
  readonly pollIntervalMs?: number;
  /** How often everybody is walked through: what other programs write is found so. */
  readonly wholeIntervalMs?: number;
}

const POLL_INTERVAL_MS = 2_000;
const WHOLE_INTERVAL_MS = 3_600_000;
/** How long work on many users keeps those waiting who changed one by one. */
const STRETCH_MS = 1_500;
const CHANGES_AT_ONCE = 500;
const CLOSE_MS_MAX = 800;

/** The synchronisation of one running radmeter; several on one database do each other's work again, and no harm. */
export class BridgeSync {
  readonly #options: BridgeSyncOptions;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isDatabaseAway = false;
  /** What the groups were made of. */
  #groupsSeen = '';
  /** The last user the walk has come to; undefined between two walks. */
  #walkedTo: number | undefined = 0;
  #walkDueAt = 0;
  /** The newest user that a walk, or looking for newer ones, has come to. */
  #newest: number | undefined;
  /** Users of changes that are about many. */
  readonly #backlog = new Set<number>();

  constructor(options: BridgeSyncOptions) {
    this.#options = options;
  }

  /** Has changes noted from now on, and begins to follow them. */
  async start(): Promise<void> {
    const { db, clock, pollIntervalMs = POLL_INTERVAL_MS } = this.#options;
    await inTransaction(db, clock, beginFollowing);
    this.#timer = setInterval(() => void this.look(), pollIntervalMs);
    this.#timer.unref();
    void this.look();
  }

  /** Follows what is noted and due, and resolves when that is done; what the database refuses is tried again. */
  look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Stops within a second; what has not been followed is there for the next one. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    const abort = new AbortController();
    const late = pause(CLOSE_MS_MAX, undefined, { signal: abort.signal }).catch(() => {});
    await Promise.race([this.#looking, late]);
    abort.abort();
  }

  async #lookOnce(): Promise<void> {
    const { logger } = this.#options;
    try {
      do {
        await this.#followGroups();
        await this.#followChanges();
      } while ((await this.#followMany()) && !this.#isClosing);
      this.#isDatabaseAway = false;
    } catch (error) {
      if (!this.#isDatabaseAway)
        logger.warn({ err: error }, "FreeRADIUS's tables cannot be kept in step; trying again");
      this.#isDatabaseAway = true;
      // Whoever was being looked at is found again by a walk.
      this.#walkedTo = 0;
    }
  }

  /** Groups are few, but looked at only where something they are made of is another; a changed profile is noted besides. */
  async #followGroups(): Promise<void> {
    const { db } = this.#options;
    const [profiles]: { count: number; last: string | null }[] = await db
      .knex('profiles')
      .count('* as count')
      .max('updated_at as last');
    const seen = JSON.stringify([profiles, await kindsOf(this.#options)]);
    if (seen === this.#groupsSeen) return;
    await syncGroups(this.#options);
    this.#groupsSeen = seen;
  }

  async #followChanges(): Promise<void> {
    const { db, clock } = this.#options;
    while (!this.#isClosing) {
      const changes = await notedChanges(db.knex, CHANGES_AT_ONCE);
      if (changes.length === 0) return;
      const scopes = changes.map(({ scope }) => scope);
      if (scopes.some(({ kind }) => kind === 'profile' || kind === 'all')) await syncGroups(this.#options);
      await this.#sync(scopes.flatMap((scope) => (scope.kind === 'user' ? [scope.id] : [])));
      // Nothing is lost with the process: the next one begins with a walk.
      for (const id of await this.#usersOf(scopes)) this.#backlog.add(id);
      if (this.#isClosing) return;
      const ids = changes.map(({ id }) => id);
      await inTransaction(db, clock, (transaction) => removeChanges(transaction, ids));
    }
  }

  /** Returns whom changes about many are about. Of `all`, those whose profile or promotion is gone: the others are noted one by one, or due. */
  async #usersOf(scopes: readonly TermsScope[]): Promise<number[]> {
    const { knex } = this.#options.db;
    const ids = new Set<number>();
    const once = new Map(scopes.map((scope) => [JSON.stringify(scope), scope]));
    for (const scope of once.values()) {
      for (const id of await usersIn(scope)) ids.add(id);
    }
    return [...ids];

    function usersIn(scope: TermsScope): Promise<number[]> {
      switch (scope.kind) {
        case 'user':
          return Promise.resolve([]);
        case 'promotion':
          return knex('users').where('promotion_id', scope.id).pluck('id');
        case 'profile':
          return usersOfProfile(knex, scope.id).pluck('users.id');
        case 'all':
          return usersOfVanished(knex);
      }
    }
  }

  /** Works on many users for a stretch; returns whether some are left who should not wait for the next look. */
  async #followMany(): Promise<boolean> {
    const endsAt = performance.now() + STRETCH_MS;
    const isOver = () => this.#isClosing || performance.now() >= endsAt;
    for (const next of [() => this.#nextDue(), () => this.#nextNew(), () => this.#nextOfBacklog()]) {
      for (let ids = await next(); ids.length > 0; ids = await next()) {
        await this.#sync(ids);
        if (isOver()) return true;
      }
    }
    await this.#walk(isOver);
    return false;
  }

  #nextDue(): Promise<number[]> {
    const { db, clock } = this.#options;
    return dueUsers(db.knex, clock.now(), CHUNK_USERS);
  }

  /** Whoever makes users by another way than radmeter's commands notes nothing. */
  async #nextNew(): Promise<number[]> {
    if (this.#newest === undefined) return [];
    const ids = await newUsers(this.#options.db.knex, this.#newest, CHUNK_USERS);
    this.#newest = ids.at(-1) ?? this.#newest;
    return ids;
  }

  async #nextOfBacklog(): Promise<number[]> {
    const ids = [...this.#backlog.values().take(CHUNK_USERS)];
    for (const id of ids) this.#backlog.delete(id);
    return ids;
  }

  /** Goes further through everybody. */
  async #walk(isOver: () => boolean): Promise<void> {
    const { db, clock, wholeIntervalMs = WHOLE_INTERVAL_MS } = this.#options;
    if (this.#walkedTo === undefined && clock.now() >= this.#walkDueAt) {
      this.#walkedTo = 0;
      await syncGroups(this.#options);
    }
    while (this.#walkedTo !== undefined && !isOver()) {
      const { userIds, after } = await nextWindow(db.knex, this.#walkedTo);
      await this.#sync(userIds);
      this.#newest = Math.max(this.#newest ?? 0, userIds.at(-1) ?? 0);
      this.#walkedTo = after;
      if (after === undefined) this.#walkDueAt = clock.now() + wholeIntervalMs;
    }
    // Until a walk has come to the end, everybody beyond it is new.
    if (this.#walkedTo !== undefined && this.#walkDueAt === 0) this.#newest = undefined;
  }

  async #sync(userIds: readonly number[]): Promise<void> {
    for (let at = 0; at < userIds.length; at += CHUNK_USERS) {
      if (this.#isClosing) return;
      await gently(() => syncUsers(this.#options, userIds.slice(at, at + CHUNK_USERS)));
    }
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }
}
