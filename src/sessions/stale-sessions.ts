/** Closes sessions that fall silent, every minute, and says meanwhile that this instance is receiving. */
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { BEAT_INTERVAL_MS } from './reception.ts';
import { ReceptionBeat, type ReceptionBeatOptions } from './reception-beat.ts';
import { type SilenceSources, StaleSweep, type SweepResult } from './stale-sweep.ts';

export interface StaleSessionsOptions extends ReceptionBeatOptions, SilenceSources {
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'sessionsPresumedClosed'>;
  readonly beatIntervalMs?: number;
  readonly sweepIntervalMs?: number;
}

const SWEEP_INTERVAL_MS = 60_000;
/** What is under way when everything closes is not waited for longer: a database may hang. */
const CLOSE_WAIT_MS = 2_000;

/** The sweep of one running radmeter. Two of them on one database do no harm to each other. */
export class StaleSessions {
  readonly #options: StaleSessionsOptions;
  readonly #beat: ReceptionBeat;
  readonly #sweep: StaleSweep;
  readonly #closing = new AbortController();
  #timers: NodeJS.Timeout[] = [];
  #sweeping: Promise<SweepResult> | undefined;
  #notCountingBecause = '';
  #isDatabaseAway = false;

  constructor(options: StaleSessionsOptions) {
    this.#options = options;
    this.#beat = new ReceptionBeat(options);
    this.#sweep = new StaleSweep({
      ...options,
      onClosed: (sessions) => options.metrics.sessionsPresumedClosed.inc(sessions.length),
    });
  }

  /** Beats now and every ten seconds, and sweeps every minute; call it once records are received. */
  start(): void {
    const { beatIntervalMs = BEAT_INTERVAL_MS, sweepIntervalMs = SWEEP_INTERVAL_MS } = this.#options;
    this.#timers = [
      setInterval(() => void this.#try(() => this.#beat.beat()), beatIntervalMs),
      setInterval(() => void this.#try(() => this.sweep()), sweepIntervalMs),
    ];
    for (const timer of this.#timers) timer.unref();
    void this.#try(() => this.#beat.beat());
  }

  /** Stops, and withdraws the last beat, so that nobody takes this instance for running. The row stays: the others wait for it for an hour before they take its sessions for silent. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#closing.abort();
    const { promise: waitedEnough, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_WAIT_MS);
    await Promise.race([this.#finish(), waitedEnough]);
    clearTimeout(timer);
  }

  /** Presumes closed what is silent now; a sweep that is under way counts. Rejects when the database cannot be asked. */
  sweep(): Promise<SweepResult> {
    this.#sweeping ??= this.#sweepOnce().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  async #finish(): Promise<void> {
    await this.#try(async () => this.#sweeping);
    await this.#try(() => this.#beat.end());
  }

  async #sweepOnce(): Promise<SweepResult> {
    await this.#beat.beat();
    await this.#beat.forgetOthers();
    const result = await this.#sweep.sweep(this.#closing.signal);
    this.#report(result);
    return result;
  }

  /** Heals by itself, or is a spool's or another instance's trouble, which they report: said once when it begins. */
  #report({ reception, closed }: SweepResult): void {
    const { logger } = this.#options;
    if (closed > 0) logger.info({ sessions: closed }, 'silent sessions presumed closed');
    const because = reception.isCounting
      ? reception.absent.map(({ host }) => `radmeter on ${host} has not been heard of`).join(', ')
      : reception.reason;
    if (because === this.#notCountingBecause) return;
    this.#notCountingBecause = because;
    if (because === '') logger.info('silence counts again');
    else logger.warn({ because }, 'silence of sessions does not count for now: those gone stay open');
  }

  async #try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.#isDatabaseAway = false;
    } catch (error) {
      if (!this.#isDatabaseAway)
        this.#options.logger.warn({ err: error }, 'silent sessions cannot be looked for; trying again');
      this.#isDatabaseAway = true;
    }
  }
}
