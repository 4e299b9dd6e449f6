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
/** How long the walk through everybody keeps those waiting who changed. */
const WALK_MS = 1_500;
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
      await this.#followGroups();
      await this.#followNew();
      await this.#followChanges();
      await this.#followDue();
      await this.#walk();
      this.#isDatabaseAway = false;
    } catch (error) {
      if (!this.#isDatabaseAway)
        logger.warn({ err: error }, "FreeRADIUS's tables cannot be kept in step; trying again");
      this.#isDatabaseAway = true;
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
      await this.#sync(await this.#usersOf(scopes));
      if (this.#isClosing) return;
      const ids = changes.map(({ id }) => id);
      await inTransaction(db, clock, (transaction) => removeChanges(transaction, ids));
    }
  }

  /** Returns whom changes are about. Of `all`, those whose profile or promotion is gone: the others are noted one by one, or due. */
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
          return Promise.resolve([scope.id]);
        case 'promotion':
          return knex('users').where('promotion_id', scope.id).pluck('id');
        case 'profile':
          return usersOfProfile(knex, scope.id).pluck('users.id');
        case 'all':
          return usersOfVanished(knex);
      }
    }
  }

  async #followNew(): Promise<void> {
    // While the first walk is under way, everybody beyond it is new.
    if (this.#walkedTo !== undefined) return;
    for (;;) {
      const ids = await newUsers(this.#options.db.knex, CHUNK_USERS);
      await this.#sync(ids);
      if (ids.length < CHUNK_USERS || this.#isClosing) return;
    }
  }

  async #followDue(): Promise<void> {
    const { db, clock } = this.#options;
    for (;;) {
      const ids = await dueUsers(db.knex, clock.now(), CHUNK_USERS);
      await this.#sync(ids);
      if (ids.length < CHUNK_USERS || this.#isClosing) return;
    }
  }

  /** Goes a stretch further through everybody. */
  async #walk(): Promise<void> {
    const { db, clock, wholeIntervalMs = WHOLE_INTERVAL_MS } = this.#options;
    if (this.#walkedTo === undefined && clock.now() >= this.#walkDueAt) {
      this.#walkedTo = 0;
      await syncGroups(this.#options);
    }
    const endsAt = performance.now() + WALK_MS;
    while (this.#walkedTo !== undefined && performance.now() < endsAt && !this.#isClosing) {
      const { userIds, after } = await nextWindow(db.knex, this.#walkedTo);
      await this.#sync(userIds);
      this.#walkedTo = after;
      if (after === undefined) this.#walkDueAt = clock.now() + wholeIntervalMs;
    }
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
