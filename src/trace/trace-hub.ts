/** Where packets and their outcomes meet those who watch; costs nothing while nobody does. */
import type { AnsweredLogin } from '../access/logins.ts';
import type { Submission } from '../accounting/submission.ts';
import type { Clock } from '../clock.ts';
import type { MeterOutcome } from '../metering.ts';
import type { Dictionary } from '../radius/dictionary.ts';
import type { Discard } from '../radius/discard.ts';
import { parsePacket } from '../radius/packet.ts';
import {
  answeredEvent,
  discardedEvent,
  loginEvent,
  type TraceEvent,
  type TraceMessage,
} from './trace-event.ts';
import { type Recognised, type TraceSubject, traceFilter } from './trace-filter.ts';

/** Where a watcher's lines go. */
export interface TraceSink {
  /** How many bytes it was given and has not passed on yet. */
  readonly bufferedBytes: number;
  write(line: string): void;
}

/** A watch that has begun. */
export interface Watch {
  /** To be called when the sink has passed on all it had: tells what was missed, if anything was. */
  drained(): void;
  end(): void;
}

interface Watcher {
  readonly sink: TraceSink;
  readonly isWanted: (recognised: Recognised) => boolean;
  missed: number;
}

/** A watcher slower than this loses events rather than making the daemon keep them. */
const BUFFERED_BYTES_MAX = 1024 ** 2;

export class TraceHub {
  readonly #options: { readonly dictionary: Dictionary; readonly clock: Clock };
  readonly #watchers = new Set<Watcher>();

  constructor(options: { readonly dictionary: Dictionary; readonly clock: Clock }) {
    this.#options = options;
  }

  /** Gives a sink every event of a subject from now on, one JSON line each (TraceMessage). */
  watch(subject: TraceSubject, sink: TraceSink): Watch {
    const watcher: Watcher = { sink, isWanted: traceFilter(subject), missed: 0 };
    this.#watchers.add(watcher);
    sink.write(lineOf({ kind: 'watching' }));
    return {
      drained: () => tellMissed(watcher),
      end: () => this.#watchers.delete(watcher),
    };
  }

  /** Takes note of requests that were answered, with the outcome of each. */
  answered(submissions: readonly Submission[], outcomes: readonly MeterOutcome[]): void {
    if (this.#watchers.size === 0) return;
    for (const [index, submission] of submissions.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined) this.#answeredOne(submission, outcome);
    }
  }

  /** Takes note of a login that was answered. */
  answeredLogin(login: AnsweredLogin): void {
    if (this.#watchers.size === 0) return;
    const { request, nasName, username } = login;
    const recognised = {
      sourceAddress: request.source.address,
      nasName,
      username,
      packet: request.packet,
    };
    this.#offer(recognised, () => loginEvent(login, this.#options.dictionary));
  }

  /** Takes note of a discarded datagram. */
  discarded(discard: Discard<{ readonly name: string }>): void {
    if (this.#watchers.size === 0) return;
    const recognised = {
      sourceAddress: discard.address,
      nasName: discard.nas?.name,
      username: undefined,
      packet: undefined,
    };
    this.#offer(recognised, () => discardedEvent(discard, this.#options.clock.now()));
  }

  #answeredOne(submission: Submission, outcome: MeterOutcome): void {
    const parsed = parsePacket(submission.bytes);
    const packet = parsed.ok ? parsed.packet : undefined;
    const recognised = {
      sourceAddress: submission.sourceAddress,
      nasName: submission.nasName,
      username: outcome.kind === 'recorded' ? outcome.subscriber?.username : undefined,
      packet,
    };
    const { dictionary } = this.#options;
    this.#offer(recognised, () => answeredEvent(submission, { packet, outcome, dictionary }));
  }

  /** Builds the event for the first watcher that wants it and has room. */
  #offer(recognised: Recognised, build: () => TraceEvent): void {
    let line: string | undefined;
    for (const watcher of this.#watchers) {
      if (!watcher.isWanted(recognised)) continue;
      if (watcher.sink.bufferedBytes >= BUFFERED_BYTES_MAX) {
        watcher.missed++;
        continue;
      }
      tellMissed(watcher);
      line ??= lineOf({ kind: 'event', event: build() });
      watcher.sink.write(line);
    }
  }
}

function tellMissed(watcher: Watcher): void {
  if (watcher.missed === 0) return;
  watcher.sink.write(lineOf({ kind: 'missed', count: watcher.missed }));
  watcher.missed = 0;
}

function lineOf(message: TraceMessage): string {
  return `${JSON.stringify(message)}\n`;
}
