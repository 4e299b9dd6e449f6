/** One sweep after another over all open sessions: which are silent, and closing them. */
import type { Actor } from '../audit/actor.ts';
import { onlyOne, recordAudit } from '../audit/record-audit.ts';
import type { Clock } from '../clock.ts';
import { type Database, inTransaction, type Transaction } from '../db/database.ts';
import { gently } from '../db/gently.ts';
import type { Octets } from '../radius/octets.ts';
import { type Reception, receptionOf } from './reception.ts';
import { listInstances } from './reception-store.ts';
import { nextSource, type OpenSession, openSessionsOf } from './stale-queries.ts';
import { silentAt } from './stale-rule.ts';
import { closeSilent } from './stale-store.ts';

/** What sessions are judged by that other parts know. */
export interface SilenceSources {
  /** The least silence, in seconds, of a session from this address that names its NAS so. */
  readonly floorSecondsOf: (sourceAddress: string, nasIdentifier: Octets | undefined) => number;
  /** The Session-Timeouts of users, in seconds; those who have none are absent. */
  readonly sessionTimeoutsOf: (userIds: readonly number[]) => Promise<ReadonlyMap<number, number>>;
}

export interface StaleSweepOptions extends SilenceSources {
  readonly db: Database;
  /** The database's, as sessions were heard of by it. */
  readonly clock: Clock;
  /** Finds what is silent and changes nothing. */
  readonly isDryRun?: boolean;
  /** Who asks for it; absent where it is a running radmeter's own. */
  readonly actor?: Actor;
  /** Told of the sessions that were closed, a chunk at a time. */
  readonly onClosed?: (sessions: readonly OpenSession[]) => void;
}

/** What a sweep came to. */
export interface SweepResult {
  readonly reception: Reception;
  readonly closed: number;
}

/** Small enough that a batch of records which waits for it does not notice. */
const CHUNK_ROWS = 500;
const CLOSE_ROWS = 100;
/** New sources have nothing silent for a floor's time. */
const SOURCES_INTERVAL_MS = 300_000;

/** Remembers for every source when the first of its sessions can be silent, so that a sweep reads those alone. */
export class StaleSweep {
  readonly #options: StaleSweepOptions;
  readonly #dueAt = new Map<string, number>();
  #sourcesReadAt: number | undefined;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(options: StaleSweepOptions) {
    this.#options = options;
  }

  /** Presumes closed what is silent now; an aborted signal ends it after the chunk at hand. */
  async sweep(signal?: AbortSignal): Promise<SweepResult> {
    const { db, clock } = this.#options;
    const now = clock.now();
    const reception = receptionOf(await listInstances(db), now);
    let closed = 0;
    if (!reception.isCounting) return { reception, closed };
    await this.#findSources(now);
    for (const [source, dueAt] of this.#dueAt) {
      if (signal?.aborted === true) break;
      if (dueAt <= reception.until) closed += await this.#sweepSource(source, reception, signal);
    }
    return { reception, closed };
  }

  /** What was found due by a clock that has gone back since is not to be relied on. */
  async #findSources(now: number): Promise<void> {
    if (now < this.#sweptAt) {
      this.#dueAt.clear();
      this.#sourcesReadAt = undefined;
    }
    this.#sweptAt = now;
    if (this.#sourcesReadAt !== undefined && now < this.#sourcesReadAt + SOURCES_INTERVAL_MS) return;
    const { db } = this.#options;
    for (let source = await nextSource(db, ''); source !== undefined; source = await nextSource(db, source)) {
      if (!this.#dueAt.has(source)) this.#dueAt.set(source, Number.NEGATIVE_INFINITY);
    }
    this.#sourcesReadAt = now;
  }

  async #sweepSource(
    sourceAddress: string,
    reception: Reception & { isCounting: true },
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { db, clock, floorSecondsOf } = this.#options;
    // What is heard of from now on is not silent before the floor.
    let dueAt = clock.now() + floorSecondsOf(sourceAddress, undefined) * 1000;
    let closed = 0;
    for (let afterId = 0; ; ) {
      const sessions = await gently(() => openSessionsOf(db, { sourceAddress, afterId, limit: CHUNK_ROWS }));
      const judged = await this.#judge(sessions, reception);
      for (const { nextAt } of judged) dueAt = Math.min(dueAt, nextAt);
      closed += await this.#close(judged.flatMap(({ session, isSilent }) => (isSilent ? [session] : [])));
      const last = sessions.at(-1);
      if (last === undefined || sessions.length < CHUNK_ROWS) break;
      // Nothing is known of the rest: it stays due.
      if (signal?.aborted === true) return closed;
      afterId = last.id;
    }
    this.#dueAt.set(sourceAddress, dueAt);
    return closed;
  }

  /** Session-Timeouts are asked for only where the floor is over: before, nothing is silent, whatever they are. */
  async #judge(sessions: readonly OpenSession[], { since, until }: { since: number; until: number }) {
    const { floorSecondsOf } = this.#options;
    const withFloors = sessions.map((session) => {
      const floorSeconds = floorSecondsOf(session.sourceAddress, session.nasIdentifier);
      const heardAt = Math.max(session.lastHeardAt, since);
      return { session, floorSeconds, earliestAt: heardAt + floorSeconds * 1000 };
    });
    const timeouts = await this.#timeoutsOf(
      withFloors.flatMap(({ session, earliestAt }) => (earliestAt <= until ? [session] : [])),
    );
    return withFloors.map(({ session, floorSeconds, earliestAt }) => {
      if (!session.hasInterim && earliestAt > until) return { session, isSilent: false, nextAt: earliestAt };
      const sessionTimeoutSeconds = session.userId === undefined ? undefined : timeouts.get(session.userId);
      const at = silentAt(session, { floorSeconds, sessionTimeoutSeconds, countsSince: since });
      return at <= until
        ? // It goes on if it is heard of meanwhile; then it is not silent before the floor.
          { session, isSilent: true, nextAt: Number.POSITIVE_INFINITY }
        : { session, isSilent: false, nextAt: at };
    });
  }

  async #timeoutsOf(sessions: readonly OpenSession[]): Promise<ReadonlyMap<number, number>> {
    const userIds = new Set<number>();
    for (const { hasInterim, userId } of sessions)
      if (!hasInterim && userId !== undefined) userIds.add(userId);
    return userIds.size === 0 ? new Map() : this.#options.sessionTimeoutsOf([...userIds]);
  }

  async #close(silent: readonly OpenSession[]): Promise<number> {
    const { db, clock, isDryRun, actor, onClosed } = this.#options;
    let count = 0;
    for (let at = 0; at < silent.length; at += CLOSE_ROWS) {
      const chunk = silent.slice(at, at + CLOSE_ROWS);
      const closed =
        isDryRun === true
          ? chunk
          : await gently(() =>
              inTransaction(db, clock, (transaction) => closeFor(transaction, actor, chunk)),
            );
      count += closed.length;
      if (closed.length > 0) onClosed?.(closed);
    }
    return count;
  }
}

async function closeFor(
  transaction: Transaction,
  actor: Actor | undefined,
  sessions: readonly OpenSession[],
): Promise<OpenSession[]> {
  const closed = await closeSilent(transaction, sessions);
  if (actor === undefined || closed.length === 0) return closed;
  const ids = closed.map(({ id }) => id);
  await recordAudit(transaction, actor, {
    action: 'close_stale',
    objectType: 'session',
    objectId: onlyOne(ids),
    before: { ids, closed: 'open' },
    after: { ids, closed: 'presumed' },
  });
  return closed;
}
