/** Plays a simulation against a RADIUS server in real time: paces, sends, counts. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { Code } from '../radius/code.ts';
import type { Dictionary } from '../radius/dictionary.ts';
import type { RequestResult, RequestToSend } from '../radius/requester.ts';
import { AnswerTimes } from './answer-times.ts';
import { SIMULATED_STATUSES, type SimulatedRequest, type SimulatedStatus } from './request.ts';
import type { Simulation } from './simulation.ts';

export interface PlaybackOptions {
  readonly simulation: Simulation;
  /** Requests begun per second at most. */
  readonly ratePerSecond: number;
  /** After this long every session is stopped. */
  readonly durationMs: number;
  /** Simulated seconds per second. */
  readonly speed: number;
  readonly dictionary: Pick<Dictionary, 'encodeAttribute'>;
  readonly requester: { send(request: RequestToSend): Promise<RequestResult> };
  readonly clock: Clock;
  /** Aborts: stop every session now. */
  readonly stop: AbortSignal;
  /** Aborts: begin nothing more. */
  readonly hurry: AbortSignal;
}

export interface StatusCounts {
  sent: number;
  acknowledged: number;
  unanswered: number;
}

/** What a playback has done so far. */
export interface PlaybackSummary {
  readonly seconds: number;
  readonly byStatus: Readonly<Record<SimulatedStatus, Readonly<StatusCounts>>>;
  readonly total: Readonly<StatusCounts>;
  readonly retransmits: number;
  readonly acknowledgedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maximumMs: number;
  /** When simulated time began (epoch milliseconds); before the beginning where it runs faster than time. */
  readonly simulatedFrom: number;
  /** What the server must have charged, exactly, by user. */
  readonly octetsByUser: ReadonlyMap<string, number>;
  /** Octets only in requests that nobody answered: charged or not. */
  readonly unacknowledgedOctets: number;
}

const TICK_MS = 5;
/** Requests that fell due while the event loop was busy are caught up, but not a whole second of them at once. */
const BURST_SECONDS = 0.05;
const OUTSTANDING_MAX = 2_048;

export class Playback {
  readonly #options: PlaybackOptions;
  readonly #startedAt: number;
  readonly #answerTimes = new AnswerTimes();
  readonly #byStatus: Record<SimulatedStatus, StatusCounts> = {
    'Accounting-On': noneYet(),
    Start: noneYet(),
    'Interim-Update': noneYet(),
    Stop: noneYet(),
  };
  readonly #inFlight = new Set<Promise<void>>();
  #retransmits = 0;
  #failure: unknown;

  constructor(options: PlaybackOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  /** Plays to the end: the duration, the Stops of all sessions, the last answer. Throws what sending throws. */
  async run(): Promise<PlaybackSummary> {
    const { simulation, clock, hurry } = this.#options;
    let pacedAt = this.#startedAt;
    let allowance = 1;
    while (!simulation.isFinished && !hurry.aborted && this.#failure === undefined) {
      if (this.#shouldStop()) simulation.stop();
      const now = clock.now();
      allowance = this.#allowanceAfter(allowance, now - pacedAt);
      pacedAt = now;
      allowance -= this.#sendDue(allowance);
      await sleep(TICK_MS);
    }
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
    return this.summary();
  }

  /** Returns what has been done so far. */
  summary(): PlaybackSummary {
    const { simulation, clock, durationMs, speed } = this.#options;
    const seconds = Math.max(clock.now() - this.#startedAt, 1) / 1_000;
    const total = noneYet();
    for (const status of SIMULATED_STATUSES) {
      total.sent += this.#byStatus[status].sent;
      total.acknowledged += this.#byStatus[status].acknowledged;
      total.unanswered += this.#byStatus[status].unanswered;
    }
    return {
      seconds,
      byStatus: this.#byStatus,
      total,
      retransmits: this.#retransmits,
      acknowledgedPerSecond: total.acknowledged / seconds,
      p50Ms: this.#answerTimes.percentileMs(0.5),
      p99Ms: this.#answerTimes.percentileMs(0.99),
      maximumMs: this.#answerTimes.maximumMs,
      simulatedFrom: Math.floor(this.#startedAt - durationMs * (speed - 1)),
      octetsByUser: simulation.acknowledgedOctets,
      unacknowledgedOctets: simulation.unacknowledgedOctets,
    };
  }

  #shouldStop(): boolean {
    const { clock, durationMs, stop, simulation } = this.#options;
    if (stop.aborted || clock.now() - this.#startedAt >= durationMs) return true;
    // Without one answer to all Accounting-Ons nobody is listening: there is nothing to play to.
    const boots = this.#byStatus['Accounting-On'];
    return simulation.hasBooted && boots.acknowledged === 0;
  }

  #allowanceAfter(allowance: number, elapsedMs: number): number {
    const { ratePerSecond } = this.#options;
    const most = Math.max(1, ratePerSecond * BURST_SECONDS);
    return Math.min(allowance + (elapsedMs / 1_000) * ratePerSecond, most);
  }

  #sendDue(allowance: number): number {
    const { simulation } = this.#options;
    let begun = 0;
    while (begun + 1 <= allowance && this.#inFlight.size < OUTSTANDING_MAX) {
      const request = simulation.next(this.#simulatedNow());
      if (request === undefined) break;
      begun++;
      const exchange = this.#exchange(request).catch((error: unknown) => {
        this.#failure ??= error;
      });
      this.#inFlight.add(exchange);
      void exchange.finally(() => this.#inFlight.delete(exchange));
    }
    return begun;
  }

  async #exchange(request: SimulatedRequest): Promise<void> {
    const { dictionary, requester, simulation } = this.#options;
    const attributes = Buffer.concat(
      request.attributes.map(([name, value]) => dictionary.encodeAttribute(name, value)),
    );
    const counts = this.#byStatus[request.status];
    counts.sent++;
    const result = await requester.send({ code: Code.AccountingRequest, attributes });
    this.#retransmits += Math.max(0, result.tries - 1);
    if (result.ok) {
      counts.acknowledged++;
      this.#answerTimes.add(result.rttMs);
    } else {
      counts.unanswered++;
    }
    simulation.settle(request, result.ok, this.#simulatedNow());
  }

  /** Simulated time runs `speed` times as fast and arrives at the present when the duration ends, so that no Event-Timestamp lies in the future. */
  #simulatedNow(): number {
    const { clock, durationMs, speed } = this.#options;
    const now = clock.now();
    const left = this.#startedAt + durationMs - now;
    return Math.floor(now - Math.max(0, left) * (speed - 1));
  }
}

function noneYet(): StatusCounts {
  return { sent: 0, acknowledged: 0, unanswered: 0 };
}
