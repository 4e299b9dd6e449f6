/** The way to one NAS: its Disconnect- and CoA-Requests, paced, under whichever of its secrets it knows. */
import { setTimeout as pause } from 'node:timers/promises';
import { AttributeType } from '../radius/attribute-type.ts';
import { ATTRIBUTE_HEADER_LENGTH, findAttribute, type Packet } from '../radius/packet.ts';
import { Requester, type RequesterOptions, type RequestToSend } from '../radius/requester.ts';

export interface NasLineOptions {
  readonly address: string;
  readonly port: number;
  /** The current one first. */
  readonly secrets: readonly Buffer[];
  /** Retransmission; what is left out is as `LINE_DEFAULTS` says. */
  readonly requester?: Pick<RequesterOptions, 'timeoutMs' | 'maxTimeoutMs' | 'tries'> | undefined;
  readonly perSecond?: number | undefined;
}

/** What came of a request. */
export type LineAnswer =
  | { readonly kind: 'answer'; readonly code: number; readonly errorCause: number | undefined }
  | {
      readonly kind: 'no-answer';
      readonly tries: number;
      /** Answers that its secret did not sign. */
      readonly forged: number;
      /** Whether the system said that nobody listens there. */
      readonly isUnreachable: boolean;
    }
  /** Nothing was sent, as it answered none of the last requests. */
  | { readonly kind: 'silent' }
  /** Nothing was sent, or broken off: the line is closed, or too much is under way on it. */
  | { readonly kind: 'not-now' };

/** Seven seconds for a NAS that does not answer, well within a lease also where it has two secrets. */
const LINE_DEFAULTS = { timeoutMs: 1_000, maxTimeoutMs: 4_000, tries: 3 };
const PER_SECOND = 50;
/** So many requests in a row without an answer, and it is left alone for a while: others wait for their turn. */
const SILENT_AFTER = 3;
const SILENT_MS = 30_000;

/** One NAS. Times are of a monotonic clock. */
export class NasLine {
  readonly #options: NasLineOptions;
  readonly #requesters = new Map<Buffer, Requester>();
  /** The secret it last answered under. */
  #known: Buffer | undefined;
  #nextTurnMs = 0;
  #unanswered = 0;
  #silentUntilMs = 0;
  #inUse = 0;
  #usedMs = performance.now();
  readonly #closing = new AbortController();

  constructor(options: NasLineOptions) {
    this.#options = options;
  }

  /** Since when nothing is under way on it; undefined while something is. */
  get idleSinceMs(): number | undefined {
    return this.#inUse === 0 ? this.#usedMs : undefined;
  }

  /** Sends a request when its turn comes; `onSend` is told when that is. Rejects where it fits into no packet. */
  async send(request: RequestToSend, onSend: () => void): Promise<LineAnswer> {
    this.#inUse++;
    try {
      if (this.#isSilent) return { kind: 'silent' };
      if (!(await this.#turn())) return { kind: 'not-now' };
      if (this.#isSilent) return { kind: 'silent' };
      onSend();
      const answer = await this.#sendUnderSecrets(request);
      this.#note(answer);
      return answer;
    } finally {
      this.#inUse--;
      this.#usedMs = performance.now();
    }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#requesters.values()].map((requester) => requester.close()));
  }

  get #isSilent(): boolean {
    return performance.now() < this.#silentUntilMs;
  }

  /** Returns false where the line is closed meanwhile. */
  async #turn(): Promise<boolean> {
    const now = performance.now();
    const at = Math.max(now, this.#nextTurnMs);
    this.#nextTurnMs = at + 1000 / (this.#options.perSecond ?? PER_SECOND);
    const { signal } = this.#closing;
    if (at > now) await pause(at - now, undefined, { signal }).catch(() => {});
    return !signal.aborted;
  }

  /** A NAS that does not know a secret keeps silent: the other one may be the one it has. */
  async #sendUnderSecrets(request: RequestToSend): Promise<LineAnswer> {
    const { secrets } = this.#options;
    const first = secrets.find((secret) => secret === this.#known) ?? secrets[0];
    const ordered = secrets.filter((secret) => secret !== first);
    if (first !== undefined) ordered.unshift(first);
    let unanswered: LineAnswer = { kind: 'not-now' };
    for (const secret of ordered) {
      const answer = await this.#exchange(secret, request);
      if (answer.kind === 'answer') this.#known = secret;
      if (answer.kind !== 'no-answer') return answer;
      unanswered = unanswered.kind === 'no-answer' ? together(unanswered, answer) : answer;
    }
    return unanswered;
  }

  async #exchange(secret: Buffer, request: RequestToSend): Promise<LineAnswer> {
    const { counts } = this.#requesterFor(secret);
    const before = { ...counts };
    const result = await this.#requesterFor(secret).send(request);
    if (result.ok) {
      return {
        kind: 'answer',
        code: result.response.code,
        errorCause: errorCauseOf(result.response),
      };
    }
    if (result.reason !== 'timeout') return { kind: 'not-now' };
    return {
      kind: 'no-answer',
      tries: result.tries,
      forged: counts.forged - before.forged,
      isUnreachable: counts.sendErrors > before.sendErrors,
    };
  }

  #requesterFor(secret: Buffer): Requester {
    const known = this.#requesters.get(secret);
    if (known !== undefined) return known;
    const { address, port, requester } = this.#options;
    const made = new Requester({ server: { address, port }, secret, ...LINE_DEFAULTS, ...requester });
    this.#requesters.set(secret, made);
    return made;
  }

  #note(answer: LineAnswer): void {
    if (answer.kind === 'answer') {
      this.#unanswered = 0;
      this.#silentUntilMs = 0;
    } else if (answer.kind === 'no-answer') {
      this.#unanswered++;
      if (this.#unanswered >= SILENT_AFTER) this.#silentUntilMs = performance.now() + SILENT_MS;
    }
  }
}

type Unanswered = Extract<LineAnswer, { kind: 'no-answer' }>;

function together(one: Unanswered, other: Unanswered): Unanswered {
  return {
    kind: 'no-answer',
    tries: one.tries + other.tries,
    forged: one.forged + other.forged,
    isUnreachable: one.isUnreachable || other.isUnreachable,
  };
}

/** RFC 5176 §3.5: four octets. */
function errorCauseOf(packet: Packet): number | undefined {
  const at = findAttribute(packet, AttributeType.ErrorCause);
  if (at === -1 || packet.bytes[at + 1] !== ATTRIBUTE_HEADER_LENGTH + 4) return undefined;
  return packet.bytes.readUInt32BE(at + ATTRIBUTE_HEADER_LENGTH);
}
