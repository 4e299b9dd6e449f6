/** How often somebody may try to sign in (contract §0.20), counted in this process and within bounds. */

export interface AttemptLimitOptions {
  /** Milliseconds that only tell ages. */
  readonly nowMs: () => number;
  readonly perNameMax?: number;
  readonly perSiteMax?: number;
  /** Names and sites that are counted at once. */
  readonly keysMax?: number;
}

/** A user name, and the address or network it is tried from. */
export interface Attempt {
  readonly name: string;
  readonly site: string;
}

/** An attempt that is not heard. */
export interface RefusedAttempt {
  /** Until the next one is heard. */
  readonly waitSeconds: number;
  /** Whether it is the first within a minute for this name and site, or for the site where that is what has tried too much. */
  readonly isFirst: boolean;
}

const WINDOW_MS = 60_000;
const PER_NAME_MAX = 5;
/** A campus sits behind one address. */
const PER_SITE_MAX = 100;
const KEYS_MAX = 20_000;

export class AttemptLimit {
  readonly #nowMs: () => number;
  readonly #names: Window;
  readonly #sites: Window;
  /** Whom an attempt was refused. */
  readonly #refused: Window;

  constructor(options: AttemptLimitOptions) {
    const { nowMs, perNameMax = PER_NAME_MAX, perSiteMax = PER_SITE_MAX, keysMax = KEYS_MAX } = options;
    this.#nowMs = nowMs;
    this.#names = new Window(perNameMax, keysMax);
    this.#sites = new Window(perSiteMax, keysMax);
    this.#refused = new Window(1, keysMax);
  }

  /** Counts an attempt and returns undefined; where it is one too many, counts nothing and returns what to answer. */
  refuse({ name, site }: Attempt): RefusedAttempt | undefined {
    const now = this.#nowMs();
    const key = `${site} ${name}`;
    const siteWaitMs = this.#sites.waitMs(site, now);
    const waitMs = Math.max(this.#names.waitMs(key, now), siteWaitMs);
    if (waitMs > 0) {
      // A site that has tried too much may name somebody else each time.
      const isFirst = this.#isFirst(siteWaitMs > 0 ? site : key, now);
      return { waitSeconds: Math.ceil(waitMs / 1000), isFirst };
    }
    this.#names.count(key, now);
    this.#sites.count(site, now);
    return undefined;
  }

  #isFirst(key: string, now: number): boolean {
    if (this.#refused.waitMs(key, now) > 0) return false;
    this.#refused.count(key, now);
    return true;
  }
}

/** The instants of the last minute by key. */
class Window {
  readonly #times = new Map<string, number[]>();
  readonly #countMax: number;
  readonly #keysMax: number;

  constructor(countMax: number, keysMax: number) {
    this.#countMax = countMax;
    this.#keysMax = keysMax;
  }

  /** Returns how long a key has to wait; 0 where it need not. */
  waitMs(key: string, now: number): number {
    const times = this.#recent(key, now);
    const first = times[0];
    return first === undefined || times.length < this.#countMax ? 0 : first + WINDOW_MS - now;
  }

  count(key: string, now: number): void {
    const times = [...this.#recent(key, now), now];
    // Last in the map again, so that the first is the one that was counted longest ago.
    this.#times.delete(key);
    this.#times.set(key, times);
    if (this.#times.size <= this.#keysMax) return;
    const [oldest] = this.#times.keys();
    if (oldest !== undefined) this.#times.delete(oldest);
  }

  #recent(key: string, now: number): number[] {
    return (this.#times.get(key) ?? []).filter((time) => time > now - WINDOW_MS);
  }
}
