/** Tells when a NAS's clock is off: once, and again when it has changed by much. */
import type { Logger } from '../logger.ts';
import { octetsToDisplay } from '../radius/octets.ts';
import type { HeardSender } from './heard-senders.ts';
import { CLOCK_OFF_MS, senderKey } from './sender.ts';

const LOG_INTERVAL_MS = 60_000;
const SENDERS_LOGGED_MAX = 5;
/** A clock that seems behind may be a packet that was late; one that arrives early cannot. */
const DOUBT_MS = 5 * 60 * 1000;
const BEYOND_DOUBT_MS = 24 * 60 * 60 * 1000;
/** Below this a clock is right again; between the two nothing is said, so that one at the limit is not told of again and again. */
const CLOCK_RIGHT_MS = 30_000;
/** A device that is gone needs nobody to set its clock. */
const SILENT_MS = 60 * 60 * 1000;

/** Watches the clocks of the senders; logs at most once a minute. */
export class ClockWatch {
  readonly #logger: Logger;
  /** The offsets that were told, by sender. */
  readonly #told = new Map<string, number>();
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Looks at every sender (now in epoch milliseconds) and returns how many clocks are off. */
  look(senders: readonly HeardSender[], now: number): number {
    const present = senders.filter(({ lastSeenAt }) => now - lastSeenAt < SILENT_MS);
    const off = present.filter(isOff);
    this.#forgetAllBut(present.filter(({ clockOffsetMs }) => Math.abs(clockOffsetMs ?? 0) > CLOCK_RIGHT_MS));
    const news = off.filter((sender) => this.#isNews(sender));
    if (news.length > 0 && now - this.#loggedAt >= LOG_INTERVAL_MS) {
      this.#loggedAt = now;
      for (const sender of news) this.#told.set(keyOf(sender), sender.clockOffsetMs ?? 0);
      this.#warn(news);
    }
    return off.length;
  }

  #isNews(sender: HeardSender): boolean {
    const told = this.#told.get(keyOf(sender));
    return told === undefined || Math.abs((sender.clockOffsetMs ?? 0) - told) > CLOCK_OFF_MS;
  }

  #forgetAllBut(senders: readonly HeardSender[]): void {
    const kept = new Set(senders.map(keyOf));
    for (const key of this.#told.keys()) if (!kept.has(key)) this.#told.delete(key);
  }

  #warn(senders: readonly HeardSender[]): void {
    const furthest = senders.toSorted(
      (a, b) => Math.abs(b.clockOffsetMs ?? 0) - Math.abs(a.clockOffsetMs ?? 0),
    );
    this.#logger.warn(
      {
        clocks: furthest
          .slice(0, SENDERS_LOGGED_MAX)
          .map(({ nas, address, nasIdentifier, clockOffsetMs }) => ({
            nas: nas.name,
            address,
            ...(nasIdentifier === '' ? undefined : { nasIdentifier: octetsToDisplay(nasIdentifier) }),
            clockOffsetSeconds: Math.round((clockOffsetMs ?? 0) / 1_000),
          })),
        clockCount: senders.length,
      },
      'clocks of NASes are off by more than a minute (positive: behind); their records are dated by the difference, but let them follow NTP; `radmeter nas list` shows each',
    );
  }
}

function keyOf({ address, nasIdentifier }: HeardSender): string {
  return senderKey(address, nasIdentifier);
}

function isOff({ clockOffsetMs, firstHeardAt, lastSeenAt }: HeardSender): boolean {
  if (clockOffsetMs === null || Math.abs(clockOffsetMs) <= CLOCK_OFF_MS) return false;
  return clockOffsetMs < 0 || clockOffsetMs > BEYOND_DOUBT_MS || lastSeenAt - firstHeardAt >= DOUBT_MS;
}
