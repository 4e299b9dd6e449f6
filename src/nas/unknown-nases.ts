/** Who sends packets without being a NAS of ours: counted, written down for `nas list`, logged at a bounded rate. */
import type { Clock } from '../clock.ts';
import { type Database, inTransaction } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import { unmapIpv4 } from '../radius/address.ts';
import { addUnknownPackets, pruneUnknown, type UnknownPackets } from './nas-store.ts';

export interface UnknownNasesOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly flushIntervalMs?: number;
  /** Addresses counted between two flushes; packets from more are only counted together. */
  readonly addressesMax?: number;
  /** Addresses the table may hold. */
  readonly rowsMax?: number;
}

const FLUSH_INTERVAL_MS = 5_000;
const LOG_INTERVAL_MS = 60_000;
const ADDRESSES_MAX = 1_024;
const ROWS_MAX = 10_000;
const ADDRESSES_LOGGED_MAX = 5;

/** Counts packets from unknown sources. A source address is free to forge, so everything here is bounded. */
export class UnknownNases {
  readonly #options: UnknownNasesOptions;
  #counts = new Map<string, UnknownPackets>();
  #uncountedPackets = 0;
  #loggedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: UnknownNasesOptions) {
    this.#options = options;
  }

  /** Writes the counts down every few seconds from now on. */
  start(): void {
    this.#timer = setInterval(() => void this.flush(), this.#options.flushIntervalMs ?? FLUSH_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Writes down what has been counted and stops. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  /** Counts one packet that was discarded because nobody knows its source. */
  count(sourceAddress: string): void {
    const address = unmapIpv4(sourceAddress);
    const now = this.#options.clock.now();
    const counted = this.#counts.get(address);
    if (counted === undefined && this.#counts.size >= (this.#options.addressesMax ?? ADDRESSES_MAX)) {
      this.#uncountedPackets++;
      return;
    }
    this.#counts.set(address, {
      address,
      firstSeenAt: counted?.firstSeenAt ?? now,
      lastSeenAt: now,
      packets: (counted?.packets ?? 0) + 1,
    });
  }

  /** Writes the counts down now; what the database does not take stays counted. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const counts = this.#counts;
    if (counts.size === 0) return;
    const { db, clock, rowsMax = ROWS_MAX, logger } = this.#options;
    this.#log(counts);
    this.#counts = new Map();
    try {
      await inTransaction(db, clock, async (transaction) => {
        // In the order of the key, so that two instances cannot deadlock.
        const sources = [...counts.values()].toSorted((a, b) => (a.address < b.address ? -1 : 1));
        for (const source of sources) await addUnknownPackets(transaction, source);
        await pruneUnknown(transaction, rowsMax);
      });
    } catch (error) {
      this.#takeBack(counts);
      logger.debug({ err: error }, 'unknown sources could not be written down; they stay counted');
    }
  }

  #takeBack(counts: ReadonlyMap<string, UnknownPackets>): void {
    const since = this.#counts;
    this.#counts = new Map(counts);
    for (const newer of since.values()) {
      const older = this.#counts.get(newer.address);
      if (older === undefined && this.#counts.size >= (this.#options.addressesMax ?? ADDRESSES_MAX)) {
        this.#uncountedPackets += newer.packets;
      } else {
        this.#counts.set(newer.address, {
          ...newer,
          firstSeenAt: older?.firstSeenAt ?? newer.firstSeenAt,
          packets: newer.packets + (older?.packets ?? 0),
        });
      }
    }
  }

  #log(counts: ReadonlyMap<string, UnknownPackets>): void {
    const now = this.#options.clock.now();
    if (this.#loggedAt !== undefined && now - this.#loggedAt < LOG_INTERVAL_MS) return;
    this.#loggedAt = now;
    const sources = [...counts.values()].toSorted((a, b) => b.packets - a.packets);
    this.#options.logger.warn(
      {
        addresses: sources.slice(0, ADDRESSES_LOGGED_MAX).map(({ address }) => address),
        addressCount: sources.length,
        packets: sources.reduce((sum, { packets }) => sum + packets, this.#uncountedPackets),
      },
      'discarded packets from unknown sources; `radmeter nas list` shows them, `radmeter nas add` lets one in',
    );
    this.#uncountedPackets = 0;
  }
}
