/** A value that takes long to make and that many ask for: made once for all who ask at once, of this moment where that takes no time, and else kept for a while (contract §0.10). */
import {
  KeptFresh,
  MAX_AGE_MS,
  PATIENCE_MS,
  processTiming,
  restMs,
  type Timing,
  within,
} from './kept-fresh.ts';

export interface KeptValueOptions<Value> {
  readonly make: (terms: MakingTerms) => Promise<Value>;
  /** How old values may be that took so long to make; at 0 they are made for everybody who asks. */
  readonly maxAgeMs?: ((tookMs: number) => number) | undefined;
  /** Whether one that got older than a minute is shown where a newer one takes long; else that one is waited for. */
  readonly showsOlder: boolean;
  /** For so long after the last question it is kept fresh; a quarter of an hour if not given. */
  readonly interestMs?: number;
  /** What ages are told by; the process's own clock if not given. */
  readonly timing?: Timing | undefined;
}

/** How a value is to be made. */
export interface MakingTerms {
  /** Ends the making: it then rejects. */
  readonly signal: AbortSignal;
  /** Whether to leave the database to others half of the time. */
  readonly isGentle: boolean;
}

interface Made<Value> {
  readonly value: Value;
  readonly tookMs: number;
  readonly isGentle: boolean;
  /** When it was begun, by a clock that nobody sets. */
  readonly begunAt: number;
  /** Which making it was; they are counted from 1. */
  readonly number: number;
}

/** What takes no longer is made for everybody who asks. */
const CHEAP_MS = 100;
/** The rest takes this part of the time, unless it would be older than that. */
const SHARE = 0.05;
/** What takes longer is done at half the speed, since nobody waits for all of it. */
const LONG_MS = 1_000;
/** It may take so much longer than the last time. */
const MARGIN = 1.25;
/** How long somebody waits for a newer value where that at hand is not too old. */
const WAIT_MS = 100;

export class KeptValue<Value> {
  readonly #options: KeptValueOptions<Value>;
  readonly #timing: Timing;
  readonly #keptFresh: KeptFresh;
  readonly #closing = new AbortController();
  #known: Made<Value> | undefined;
  #running: { readonly number: number; readonly made: Promise<Made<Value>> } | undefined;
  #next: Promise<Made<Value>> | undefined;
  #begunCount = 0;
  /** Makings up to this one may not have seen what was written since. */
  #forgottenUpTo = 0;

  constructor(options: KeptValueOptions<Value>) {
    this.#options = options;
    this.#timing = options.timing ?? processTiming;
    this.#keptFresh = new KeptFresh({
      timing: this.#timing,
      ...(options.interestMs === undefined ? {} : { interestMs: options.interestMs }),
      dueAt: () => this.#dueAt(),
      refresh: () => this.#begunAfter(this.#forgottenUpTo),
    });
  }

  /** Ends when the value is being made no more. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** Makes a value that is not there yet, so that the first who asks need not wait. Rejects with what making it did. */
  async begin(): Promise<void> {
    await this.#begunAfter(this.#forgottenUpTo);
  }

  /** Returns the value: of this moment where that takes no time, else that at hand, which is kept no older than a minute and its making while people ask. Rejects with what making it did where there is none to show. */
  async current(): Promise<Value> {
    const { value } = await this.#current();
    this.#keptFresh.asked();
    return value;
  }

  /** What was made or begun until now is shown to nobody who asks from now on. */
  forget(): void {
    this.#known = undefined;
    this.#forgottenUpTo = this.#begunCount;
  }

  /** Ends what is under way. */
  close(): void {
    this.#keptFresh.close();
    this.#closing.abort();
  }

  async #current(): Promise<Made<Value>> {
    const asked = this.#begunCount;
    const known = this.#known;
    if (known === undefined) {
      const first = await this.#begunAfter(this.#forgottenUpTo);
      const isOfThisMoment = first.number > asked || this.#maxAgeOf(first) > 0;
      return isOfThisMoment ? first : this.#begunAfter(asked);
    }
    const maxAge = this.#maxAgeOf(known);
    if (maxAge === 0) return this.#begunAfter(asked);
    const age = this.#timing.nowMs() - known.begunAt;
    if (age < maxAge) return known;
    const isTooOld = age > MAX_AGE_MS;
    const isAwaited = isTooOld && !this.#options.showsOlder;
    const newer = this.#begunAfter(this.#forgottenUpTo, isAwaited);
    if (isAwaited) return newer;
    return (await within(this.#timing, newer, isTooOld ? PATIENCE_MS : WAIT_MS)) ?? known;
  }

  #maxAgeOf({ tookMs }: Made<Value>): number {
    return (this.#options.maxAgeMs ?? usualMaxAgeMs)(tookMs);
  }

  /** What takes no time is made for everybody who asks, and for nobody else. */
  #dueAt(): number | undefined {
    const known = this.#known;
    if (known === undefined || this.#maxAgeOf(known) === 0) return undefined;
    const isSlower = !known.isGentle && known.tookMs > LONG_MS;
    return known.begunAt + restMs(known.tookMs * (isSlower ? 2 : 1) * MARGIN);
  }

  /** Returns what a later making than that gives: what is under way where it is one, else the next, which begins when that ends. Whoever wrote before it began finds it in there. */
  #begunAfter(number: number, isAwaited = false): Promise<Made<Value>> {
    const running = this.#running;
    if (running === undefined) return this.#make(isAwaited);
    if (running.number > number) return running.made;
    this.#next ??= running.made
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#running?.made ?? this.#make(isAwaited);
      });
    return this.#next;
  }

  #make(isAwaited: boolean): Promise<Made<Value>> {
    const number = ++this.#begunCount;
    const isGentle = !isAwaited && (this.#known?.tookMs ?? 0) > LONG_MS;
    const made = this.#madeNow(number, isGentle).finally(() => {
      this.#running = undefined;
    });
    this.#running = { number, made };
    return made;
  }

  async #madeNow(number: number, isGentle: boolean): Promise<Made<Value>> {
    const begunAt = this.#timing.nowMs();
    const value = await this.#options.make({ signal: this.#closing.signal, isGentle });
    const made = { value, tookMs: this.#timing.nowMs() - begunAt, isGentle, begunAt, number };
    if (number > this.#forgottenUpTo) this.#known = made;
    return made;
  }
}

function usualMaxAgeMs(tookMs: number): number {
  return tookMs <= CHEAP_MS ? 0 : Math.min(MAX_AGE_MS, tookMs / SHARE);
}
