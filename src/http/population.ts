/** How many sessions are open and how many users are over a quota: counted when somebody asks, piece by piece, and at most once a minute. */
import type { Database } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { countOpenSessions } from '../sessions/open-session-count.ts';
import { countExceededUsers } from '../usage/exceeded-user-count.ts';
import { processTiming, within } from '../usage/kept-fresh.ts';

export interface PopulationOptions {
  /** Counts a million rows: never on the recorder's connections. */
  readonly reader: Database;
  readonly metrics: Pick<Metrics, 'openSessions' | 'usersOverQuota'>;
  readonly logger: Logger;
  /** How old the figures may be; default a minute. */
  readonly maxAgeMs?: number;
  /** How long somebody who asks waits for newer ones. */
  readonly waitMs?: number;
  /** Counting may take this share of the time and no more, however many users there are; a twentieth if not given. */
  readonly share?: number;
}

const MAX_AGE_MS = 60_000;
const WAIT_MS = 1_000;
const SHARE = 0.05;
/** Older than this the figures are left out: no figure is better than one of an hour ago. */
const EXPIRY_MS = 5 * 60_000;

export class Population {
  readonly #options: PopulationOptions;
  readonly #closing = new AbortController();
  #counting: Promise<void> | undefined;
  #countedAt = Number.NEGATIVE_INFINITY;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(options: PopulationOptions) {
    this.#options = options;
  }

  /** Counts anew where the figures are old, and waits a moment for them: whoever asks after a pause is not told of before it. Never throws. */
  async refresh(): Promise<void> {
    const now = performance.now();
    if (this.#counting === undefined && now >= this.#nextAt) this.#counting = this.#count(now);
    const { metrics, maxAgeMs = MAX_AGE_MS, waitMs = WAIT_MS } = this.#options;
    const age = now - this.#countedAt;
    if (age >= EXPIRY_MS) {
      metrics.openSessions.remove();
      metrics.usersOverQuota.remove();
    }
    if (age < maxAgeMs || this.#counting === undefined) return;
    await within(processTiming, this.#counting, waitMs);
  }

  /** Ends a count that is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    await (this.#counting === undefined ? undefined : within(processTiming, this.#counting, WAIT_MS));
  }

  async #count(beganAt: number): Promise<void> {
    const { reader, metrics, logger, maxAgeMs = MAX_AGE_MS, share = SHARE } = this.#options;
    try {
      const { signal } = this.#closing;
      const openSessions = await countOpenSessions(reader, signal);
      const usersOverQuota = await countExceededUsers(reader, signal);
      if (signal.aborted) return;
      metrics.openSessions.set(openSessions);
      metrics.usersOverQuota.set(usersOverQuota);
      this.#countedAt = performance.now();
    } catch (error) {
      logger.debug({ err: error }, 'open sessions and users over quota could not be counted');
    } finally {
      const now = performance.now();
      this.#nextAt = now + Math.max(maxAgeMs, (now - beganAt) / share);
      this.#counting = undefined;
    }
  }
}
